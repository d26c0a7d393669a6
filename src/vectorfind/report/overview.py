"""What came out, and how many images of each stage went on."""

from typing import Any

import pandas as pd

from vectorfind.data.filters import passes
from vectorfind.pictures.figures import COLOURS
from vectorfind.report import published
from vectorfind.report.numbers import conditions, listed, percent, share_of, wilson
from vectorfind.report.parts import Figure, Picture, Section, Table, new_plot, plotted
from vectorfind.report.run import Run, title_of


def overview(run: Run) -> Section:
    """Return the section with the funnel and what this run is."""
    section = Section("overview", "Overview", _what_was_done(run))
    if run.labelled:
        section.parts += [_funnel(run), _conditions(run)]
    return section


def cards(run: Run) -> list[tuple[str, str, str]]:
    """Return the most important figures: a name, a value and what it is of."""
    summary = run.summary
    faces, found = summary["faces"], []
    for judge, figures in summary["judges"].items():
        low, high = figures["intervals_95"]["pass_share"]
        found.append(
            (
                f"faces that pass, {judge}",
                percent(figures["pass_share"]),
                f"{100 * low:.1f} to {100 * high:.1f} (95 %), {faces:,} faces",
            )
        )
    for name, value in next(iter(summary["judges"].values()))["mean_r"].items():
        known = published.MEAN_R.get(name)
        note = f"published {known:.3f}" if known else "not in the published system"
        found.append((f"mean r, {name}", f"{value:.3f}", note))
    return found


def _what_was_done(run: Run) -> str:
    config, facts = run.config, run.json("import", "checkpoint.json")
    stages = [title_of(stage) for stage in run.stages]
    return (
        f"The chain starts from {config.checkpoint} ({facts['family']}, "
        f"{facts['resolution']} x {facts['resolution']} pixels, w of {facts['w_dim']} numbers; "
        f"SHA-256 {facts['sha256'][:12]}…) as {title_of(config.start_from)} and has the "
        f"{'generator' if len(stages) == 1 else 'generators'} {listed(stages)}. "
        f"It steers {listed(run.names.steered)} in {len(run.names.groups)} "
        f"{'groups' if len(run.names.groups) > 1 else 'group'} of faces with the method "
        f"{run.summary['method']}; an offset of 1 is {run.summary['unit']:.3g} in w. "
        f"The seed is {config.seed}."
    )


def counts(run: Run, stage: str) -> dict[str, int]:
    """Return how many images of a stage were generated, labelled, and passed its filter."""
    return {
        "generated": run.config.population(stage).images,
        "labelled": len(run.table(stage, "labels.csv")),
        "passed": len(run.table(stage, "filtered.csv")),
    }


def _funnel(run: Run) -> Figure:
    pictures, texts = [], []
    for stage in run.labelled:
        found = counts(run, stage)
        pictures.append(_bars(stage, found))
        known = published.KEPT.get(stage)
        texts.append(
            f"{title_of(stage)}: {found['generated']:,} images generated, the first "
            f"{found['labelled']:,} labelled ({run.config.labels.source}), {found['passed']:,} "
            f"kept, {share_of(found['passed'], found['generated'])}, by "
            f"{conditions(run.filter_of(stage))}"
            + (
                ", labelled images left out"
                if run.config.population(stage).exclude_labelled
                else ""
            )
            + (f"; the published system kept {known[0]:,} of {known[1]:,}." if known else ".")
        )
    rest = [stage for stage in run.stages if stage not in run.labelled]
    texts += [
        f"{title_of(stage)}: {run.config.population(stage).images:,} images, not filtered."
        for stage in rest
    ]
    return Figure("From images to training sets", pictures, " ".join(texts))


def _bars(stage: str, found: dict[str, int]) -> Picture:
    plot = new_plot(1.8)
    axes = plot.subplots()
    names, values = list(found), list(found.values())
    bars = axes.barh(names[::-1], values[::-1], color=COLOURS[0], height=0.6)
    texts = [f"{value:,}" for value in values[::-1]]
    axes.bar_label(bars, texts, padding=8, fontsize=8)
    low, high = wilson(found["passed"], found["generated"])
    reach = [[found["passed"] - low * values[0]], [high * values[0] - found["passed"]]]
    axes.errorbar([found["passed"]], ["passed"], xerr=reach, color="black", capsize=3, lw=1)
    axes.set(title=title_of(stage), xlabel="images", xlim=(0, 1.18 * values[0]))
    axes.grid(axis="y", visible=False)
    words = ", ".join(f"{value:,} {name}" for name, value in found.items())
    return plotted(plot, f"Bars of {title_of(stage)}: {words}.")


def _conditions(run: Run) -> Table:
    rows: list[dict[str, Any]] = []
    for stage in run.labelled:
        scores = run.table(stage, "attribute_scores.csv")
        filter_ = run.filter_of(stage)
        alone = {conditions({name: bounds}): {name: bounds} for name, bounds in filter_.items()}
        for words, wanted in (alone | {"all of them": filter_}).items():
            passed = int(passes(scores, wanted).sum())
            rows.append(
                {
                    "stage": title_of(stage),
                    "condition": words,
                    "images": f"{len(scores):,}",
                    "pass": f"{passed:,}",
                    "share, 95 % interval": share_of(passed, len(scores)),
                }
            )
    return Table(
        "What each condition lets pass",
        pd.DataFrame(rows),
        "Every condition alone, on all scored images; where an image has a label, it is the score.",
    )
