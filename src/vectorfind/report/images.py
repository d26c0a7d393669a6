"""What a stage's images look like."""

from PIL import Image

from vectorfind.report.parts import Figure, Picture
from vectorfind.report.run import Run, title_of
from vectorfind.report.sheets import labelled_sheet

COLUMNS, COUNT = 16, 64
"""Of the pictures that `scripts/picture_images.py` makes."""


def image_parts(run: Run, stage: str) -> list[Figure]:
    """Return the first images of a stage and, where it has a filter, the first that passed."""
    first = list(range(min(COUNT, run.config.population(stage).images)))
    found = [
        Figure(
            "First images, unselected",
            [_sheet(run, stage, "generated", first)],
            f"Images 0 to {first[-1]} of {title_of(stage)}, {COLUMNS} to a row; beside each row "
            "stands the number of its first.",
        )
    ]
    if stage in run.labelled:
        kept = run.table(stage, "filtered.csv").image_id.tolist()
        found.append(
            Figure(
                "First images that passed the filter",
                [_sheet(run, stage, "filtered", kept[:COUNT])],
                f"The first {len(kept[:COUNT])} of {len(kept):,} images that are kept; beside each "
                "row stands the number of its first.",
            )
        )
    return found


def _sheet(run: Run, stage: str, kind: str, ids: list[int]) -> Picture:
    rows = [f"{ids[start]}" for start in range(0, len(ids), COLUMNS)]
    alt = f"{len(ids)} {kind} images of {title_of(stage)}."
    picture = Image.open(run.path("pictures", f"{stage}_{kind}.png"))
    return labelled_sheet(picture, rows, [""] * COLUMNS, alt)
