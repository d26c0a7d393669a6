"""What metrics.jsonl of a fine-tuning says."""

from pathlib import Path

import pandas as pd


def read_metrics(path: str | Path) -> pd.DataFrame:
    """Read metrics.jsonl as a table with one row per logged step; absent figures are NaN."""
    return pd.read_json(path, lines=True)


def kept_step(metrics: pd.DataFrame) -> int:
    """Return the step whose weights a training returns: of the best look, else the last."""
    if "objective" not in metrics:
        return int(metrics["step"].iloc[-1])
    return int(metrics["step"][metrics["objective"].idxmax()])
