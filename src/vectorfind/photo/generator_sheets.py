"""Sheets of the generator's faces and its teacher's: mixed for a blind look, and side by side."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from vectorfind.files import write_json
from vectorfind.photo.faces import Draws, draw
from vectorfind.photo.teacher import latents
from vectorfind.pictures.sheets import contact_sheet, save_png

OF_EACH = 64
"""Faces of the teacher, and of the generator, among the mixed ones."""
TEACHER_SEED, GENERATOR_SEED, ORDER_SEED, BESIDE_SEED = 51, 52, 53, 54
LOOK_STEP = 10
"""From the seeds of one look at mixed faces to those of the next."""
PER_SHEET, PER_ROW, SCALE = 64, 8, 2
STRIP, FONT_SIZE = 16, 13
"""Height of the strip under a face that has its number, and of its figures, in pixels."""
PAIRS_OF_ROWS, BESIDE_PER_ROW = 8, 16


def draw_blind_sheets(folder: Path, generator: Draws, teacher: Draws, look: int = 1) -> None:
    """Write mixed faces, numbered from 1, as `blind_1.png`, .. and `blind_key.json`.

    The key has the numbers of the teacher's faces and of the generator's. Every `look` is at
    other faces.
    """
    faces, taught = mixed_faces(generator, teacher, look)
    cells = np.stack([numbered(face, number) for number, face in enumerate(faces, start=1)])
    for sheet, start in enumerate(range(0, len(cells), PER_SHEET), start=1):
        shown = cells[start : start + PER_SHEET]
        save_png(folder / f"blind_{sheet}.png", contact_sheet(shown, PER_ROW))
    numbers = {"teacher": np.flatnonzero(taught) + 1, "generator": np.flatnonzero(~taught) + 1}
    key = {name: found.tolist() for name, found in numbers.items()}
    write_json(folder / "blind_key.json", key)


def mixed_faces(generator: Draws, teacher: Draws, look: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return faces of both, of other z, shuffled, and which are the teacher's.

    Args:
        generator: in eval mode.
        teacher: in eval mode.
        look: 1, 2, ..; each is at other faces.

    Returns:
        uint8 [2 * OF_EACH,64,64,3] and bool [2 * OF_EACH].
    """
    further = LOOK_STEP * (look - 1)
    drawn = [
        draw(teacher, latents(OF_EACH, TEACHER_SEED + further)),
        draw(generator, latents(OF_EACH, GENERATOR_SEED + further)),
    ]
    order = np.random.default_rng(ORDER_SEED + further).permutation(2 * OF_EACH)
    return np.concatenate(drawn)[order], order < OF_EACH


def numbered(image: np.ndarray, number: int) -> np.ndarray:
    """Enlarge uint8 [H,W,3] and write a number below it; uint8 [SCALE * H + STRIP,SCALE * W,3]."""
    face = image.repeat(SCALE, axis=0).repeat(SCALE, axis=1)
    cell = Image.fromarray(np.pad(face, ((0, STRIP), (0, 0), (0, 0)), constant_values=255))
    place = (cell.width // 2, cell.height - STRIP // 2)
    ImageDraw.Draw(cell).text(place, str(number), "black", anchor="mm", font_size=FONT_SIZE)
    return np.asarray(cell)


def draw_beside(path: Path, generator: Draws, teacher: Draws) -> None:
    """Write pairs of rows of faces: above the teacher's, below the generator's of the same z."""
    z = latents(PAIRS_OF_ROWS * BESIDE_PER_ROW, BESIDE_SEED)
    above, below = (
        images.reshape(PAIRS_OF_ROWS, BESIDE_PER_ROW, *images.shape[1:])
        for images in (draw(teacher, z), draw(generator, z))
    )
    rows = np.stack([above, below], axis=1)
    save_png(path, contact_sheet(rows.reshape(-1, *rows.shape[3:]), BESIDE_PER_ROW))
