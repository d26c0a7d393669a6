"""Pictures that show whether the recipe's faces are good: look at them."""

from pathlib import Path

import numpy as np
import torch
from torch import nn

from vectorfind.demo.distill import score_matrix
from vectorfind.demo.figures import parse, pictures_of, rendered
from vectorfind.demo.world.cache import Faces
from vectorfind.demo.world.parameters import INDEX, PARAMETERS
from vectorfind.demo.world.renderer import render
from vectorfind.images import to_uint8
from vectorfind.pictures.sheets import contact_sheet, save_png
from vectorfind.stylegan import Generator

COLUMNS = 12
SCALE = 2
PALETTE = np.array(
    [
        [60, 60, 60],
        [240, 200, 170],
        [130, 80, 40],
        [200, 140, 60],
        [40, 120, 255],
        [40, 220, 255],
        [250, 150, 120],
        [255, 60, 60],
        [120, 0, 40],
        [255, 120, 200],
        [110, 60, 160],
    ],
    np.uint8,
)
PLAIN_FACE = {"gender": 0.9, "age": 0.1, "glasses": 0.1, "quality": 0.8, "skin": 0.8, "mouth": 0.3}


def draw_sweep(path: Path) -> None:
    """Picture one parameter per row, from 0 to 1, all others fixed."""
    plain = np.array([PLAIN_FACE.get(name, 0.5) for name in PARAMETERS])
    cells = []
    for column in range(len(PARAMETERS)):
        for value in np.linspace(0, 1, COLUMNS):
            changed = plain.copy()
            changed[column] = value
            cells.append(render(changed)[0])
    save_png(path, contact_sheet(np.stack(cells), COLUMNS, SCALE))


def _in_turn(*rows: np.ndarray) -> np.ndarray:
    """Interleave equally long image arrays so that each fills every len(rows)-th row."""
    blocks = [row.reshape(-1, COLUMNS, *row.shape[1:]) for row in rows]
    return np.stack(blocks, axis=1).reshape(-1, *rows[0].shape[1:])


def draw_pairs(path: Path, generator: Generator, faces: Faces, device: torch.device) -> None:
    """Picture rows in turn: rendered faces, the same faces generated."""
    count = 6 * COLUMNS
    drawn = pictures_of(generator, faces.z[:count].cpu(), device)
    save_png(path, contact_sheet(_in_turn(rendered(faces)[:count], drawn), COLUMNS, SCALE))


def draw_parses(
    path: Path, parser: nn.Module, generator: Generator, faces: Faces, device: torch.device
) -> None:
    """Picture rows in turn: generated faces, how they were parsed, the true parse maps."""
    count = 4 * COLUMNS
    drawn = pictures_of(generator, faces.z[:count].cpu(), device)
    parsed = PALETTE[parse(parser, drawn, drawn.shape[1])]
    true = PALETTE[faces.maps[:count].cpu().numpy()]
    save_png(path, contact_sheet(_in_turn(drawn, parsed, true), COLUMNS, SCALE))


@torch.inference_mode()
def draw_steered(path: Path, generator: Generator, faces: Faces) -> None:
    """Picture three faces moved in w along the fixed rows of eyes, mouth and pose, -2..2."""
    matrix = score_matrix(faces.z.device)
    offsets = torch.linspace(-2, 2, COLUMNS, device=faces.z.device)[:, None]
    cells = []
    for w in generator.mapping(faces.z[:3]):
        for name in ("eyes", "mouth", "pose"):
            cells.append(to_uint8(generator.synthesis(w + offsets * matrix[INDEX[name]])).cpu())
    save_png(path, contact_sheet(torch.cat(cells).numpy(), COLUMNS, SCALE))
