"""The commands that draw a bundle's faces: `vectorfind generate` and `steer`."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vectorfind.command_line import (
    BUNDLE,
    Bundle,
    Commands,
    Device,
    Faces,
    Latents,
    Picture,
    Seed,
    Truncation,
    load_face,
    one_each,
    print_table,
    save_latents,
)
from vectorfind.errors import InputError
from vectorfind.property_options import PROPERTIES, FollowsBundle, combine, wanted_values

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from vectorfind.steering.face import SteerableFace
    from vectorfind.steering.steered import Steered

LARGEST_SIDE = 65_000
"""Pixels that a picture may be high or wide: JPEG takes no more, and few programs do."""

face_app = typer.Typer(cls=Commands)


@face_app.command(cls=FollowsBundle)
def generate(
    ctx: typer.Context,
    bundle: Bundle = Path(BUNDLE),
    seed: Seed = 1,
    faces: Faces = 1,
    truncation: Truncation = 1.0,
    output: Picture = Path("picture.png"),
    latents: Latents = None,
    device: Device = "auto",
) -> None:
    """Draw faces moved along the directions: a row per face, a column per combination.

    Every property that the bundle steers is an option that takes an offset, or several:
    vectorfind generate --eyes=1.2 --mouth=-1.8,0,1.8 --faces 4 --output mouth.jpg
    A single face is drawn as a grid whose columns are the last property with several:
    vectorfind generate --seed 7 --mouth=-1.8,0,1.8 --pose=-1,0,1
    """
    import numpy as np

    from vectorfind.pictures.sheets import check_picture, contact_sheet, save_picture

    check_picture(output)
    face = load_face(bundle, device)
    combinations, columns = combine(wanted_values(ctx.meta[PROPERTIES], face.names.steered))
    columns = columns if faces == 1 else len(combinations)
    _require_picture(face, faces * len(combinations) // columns, columns)
    # Offsets [faces * combinations, S], each face with all of its own.
    table = {
        name: np.tile([offsets[name] for offsets in combinations], faces)
        for name in combinations[0]
    }
    w = face.random_w(seed, faces, truncation)
    edited = face.edit(
        w.repeat_interleave(len(combinations), 0),
        table,
        face.groups(w).repeat(len(combinations)),
    )
    save_picture(output, contact_sheet(np.concatenate(list(_drawn(face, edited))), columns))
    save_latents(latents, edited)
    typer.echo(f"{output}: {faces} x {len(combinations)} pictures")


@face_app.command(cls=FollowsBundle)
def steer(
    ctx: typer.Context,
    bundle: Bundle = Path(BUNDLE),
    seed: Seed = 1,
    faces: Faces = 1,
    truncation: Truncation = 1.0,
    before: Annotated[bool, typer.Option(help="Show each face as it was, too.")] = True,
    output: Picture = Path("picture.png"),
    latents: Latents = None,
    device: Device = "auto",
) -> None:
    """Find the offsets at which faces have the requested scores, in standard deviations.

    Every property that the bundle steers is an option; what is left out stays as it is:
    vectorfind steer --eyes=1.5 --pose=-1 --seed 7 --output steered.png
    The picture shows each face before and after, the table what was requested and measured.
    """
    from vectorfind.pictures.sheets import check_picture, save_columns

    check_picture(output)
    face = load_face(bundle, device)
    requests = one_each(wanted_values(ctx.meta[PROPERTIES], face.names.steered))
    _require_picture(face, faces, 2)
    w = face.random_w(seed, faces, truncation)
    steered = face.steer_latents(w, requests)
    save_columns(output, [face.draw_latents(w), steered.images] if before else [steered.images])
    save_latents(latents, steered.w)
    head = ("face", *(f"{name}: asked, got" for name in face.names.steered), "reached")
    print_table(str(output), (head, *_rows_of(steered)))


def _rows_of(steered: "Steered") -> Iterator[tuple[str, ...]]:
    for index, reached in enumerate(steered.reached):
        scores = zip(steered.requested[index], steered.measured["scorer"][index], strict=True)
        cells = (f"{asked:+.2f}, {got:+.2f}" for asked, got in scores)
        yield str(index), *cells, "yes" if reached else "nearest found"


def _drawn(face: "SteerableFace", w: "Tensor") -> Iterable["np.ndarray"]:
    """Draw faces part by part, with a bar when it takes more than two seconds."""
    from tqdm import tqdm

    return (face.draw_latents(part) for part in tqdm(w.split(16), desc="faces", delay=2))


def _require_picture(face: "SteerableFace", rows: int, columns: int) -> None:
    side = face.generator.resolution
    if max(rows, columns) * side > LARGEST_SIDE:
        raise InputError(
            f"{rows} x {columns} pictures of {side} pixels are more than {LARGEST_SIDE:,} a "
            f"side: give at most {LARGEST_SIDE // side:,} faces or combinations at once."
        )
