"""How well new faces obey: correlations, response matrices, the faces themselves."""

from typing import Any

import pandas as pd

from vectorfind.pictures.figures import draw_matrix
from vectorfind.pictures.judgements import bins_of, draw_distribution
from vectorfind.report import published
from vectorfind.report.numbers import between, listed, percent, share_of
from vectorfind.report.parts import Figure, Picture, Section, Table, new_plot, photograph, plotted
from vectorfind.report.run import Run


def image_test(run: Run) -> Section:
    """Return the section on the image test."""
    summary, names = run.summary, run.names
    rule = listed([f"r ≥ {least:g} for {name}" for name, least in run.pass_at.items()])
    section = Section(
        "image-test",
        "Image test",
        f"{summary['faces']:,} new faces, each drawn at every combination of offsets of "
        f"{listed(names.steered)}; r is the correlation over these of an offset with the score it "
        f"should move. A face passes with {rule}. An offset of 1 is {summary['unit']:.3g} in w "
        f"({summary['unit_why']}). “Edit” is what the bundle does (method {summary['method']}), "
        "“straight” adds the exported vectors.",
    )
    section.parts += [_figures(run), _correlations(run), _responses(run)]
    section.parts += _faces(run)
    return section


def _figures(run: Run) -> Table:
    edits = {"edit": run.summary["judges"], "straight": run.summary["straight"]["judges"]}
    rows = [
        _row(edit, judge, figures)
        for edit, judges in edits.items()
        for judge, figures in judges.items()
    ]
    passed, faces = published.PASS_SHARE
    row = {"edit": "published", "judge": "its own CNN", "faces pass": share_of(passed, faces)}
    for name in run.names.steered:
        known = published.MEAN_R.get(name)
        row[f"mean r, {name}"] = f"{known:.3f}" if known else "-"
    rows.append(row | {"leakage": "-"})
    return Table(
        "How well faces obey",
        pd.DataFrame(rows),
        f"Over {run.summary['faces']:,} faces, with 95 % intervals over faces in brackets. Leakage "
        "is the root mean square of what an offset moves besides its own score, in standard "
        f"deviations per unit. The published figures are of {faces:,} real faces at 256 pixels; "
        "they compare only with such.",
    )


def _row(edit: str, judge: str, figures: dict[str, Any]) -> dict[str, str]:
    intervals = figures["intervals_95"]
    low, high = intervals["pass_share"]
    row = {"edit": edit, "judge": judge}
    row["faces pass"] = f"{percent(figures['pass_share'])} ({100 * low:.1f} to {100 * high:.1f})"
    for name, value in figures["mean_r"].items():
        row[f"mean r, {name}"] = f"{value:.3f} ({between(*intervals['mean_r'][name])})"
    leakage = intervals["leakage_rms"]
    return row | {"leakage": f"{figures['leakage_rms']:.3f} ({between(*leakage)})"}


def _correlations(run: Run) -> Figure:
    table = run.table("image_test", "judges.csv")
    table = table.assign(line=table.judge + ", " + table.edit)
    bins = bins_of(table, run.pass_at)
    pictures = [_distribution(table, name, run.pass_at[name], bins) for name in run.names.steered]
    known = [
        f"{name} {published.MEAN_R[name]}" for name in run.names.steered if name in published.MEAN_R
    ]
    return Figure(
        "Correlation of offset and score",
        pictures,
        f"Distribution over {run.summary['faces']:,} faces by judge and edit. The dashed line is "
        "the pass rule"
        + (f"; the triangle the published mean r: {', '.join(known)}." if known else "."),
    )


def _distribution(table: pd.DataFrame, name: str, least: float, bins: list[float]) -> Picture:
    plot = new_plot(3.6)
    axes = plot.subplots()
    if known := published.MEAN_R.get(name):
        style: dict[str, Any] = {"marker": "v", "color": "black", "ms": 8, "ls": ""}
        label = f"published, mean {known:.3f}"
        axes.plot([known], [0.96], transform=axes.get_xaxis_transform(), label=label, **style)
    draw_distribution(axes, table, name, least, bins, "line")
    means = table.groupby("line", sort=False)[f"{name}_corr"].mean()
    words = ", ".join(f"{line} {mean:.3f}" for line, mean in means.items())
    return plotted(plot, f"Distributions of r for {name}; means: {words}.")


def _responses(run: Run) -> Figure:
    summary = run.summary
    edits = {"edit": summary["judges"] | summary["bystanders"]}
    edits["straight"] = summary["straight"]["judges"]
    matrices = {
        (edit, judge): pd.DataFrame(figures["response"]).T
        for edit, judges in edits.items()
        for judge, figures in judges.items()
    }
    largest = max(matrix.abs().to_numpy().max() for matrix in matrices.values()) or 1.0
    pictures = []
    for (edit, judge), matrix in matrices.items():
        plot = new_plot(1 + 0.28 * len(matrix))
        axes = plot.subplots()
        draw_matrix(axes, matrix, largest)
        axes.set_title(f"{judge}, {edit}", loc="left")
        axes.set_xlabel("offset of")
        axes.grid(visible=False)
        axes.tick_params(length=0)
        pictures.append(plotted(plot, f"Response matrix of {judge}, {edit}."))
    return Figure(
        "Response matrices",
        pictures,
        "How far every score (row) moves per unit of every offset (column), in standard deviations "
        "of the population, mean over faces. Perfect directions have a diagonal and nothing else.",
    )


def _faces(run: Run) -> list[Figure]:
    cases = run.table("image_test", "cases.csv")
    passed = int(cases.passed.sum())
    return [
        Figure(
            "Faces steered",
            [photograph(run.path("pictures", "steered_faces.png"), "Faces, each property moved.")],
            "The best faces of the image test, one property moved at a time: by the published "
            f"SVM's directions and by the bundle's ({run.summary['method']}), at the same offsets.",
        ),
        Figure(
            "Candidates for a character",
            [photograph(run.path("pictures", "candidates.png"), "Faces that passed the test.")],
            f"Of {len(cases):,} faces {passed:,} passed, {share_of(passed, len(cases))}; up to 32 "
            "are shown, the one with the highest least r first. The case is the face's number in "
            "results/image_test/cases.csv: vectorfind pick CASE --name NAME makes it a character.",
        ),
    ]
