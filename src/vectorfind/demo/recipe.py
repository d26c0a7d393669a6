"""Makes everything under resources/demo: `python -m vectorfind.demo.recipe --stage all ...`.

One stage is one process. `all` draws the faces, then runs the trainings side by side on one
device, and ends with figures and pictures. Every stage goes on from what `--output` holds.
"""

import logging
import os
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import torch
import typer

from vectorfind.demo.annotator import FaceReader, load_annotator
from vectorfind.demo.annotator_training import train_reader
from vectorfind.demo.cache import HELD_OUT, build_cache, held_out_faces, training_faces
from vectorfind.demo.discriminator_training import train_discriminator
from vectorfind.demo.distill import BATCH, distill
from vectorfind.demo.parser_training import load_trained, train_parser
from vectorfind.files import atomic_path, write_json
from vectorfind.stylegan import load_networks

log = logging.getLogger(__name__)

TEACHER_SEED, JUDGE_SEED, ANNOTATOR_SEED = 1, 2, 3
TEACHER_PATIENCE_S = 60.0
PACK_EVERY_S = 60.0
START_UP_S = 15.0

# Side by side on one device: stages in turn, each with its share of the time.
LANES = (
    (("distill", 0.76), ("discriminator", 0.24)),
    (("teacher", 0.1), ("judge", 0.12), ("annotator", 0.12)),
    (("parser", 0.5), ("parser-generated", 0.24)),
)
AFTER = {"parser-generated": "distill"}


@dataclass(frozen=True)
class Job:
    """What every stage is told."""

    output: Path
    cache: Path
    seconds: float
    device: torch.device
    faces: int
    processes: int
    rate: float | None
    batch: int


def _render(job: Job) -> None:
    build_cache(job.cache, job.faces, job.processes)


def _reader_stage(name: str, seed: int) -> Callable[[Job], None]:
    def run(job: Job) -> None:
        faces = training_faces(job.cache, job.device)
        train_reader(job.output / f"{name}.safetensors", faces, job.seconds, seed, job.device)

    return run


def _distill(job: Job) -> None:
    faces = training_faces(job.cache, job.device)
    path = job.output / "stylegan.pth"
    distill(
        path, faces, job.seconds, lambda: _wait_for_teacher(job), job.device, job.rate, job.batch
    )


def _wait_for_teacher(job: Job) -> FaceReader | None:
    path = job.output / "teacher.safetensors"
    until = time.monotonic() + TEACHER_PATIENCE_S
    while not path.exists() and time.monotonic() < until:
        time.sleep(0.5)
    log.info("distilling %s", "with a teacher" if path.exists() else "without a teacher")
    return load_annotator(path).to(job.device) if path.exists() else None


def _discriminator(job: Job) -> None:
    faces = training_faces(job.cache, job.device)
    train_discriminator(job.output / "stylegan.pth", faces, job.seconds, job.device)


def _parser(job: Job) -> None:
    faces = training_faces(job.cache, job.device)
    train_parser(job.output / "parser", faces, job.seconds, None, job.device)


def _parser_generated(job: Job) -> None:
    faces = training_faces(job.cache, job.device)
    generator = load_networks(job.output / "stylegan.pth").generator.to(job.device)

    def draw(z: torch.Tensor) -> torch.Tensor:
        return generator.synthesis(generator.mapping(z))

    train_parser(job.output / "parser", faces, job.seconds, draw, job.device)


def _figures(job: Job) -> None:
    # These bring in what only measuring needs.
    from vectorfind.demo import figures, pictures

    faces = held_out_faces(job.cache, job.device)
    networks = load_networks(job.output / "stylegan.pth")
    networks.discriminator.to(job.device)
    generator = networks.generator.to(job.device)
    parser = load_trained(job.output / "parser").to(job.device).eval()
    readers = {n: load_annotator(job.output / f"{n}.safetensors") for n in ("judge", "annotator")}
    wanted = figures.rendered(faces)
    drawn = figures.pictures_of(generator, faces.z.cpu(), job.device)
    found: dict = {"held-out faces": HELD_OUT, "pictures": figures.picture_figures(drawn, wanted)}
    for name, reader in readers.items():
        reader.to(job.device)
        found[f"{name} on renders"] = figures.reader_figures(reader, wanted, faces)
        found[f"{name} on generated"] = figures.reader_figures(reader, drawn, faces)
    for name, images in (("renders", wanted), ("generated", drawn)):
        found[f"parser IoU on {name}"] = figures.overlap_figures(parser, images, faces)
        found[f"properties on {name}"] = figures.property_figures(parser, images, faces)
    found["w"] = figures.w_figures(generator, faces)
    found["discriminator"] = figures.discriminator_figures(networks, drawn, faces)
    shown = job.output / "pictures"
    pictures.draw_sweep(shown / "sweep.png")
    pictures.draw_pairs(shown / "pairs.png", generator, faces, job.device)
    pictures.draw_parses(shown / "parses.png", parser, generator, faces, job.device)
    pictures.draw_steered(shown / "steered.png", generator, faces)
    networks.generator.cpu()
    speeds = figures.speed_figures(networks, parser, readers["annotator"])
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


