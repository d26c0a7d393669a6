"""Makes everything under resources/demo: `python -m vectorfind.demo.recipe --stage all ...`.

One stage is one process. `all` draws the faces, then runs the trainings side by side on one
device, and ends with figures and pictures. Every training goes on from its last checkpoint, which
`--output`/work holds.
"""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import torch
import typer

from vectorfind.demo.annotator_training import train_reader
from vectorfind.demo.discriminator_training import train_discriminator
from vectorfind.demo.distill import BATCH, distill, fresh_networks
from vectorfind.demo.parser_training import load_trained, on_device, train_parser
from vectorfind.demo.world.cache import HELD_OUT, build_cache, held_out_faces, training_faces
from vectorfind.files import write_json
from vectorfind.labels.annotator import FaceReader, load_annotator
from vectorfind.stylegan import load_networks, save_networks

log = logging.getLogger(__name__)

TEACHER_SEED, JUDGE_SEED, ANNOTATOR_SEED = 1, 2, 3

STEPS = {
    "teacher": (1_420,),
    "judge": (1_580,),
    "annotator": (1_460,),
    "distill": (38_660, 3_380, 7_540, 37_840),
    "discriminator": (3_200, 12),
    "parser": (7_080, 1_040),
}
"""Updates of each part of a training; those that made resources/demo."""

# Side by side on one device: stages in turn.
LANES = (
    ("distill", "discriminator"),
    ("teacher", "judge", "annotator"),
    ("parser", "parser-generated"),
)
AFTER = {"distill": "teacher", "parser-generated": "distill"}


@dataclass(frozen=True)
class Job:
    """What every stage is told; `effort` multiplies all `STEPS`."""

    output: Path
    cache: Path
    effort: float
    device: torch.device
    faces: int
    processes: int
    batch: int

    @property
    def work(self) -> Path:
        """Where the checkpoints are kept."""
        return self.output / "work"

    def steps(self, training: str) -> Sequence[int]:
        """How many updates each part of a training gets."""
        return [max(round(self.effort * count), 1) for count in STEPS[training]]


def _render(job: Job) -> None:
    build_cache(job.cache, job.faces, job.processes)


def _reader_stage(name: str, seed: int) -> Callable[[Job], None]:
    def run(job: Job) -> None:
        faces = training_faces(job.cache, job.device)
        path = job.output / f"{name}.safetensors"
        (steps,) = job.steps(name)
        train_reader(path, job.work, faces, steps, seed)

    return run


def _distill(job: Job) -> None:
    faces = training_faces(job.cache, job.device)
    teacher, steps = _reader(job, "teacher"), job.steps("distill")
    networks = distill(fresh_networks(), job.work, faces, steps, teacher, batch=job.batch)
    save_networks(job.output / "stylegan.pth", networks)


def _reader(job: Job, name: str) -> FaceReader:
    return load_annotator(job.output / f"{name}.safetensors").to(job.device)


def _discriminator(job: Job) -> None:
    faces, path = training_faces(job.cache, job.device), job.output / "stylegan.pth"
    networks, steps = load_networks(path), job.steps("discriminator")
    # What `path` holds may be this stage's own work already.
    _, discriminator = fresh_networks().players
    generator, _ = networks.players
    train_discriminator(discriminator, generator, job.work, faces, steps)
    generator.cpu()
    save_networks(path, replace(networks, discriminator=discriminator.cpu()))


def _parser(job: Job) -> None:
    faces = training_faces(job.cache, job.device)
    train_parser(job.output / "parser", job.work, faces, job.steps("parser"), None)


def _parser_generated(job: Job) -> None:
    faces = training_faces(job.cache, job.device)
    generator, _ = load_networks(job.output / "stylegan.pth").players
    generator.to(job.device)
    train_parser(job.output / "parser", job.work, faces, job.steps("parser"), generator)


