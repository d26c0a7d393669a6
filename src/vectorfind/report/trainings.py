"""How a fine-tuning went: its curves, the step that was kept, the same faces over time."""

import pandas as pd
from PIL import Image

from vectorfind.finetuning.metrics import kept_step, read_metrics
from vectorfind.pictures.training_curves import draw_panel, panels_of
from vectorfind.report.numbers import percent
from vectorfind.report.parts import Figure, Picture, new_plot, plotted
from vectorfind.report.run import Run, title_of
from vectorfind.report.sheets import labelled_sheet


def training_parts(run: Run, stage: str) -> list[Figure]:
    """Return curves and faces of the fine-tuning that made a stage's generator."""
    metrics = read_metrics(run.path(stage, "metrics.jsonl"))
    return [_curves(run, stage, metrics), _strip(run, stage, metrics)]


def _curves(run: Run, stage: str, metrics: pd.DataFrame) -> Figure:
    kept, last = kept_step(metrics), int(metrics["step"].max())
    panels = panels_of(metrics).items()
    pictures = [_panel(name, columns, metrics, kept) for name, columns in panels]
    looks = metrics.dropna(subset=["pass_share"]) if "pass_share" in metrics else metrics[:0]
    before_after = ""
    if len(looks):
        first, chosen = looks.iloc[0], looks[looks["step"] == kept].iloc[0]
        before_after = (
            f" Of the fixed faces {percent(first.pass_share)} passed at step {first.step:,.0f} and "
            f"{percent(chosen.pass_share)} at the kept one; their variety went from "
            f"{first.variety:.1f} to {chosen.variety:.1f}. The objective is the pass share, "
            "lowered where any variety falls under 90 % of the start's: while none does, the two "
            "are equal."
        )
    return Figure(
        "Training curves",
        pictures,
        f"{title_of(stage)} trained for {last:,} discriminator steps in "
        f"{metrics['seconds'].max():,.0f} s; the dotted line is step {kept:,}, whose weights are "
        f"kept.{before_after}",
    )


def _panel(name: str, columns: list[str], metrics: pd.DataFrame, kept: int) -> Picture:
    plot = new_plot()
    axes = plot.subplots()
    draw_panel(axes, metrics, columns)
    axes.axvline(kept, color="black", lw=1, ls=":")
    axes.set(title=name, xlabel="discriminator steps")
    if len(columns) > 1:
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)
    at_end = [f"{column} {metrics[column].dropna().iloc[-1]:.3g}" for column in columns]
    return plotted(plot, f"{name} against steps; at the end {', '.join(at_end)}.")


def _strip(run: Run, stage: str, metrics: pd.DataFrame) -> Figure:
    kept = kept_step(metrics)
    looks = metrics.loc[metrics["variety"].notna(), "step"].astype(int).tolist()
    rows = [f"step {step:,}" + (" (kept)" if step == kept else "") for step in looks]
    columns = [f"face {number}" for number in range(1, 9)]
    strip = Image.open(run.path(stage, "strip.png"))
    alt = f"The same eight faces at steps {', '.join(map(str, looks))} of {title_of(stage)}."
    return Figure(
        "The same faces over time",
        [labelled_sheet(strip, rows, columns, alt)],
        f"Eight fixed latents, one column each, at the {len(looks)} looks of the training. They "
        "should shift towards the concept and stay themselves.",
    )