def pack(output: Path, destination: Path) -> None:
    """Write everything under `output` into one tar file, atomically.

    A file that a stage replaces meanwhile spoils this tar only: the earlier one then stays.
    """
    try:
        with atomic_path(destination) as partial, tarfile.open(partial, "w") as archive:
            archive.add(output, arcname=output.name, filter=_finished)
    except OSError as error:
        log.warning("not packed this time: %s", error)


def _finished(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if Path(member.name).name.startswith(".") else member


def _run_stage(job: Job, stage: str, seconds: float) -> None:
    options = {
        "--stage": stage,
        "--output": job.output,
        "--cache": job.cache,
        "--seconds": seconds,
        "--device": job.device,
        "--faces": job.faces,
        "--processes": job.processes,
        "--batch": job.batch,
    }
    if job.rate is not None:
        options["--rate"] = job.rate
    words = [str(word) for pair in options.items() for word in pair]
    done = subprocess.run([sys.executable, "-m", "vectorfind.demo.recipe", *words], check=False)
    if done.returncode:
        log.error("stage %s ended with %d", stage, done.returncode)


def _run_lane(job: Job, lane: tuple, finished: dict[str, threading.Event]) -> None:
    for stage, share in lane:
        if stage in AFTER:
            finished[AFTER[stage]].wait()
        _run_stage(job, stage, max(share * job.seconds - START_UP_S, 1.0))
        finished[stage].set()


def run_all(job: Job, packed: Path | None) -> None:
    """Run every stage; pack the output every minute where `packed` names a tar file."""
    _run_stage(job, "render", 0)
    finished = {stage: threading.Event() for stage in STAGES}
    lanes = [threading.Thread(target=_run_lane, args=(job, lane, finished)) for lane in LANES]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        while lane.is_alive():
            lane.join(PACK_EVERY_S)
            if packed:
                pack(job.output, packed)
    _run_stage(job, "figures", 0)
    if packed:
        pack(job.output, packed)


def _start_log(output: Path, stage: str) -> None:
    (output / "logs").mkdir(parents=True, exist_ok=True)
    handlers = [logging.StreamHandler(), logging.FileHandler(output / "logs" / f"{stage}.log")]
    form = "%(asctime)s %(message)s"
    logging.basicConfig(level=logging.INFO, format=form, datefmt="%H:%M:%S", handlers=handlers)


def main(
    stage: Annotated[str, typer.Option(help=f"all, {', '.join(STAGES)}.")],
    output: Annotated[Path, typer.Option(help="Folder that the results go to.")],
    seconds: Annotated[float, typer.Option(help="Wall-clock budget of the training(s).")] = 420,
    cache: Annotated[Path | None, typer.Option(help="Folder of the drawn faces.")] = None,
    device: Annotated[str, typer.Option(help="cuda or cpu.")] = "cuda",
    faces: Annotated[int, typer.Option(help="How many faces to draw.")] = 200_000,
    processes: Annotated[int, typer.Option(help="Processes that draw.")] = os.cpu_count() or 1,
    rate: Annotated[float | None, typer.Option(help="Peak learning rate of distill.")] = None,
    batch: Annotated[int, typer.Option(help="Faces per step of distill.")] = BATCH,
    pack_to: Annotated[Path | None, typer.Option(help="Tar file of the results.")] = None,
) -> None:
    """Run one stage of the recipe, or all of them."""
    _start_log(output, stage)
    torch.set_num_threads(1)
    torch.set_float32_matmul_precision("high")
    torch.backends.cudnn.benchmark = True
    job = Job(
        output,
        cache or output.with_name(output.name + "-faces"),
        seconds,
        torch.device(device),
        faces,
        processes,
        rate,
        batch,
    )
    start = time.monotonic()
    if stage == "all":
        run_all(job, pack_to)
    else:
        STAGES[stage](job)
    log.info("%s: %.0f s in all", stage, time.monotonic() - start)


if __name__ == "__main__":
    typer.run(main)
