"""Measures the photo-like world's generator: `python -m vectorfind.photo.generator_figures --help`.

Writes `figures.json`, `blind_1.png`, `blind_2.png` with `blind_key.json`, and `beside.png`.
"""

import logging
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import numpy as np
import torch
import typer

from vectorfind.errors import InputError
from vectorfind.files import write_json
from vectorfind.photo.faces import (
    Draws,
    draw,
    load_faces,
    map_pictures,
    pictures_path,
    save_pictures,
)
from vectorfind.photo.feature_distances import (
    face_features,
    frechet_distance,
    kernel_distance,
    load_encoder,
)
from vectorfind.photo.generator_sheets import draw_beside, draw_blind_sheets
from vectorfind.photo.parser_figures import found_shares
from vectorfind.photo.regression import RESOLUTION
from vectorfind.photo.teacher import Z_DIM, latents, load_teacher
from vectorfind.stylegan import Generator, load_networks

log = logging.getLogger(__name__)

FACES, FOUND = 5_000, 400
SEED, OTHER_SEED = 41, 42
PARSER = Path("resources/photo/parser")
LEAST = 2
"""Of fewer faces there is no covariance."""

app = typer.Typer(add_completion=False)


def load_generator(path: Path) -> Generator:
    """Load the averaged generator of a checkpoint, in eval mode.

    Raises:
        InputError: there is none, or it does not draw 64x64 pixels of 100 numbers alone.
    """
    generator = load_networks(path).inference_generator
    wanted = (Z_DIM, RESOLUTION, 0)
    if (sizes := (generator.z_dim, generator.resolution, generator.label_dim)) != wanted:
        raise InputError(
            f"{path}: its lengths of z, side and label are {sizes}, the teacher's {wanted}; give "
            "a generator that `python -m vectorfind.photo.generator_recipe` made."
        )
    return generator.eval()


def distance_figures(encoder: torch.nn.Module, drawn: dict[str, np.ndarray]) -> dict[str, Any]:
    """Measure how far the generator is from the teacher, and the teacher from itself.

    Args:
        encoder: of `feature_distances.load_encoder`.
        drawn: uint8 [N,64,64,3] by name: `teacher`, and of N other z `generator` and `teacher
            again`.

    Returns:
        FID, KID and its standard error: of the generator; of the teacher against itself, below
        which no generator comes but by chance; of the generator against the teacher's pictures of
        the same z, which chance makes alike where the others differ by it.
    """
    seen = {name: face_features(encoder, images) for name, images in drawn.items()}
    pairs = {
        "generator": ("generator", "teacher"),
        "teacher, of other z": ("teacher again", "teacher"),
        "generator, of the same z": ("generator", "teacher again"),
    }
    return {name: _distances(seen[one], seen[other]) for name, (one, other) in pairs.items()}


def _distances(first: np.ndarray, second: np.ndarray) -> dict[str, float | None]:
    kernel, error = kernel_distance(first, second)
    return {
        "FID": round(frechet_distance(first, second), 5),
        "KID": round(kernel, 6),
        "standard error of KID": None if error is None else round(error, 6),
    }


def found_figures(images: np.ndarray, mediapipe: str) -> dict[str, float]:
    """Have MediaPipe look for faces in uint8 [N,64,64,3]; return how many it finds, and shares.

    Raises:
        InputError: this Python cannot run it.
    """
    with TemporaryDirectory() as folder:
        work, kind = Path(folder), "shown"
        save_pictures(pictures_path(work, kind), images)
        map_pictures(work, kind, mediapipe)
        faces = load_faces(work, kind)
    return found_shares(faces) | {"with a face": int(faces.detected.sum())}


def draw_all(generator: Draws, teacher: Draws, faces: int) -> dict[str, np.ndarray]:
    """Draw what `distance_figures` measures."""
    z, other = latents(faces, SEED), latents(faces, OTHER_SEED)
    return {
        "teacher": draw(teacher, z),
        "generator": draw(generator, other),
        "teacher again": draw(teacher, other),
    }


@app.command()
def main(
    generator: Annotated[Path, typer.Option(help="Checkpoint in GenForce's layout.")],
    teacher: Annotated[Path, typer.Option(help="weights.tar of gan-face-generate 1.1.1.")],
    output: Annotated[Path, typer.Option(help="Folder that figures and sheets go to.")],
    parser: Annotated[Path, typer.Option(help="Whose features FID and KID are of.")] = PARSER,
    mediapipe: Annotated[
        str | None, typer.Option(help="A Python that has mediapipe 0.10.21; none: not asked.")
    ] = None,
    faces: Annotated[int, typer.Option(min=LEAST, help="Faces that FID and KID are of.")] = FACES,
    found: Annotated[
        int, typer.Option(min=1, help="How many of them MediaPipe is shown, at most.")
    ] = FOUND,
    look: Annotated[
        int, typer.Option(min=1, help="Another number puts other faces on the blind sheets.")
    ] = 1,
    threads: Annotated[int, typer.Option(help="Processor cores to draw on.")] = 1,
) -> None:
    """Measure a generator beside its teacher, and picture both."""
    form = "%(asctime)s %(message)s"
    logging.basicConfig(level=logging.INFO, format=form, datefmt="%H:%M:%S")
    torch.set_num_threads(threads)
    drawer, taught_by, encoder = (
        load_generator(generator),
        load_teacher(teacher),
        load_encoder(parser),
    )
    began = time.monotonic()
    draw_blind_sheets(output, drawer, taught_by, look)
    draw_beside(output / "beside.png", drawer, taught_by)
    drawn = draw_all(drawer, taught_by, faces)
    log.info("drawn: %.0f s", time.monotonic() - began)
    figures: dict[str, Any] = {"faces": faces, **distance_figures(encoder, drawn)}
    if mediapipe is not None:
        shown = {"generator": drawn["generator"], "teacher": drawn["teacher again"]}
        figures["MediaPipe"] = {
            name: found_figures(images[:found], mediapipe) for name, images in shown.items()
        }
    write_json(output / "figures.json", figures)
    log.info("measured: %.0f s", time.monotonic() - began)


if __name__ == "__main__":
    app()
