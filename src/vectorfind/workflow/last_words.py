"""What stopped a run, for people: Snakemake says which rule failed, the job's log says why."""

import re
from pathlib import Path

MARK = "VectorFind cannot go on: "
"""Begins the message of a job that was given something it cannot use."""
MESSAGE = re.compile(re.escape(MARK) + r"(.*?)\s*(?=\n\d{4}-\d\d-\d\d |\Z)", re.DOTALL)
"""Such a message, up to the log's next dated line."""


def last_words(logs: str | Path, since: float) -> list[str]:
    """Return the messages of the jobs that stopped, from logs written after `since`.

    Args:
        logs: folder of the logs.
        since: seconds of the epoch.
    """
    paths = sorted(Path(logs).rglob("*.log"), key=lambda path: path.stat().st_mtime)
    found: dict[str, None] = {}
    for path in paths:
        if path.stat().st_mtime >= since:
            words = MESSAGE.findall(path.read_text(encoding="utf-8", errors="replace"))
            found |= dict.fromkeys(words[-1:])
    return list(found)