def _figures(job: Job) -> None:
    # These bring in what only measuring needs.
    from vectorfind.demo import figures, pictures

    faces = held_out_faces(job.cache, job.device)
    generator, discriminator = load_networks(job.output / "stylegan.pth").players
    discriminator.to(job.device)
    generator.to(job.device)
    parser = on_device(load_trained(job.output / "parser"), job.device).eval()
    readers = {name: _reader(job, name) for name in ("judge", "annotator")}
    wanted = figures.rendered(faces)
    drawn = figures.pictures_of(generator, faces.z.cpu(), job.device)
    found: dict[str, Any] = {"held-out faces": HELD_OUT}
    found["pictures"] = figures.picture_figures(drawn, wanted)
    found |= figures.reading_figures(readers, parser, wanted, drawn, faces)
    found["w"] = figures.w_figures(generator, faces)
    found["discriminator"] = figures.discriminator_figures(discriminator, drawn, faces)
    shown = job.output / "pictures"
    pictures.draw_sweep(shown / "sweep.png")
    pictures.draw_pairs(shown / "pairs.png", generator, faces, job.device)
    pictures.draw_parses(shown / "parses.png", parser, generator, faces, job.device)
    pictures.draw_steered(shown / "steered.png", generator, faces)
    generator.cpu()
    speeds = figures.speed_figures(generator, parser, readers["annotator"])
    write_json(job.output / "figures.json", found | {"images per second on one core": speeds})


STAGES: dict[str, Callable[[Job], None]] = {
    "render": _render,
    "teacher": _reader_stage("teacher", TEACHER_SEED),
    "judge": _reader_stage("judge", JUDGE_SEED),
    "annotator": _reader_stage("annotator", ANNOTATOR_SEED),
    "distill": _distill,
    "discriminator": _discriminator,
    "parser": _parser,
    "parser-generated": _parser_generated,
    "figures": _figures,
}


def _run_stage(job: Job, stage: str) -> None:
    options = {
        "--stage": stage,
        "--output": job.output,
        "--cache": job.cache,
        "--effort": job.effort,
        "--device": job.device,
        "--faces": job.faces,
        "--processes": job.processes,
        "--batch": job.batch,
    }
    words = [str(word) for pair in options.items() for word in pair]
    subprocess.run([sys.executable, "-m", "vectorfind.demo.recipe", *words], check=True)


def run_all(job: Job) -> None:
    """Run every stage.

    Raises:
        subprocess.CalledProcessError: a stage failed; what needs its result fails too.
    """
    _run_stage(job, "render")
    finished = {stage: threading.Event() for stage in STAGES}

    def run_lane(lane: Sequence[str]) -> None:
        try:
            for stage in lane:
                if stage in AFTER:
                    finished[AFTER[stage]].wait()
                _run_stage(job, stage)
                finished[stage].set()
        finally:
            for stage in lane:
                finished[stage].set()

    with ThreadPoolExecutor(len(LANES)) as pool:
        list(pool.map(run_lane, LANES))
    _run_stage(job, "figures")


def _start_log(output: Path, stage: str) -> None:
    (output / "logs").mkdir(parents=True, exist_ok=True)
    file = logging.FileHandler(output / "logs" / f"{stage}.log")
    handlers: list[logging.Handler] = [logging.StreamHandler(), file]
    form = "%(asctime)s %(message)s"
    logging.basicConfig(level=logging.INFO, format=form, datefmt="%H:%M:%S", handlers=handlers)


def main(
    stage: Annotated[str, typer.Option(help=f"all, {', '.join(STAGES)}.")],
    output: Annotated[Path, typer.Option(help="Folder that the results go to.")],
    effort: Annotated[float, typer.Option(help="Multiplies the steps of every training.")] = 1.0,
    cache: Annotated[Path | None, typer.Option(help="Folder of the drawn faces.")] = None,
    device: Annotated[str, typer.Option(help="cuda or cpu.")] = "cuda",
    faces: Annotated[int, typer.Option(help="How many faces to draw.")] = 200_000,
    processes: Annotated[int, typer.Option(help="Processes that draw.")] = os.cpu_count() or 1,
    batch: Annotated[int, typer.Option(help="Faces per step of distill.")] = BATCH,
) -> None:
    """Run one stage of the recipe, or all of them."""
    _start_log(output, stage)
    torch.set_num_threads(1)
    torch.set_float32_matmul_precision("high")
    torch.backends.cudnn.benchmark = True
    cache = cache or output.with_name(output.name + "-faces")
    job = Job(output, cache, effort, torch.device(device), faces, processes, batch)
    start = time.monotonic()
    if stage == "all":
        run_all(job)
    else:
        STAGES[stage](job)
    log.info("%s: %.0f s in all", stage, time.monotonic() - start)


if __name__ == "__main__":
    typer.run(main)
