"""Time and memory of every rule, from Snakemake's benchmarks and the jobs' logs."""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from vectorfind.pictures.figures import COLOURS
from vectorfind.report.numbers import duration
from vectorfind.report.parts import Figure, Picture, Section, Table, new_plot, plotted
from vectorfind.report.run import Run


def costs(run: Run) -> Section | None:
    """Return the section on time and memory, or None without benchmarks."""
    jobs = read_jobs(run.folder)
    if jobs.empty:
        return None
    by_rule = jobs.groupby("rule").agg(
        jobs=("seconds", "size"),
        seconds=("seconds", "sum"),
        longest=("seconds", "max"),
        memory=("memory", "max"),
    )
    by_rule = by_rule.sort_values("seconds", ascending=False)
    total, most = by_rule.seconds.sum(), by_rule.memory.max()
    section = Section(
        "costs",
        "Time and memory",
        f"{len(jobs):,} jobs of {len(by_rule)} rules took {duration(total)} together, one after "
        f"the other; side by side they take less. The largest held {most:,.0f} MiB.",
    )
    section.parts += [_bars(by_rule), _table(by_rule, total)]
    return section


def read_jobs(folder: Path) -> pd.DataFrame:
    """Return rule, seconds and memory (peak, MiB) of every job below a folder of results.

    Snakemake looks at a job's memory now and then; the peak that the job's log tells is added.
    """
    rows = []
    for path in sorted((folder / "benchmarks").rglob("*.tsv")):
        below = path.relative_to(folder / "benchmarks").with_suffix("")
        seen = pd.read_csv(path, sep="\t", na_values="-").iloc[-1]
        log = (folder / "logs" / below).with_suffix(".log")
        said = re.findall(r"peak memory (\d+) MiB", log.read_text()) if log.exists() else []
        memory = np.nanmax([seen["max_rss"], *map(float, said), 0])
        rows.append({"rule": below.parts[0], "seconds": seen["s"], "memory": memory})
    return pd.DataFrame(rows, columns=["rule", "seconds", "memory"])


def _bars(by_rule: pd.DataFrame) -> Figure:
    times = by_rule.seconds
    pictures = [
        _bar_plot(times, [duration(value) for value in times], "seconds, all jobs"),
        _bar_plot(
            by_rule.memory, [f"{value:,.0f}" for value in by_rule.memory], "peak MiB of a job"
        ),
    ]
    return Figure(
        "Time and memory by rule",
        pictures,
        f"The longest is {times.index[0]} with {duration(times.iloc[0])}; memory is that of a "
        "rule's largest job, its shared libraries included.",
    )


def _bar_plot(values: pd.Series, texts: list[str], title: str) -> Picture:
    plot = new_plot(0.8 + 0.22 * len(values), 4.4)
    axes = plot.subplots()
    bars = axes.barh(values.index[::-1], values[::-1], color=COLOURS[0], height=0.7)
    axes.bar_label(bars, texts[::-1], padding=3, fontsize=8)
    axes.set(title=title, xlim=(0, 1.35 * values.max()), ylim=(-0.6, len(values) - 0.4))
    axes.grid(axis="y", visible=False)
    return plotted(plot, f"Bars of {title} by rule, most: {values.idxmax()}.")


def _table(by_rule: pd.DataFrame, total: float) -> Table:
    rows = pd.DataFrame(
        {
            "rule": by_rule.index,
            "jobs": by_rule.jobs,
            "time": by_rule.seconds.map(duration),
            "share": (100 * by_rule.seconds / total).map("{:.1f} %".format),
            "longest job": by_rule.longest.map(duration),
            "peak memory, MiB": by_rule.memory.map("{:,.0f}".format),
        }
    )
    return Table("Every rule", rows, "Longest first; of the jobs whose benchmarks are on the disk.")
