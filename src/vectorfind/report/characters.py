"""Faces that were picked from this run, without the torch that draws them."""

import io
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image
from safetensors import safe_open

from vectorfind.evaluation.summary import best_first
from vectorfind.pictures.figures import line_style
from vectorfind.report.numbers import listed
from vectorfind.report.parts import Figure, Picture, Section, new_plot, plotted
from vectorfind.report.run import Run
from vectorfind.report.sheets import labelled_sheet

LEAST, MOST = -3.0, 3.0
"""Offsets between which a face's range was measured."""
SHOWN = 5
"""Offsets of each property on a character's sheet."""


class Picked(NamedTuple):
    """What a character's file says."""

    facts: dict[str, Any]
    ranges: np.ndarray
    """Scores at offsets from LEAST to MOST, [steered, offsets]."""
    sheet: Image.Image
    """A row for each steered property."""


def characters(run: Run, folder: Path) -> Section:
    """Return the section on the characters in a folder that are of this run's checkpoint."""
    found = [read_picked(path) for path in sorted(folder.glob("*.safetensors"))]
    own = run.json("import", "checkpoint.json")["sha256"]
    found = [picked for picked in found if picked.facts["facts"].get("checkpoint") == own]
    names = [picked.facts["name"] for picked in found]
    text = (
        f"Picked from this checkpoint's faces: {listed(names)}."
        if names
        else _how_to_pick(run, folder)
    )
    section = Section("character", "The character", text)
    section.parts += [_figure(picked) for picked in found]
    return section


def read_picked(path: Path) -> Picked:
    """Read a character's file (`vectorfind.characters.files`)."""
    with safe_open(path, "np") as file:
        (text,) = file.metadata().values()
        ranges, sheet = file.get_tensor("ranges"), file.get_tensor("sheet")
    return Picked(json.loads(text), ranges, Image.open(io.BytesIO(sheet.tobytes())))


def _how_to_pick(run: Run, folder: Path) -> str:
    best = best_first(run.table("image_test", "cases.csv")).iloc[0]
    found = ", ".join(f"{name} {best[f'{name}_corr']:.3f}" for name in run.names.steered)
    return (
        f"None is picked yet: there is no character of this checkpoint in {folder}. The face that "
        f"obeys best is case {best.case} of group {best.group} (r of {found}); "
        f"vectorfind pick {best.case} --name NAME makes it a character."
    )


def _figure(picked: Picked) -> Figure:
    facts, origin = picked.facts, picked.facts["facts"]
    case = f"case {origin['case']}" if "case" in origin else "a face of one's own"
    low_high = [
        f"{name} {scores.min():+.2f} to {scores.max():+.2f}"
        for name, scores in zip(facts["steered"], picked.ranges, strict=True)
    ]
    return Figure(
        facts["name"],
        [_sheet(picked), _ranges(picked)],
        f"{case.capitalize()}, group {origin['group']}, method {origin['method']}, unit "
        f"{origin['unit']:.3g}. One row for each property, at offsets from -2 to 2; the curves are "
        f"its scores by the scorer, in standard deviations, at offsets from {LEAST:g} to {MOST:g}: "
        f"{', '.join(low_high)}.",
    )


def _sheet(picked: Picked) -> Picture:
    columns = [f"{offset:+g}" if offset else "0" for offset in np.linspace(-2, 2, SHOWN)]
    alt = f"{picked.facts['name']} at five offsets of {listed(picked.facts['steered'])}."
    return labelled_sheet(picked.sheet, picked.facts["steered"], columns, alt, width=4.6)


def _ranges(picked: Picked) -> Picture:
    plot = new_plot(3.2)
    axes = plot.subplots()
    offsets = np.linspace(LEAST, MOST, picked.ranges.shape[1])
    for index, (name, scores) in enumerate(
        zip(picked.facts["steered"], picked.ranges, strict=True)
    ):
        axes.plot(offsets, scores, label=name, **line_style(index))
    axes.set(title="range of each property", xlabel="offset", ylabel="score")
    axes.legend()
    return plotted(plot, f"Scores of {picked.facts['name']} against offsets.")
