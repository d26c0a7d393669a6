"""Makes the parser of the photo-like world: `python -m vectorfind.photo.parser_recipe --help`.

Every training goes on from its last checkpoint, which `--work` holds, with the pictures and maps.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import torch
import typer

from vectorfind.errors import InputError
from vectorfind.files import write_json
from vectorfind.photo.faces import (
    HELD_OUT,
    SEEDS,
    TRAINING,
    draw_pictures,
    load_faces,
    map_pictures,
    pictures_path,
)
from vectorfind.photo.parser import train_photo_parser
from vectorfind.photo.parser_figures import (
    draw_parses,
    draw_pseudo_maps,
    found_shares,
    own_agreement,
    parser_figures,
)
from vectorfind.photo.teacher import load_teacher

log = logging.getLogger(__name__)

STEPS = 4_500
START = Path("resources/demo/parser")


@dataclass(frozen=True)
class Job:
    """What every stage is told."""

    output: Path
    work: Path
    teacher: Path | None
    mediapipe: str | None
    start: Path
    faces: int
    held_out: int
    steps: int

    @property
    def parser(self) -> Path:
        """Where the parser goes."""
        return self.output / "parser"


def _pictures(job: Job) -> None:
    if job.teacher is None:
        raise InputError("Give --teacher, the weights.tar of gan-face-generate 1.1.1.")
    teacher = load_teacher(job.teacher)
    for kind, count in (("training", job.faces), ("held-out", job.held_out)):
        draw_pictures(pictures_path(job.work, kind), teacher, count, SEEDS[kind])


def _maps(job: Job) -> None:
    for kind in SEEDS:
        map_pictures(job.work, kind, job.mediapipe)


def _train(job: Job) -> None:
    faces = load_faces(job.work, "training").with_a_face()
    train_photo_parser(job.parser, job.work, faces, job.start, job.steps)


def _figures(job: Job) -> None:
    held_out = load_faces(job.work, "held-out")
    found = {kind: found_shares(load_faces(job.work, kind)) for kind in SEEDS}
    figures = {"MediaPipe": found, "steps": job.steps} | parser_figures(job.parser, held_out)
    figures["MediaPipe against itself, mirrored"] = own_agreement(held_out)
    write_json(job.output / "figures.json", figures)


def _sheets(job: Job) -> None:
    faces, sheets = load_faces(job.work, "held-out").with_a_face(), job.output / "parser_sheets"
    sheets.mkdir(parents=True, exist_ok=True)
    draw_pseudo_maps(sheets / "pseudo_maps.png", faces)
    draw_parses(sheets / "parses.png", job.parser, faces)


STAGES: dict[str, Callable[[Job], None]] = {
    "pictures": _pictures,
    "maps": _maps,
    "train": _train,
    "figures": _figures,
    "sheets": _sheets,
}


def main(
    output: Annotated[Path, typer.Option(help="Folder that the results go to.")],
    stage: Annotated[str, typer.Option(help=f"all, {', '.join(STAGES)}.")] = "all",
    work: Annotated[
        Path | None, typer.Option(help="Folder of pictures, maps and checkpoint.")
    ] = None,
    teacher: Annotated[
        Path | None, typer.Option(help="weights.tar of gan-face-generate 1.1.1.")
    ] = None,
    mediapipe: Annotated[
        str | None, typer.Option(help="A Python that has mediapipe 0.10.21.")
    ] = None,
    start: Annotated[Path, typer.Option(help="The parser to begin with.")] = START,
    faces: Annotated[int, typer.Option(help="Pictures to learn from.")] = TRAINING,
    held_out: Annotated[int, typer.Option(help="Pictures to measure with.")] = HELD_OUT,
    steps: Annotated[int, typer.Option(help="Updates of the parser.")] = STEPS,
    threads: Annotated[int, typer.Option(help="Processor cores to train on.")] = 1,
) -> None:
    """Run one stage of the recipe, or all of them in turn."""
    form = "%(asctime)s %(message)s"
    logging.basicConfig(level=logging.INFO, format=form, datefmt="%H:%M:%S")
    torch.set_num_threads(threads)
    work = work or output / "work"
    job = Job(output, work, teacher, mediapipe, start, faces, held_out, steps)
    for name in STAGES if stage == "all" else [stage]:
        began = time.monotonic()
        STAGES[name](job)
        log.info("%s: %.0f s", name, time.monotonic() - began)


if __name__ == "__main__":
    typer.run(main)
