"""A character as a folder that a web page shows without Python: pictures of many expressions."""

import json
import math
from itertools import product
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from vectorfind.characters.character import PROBED, Character
from vectorfind.characters.motion import PRESETS, timeline
from vectorfind.errors import InputError
from vectorfind.files import atomic_path
from vectorfind.pictures.sheets import contact_sheet

ASSETS = Path(__file__).parent / "assets"
PAGES = ("character.js", "index.html")
MOST, SIDE, FPS, QUALITY = 400, 256, 25, 90
"""Most pictures of a folder, their largest side, and how fast motions play, of WebP's quality."""


def save_web(folder: str | Path, character: Character) -> int:
    """Write the folder of a character and return how many expressions it shows.

    `faces.webp` has a picture of every combination of a few offsets of each property;
    `character.json.js` says which is where, what each property reaches, and the motions;
    `character.js` draws the nearest one on a canvas; `index.html` shows how, also from the disk.

    Raises:
        InputError: the folder has files in it.
    """
    folder = check_folder(folder)
    levels = spread_levels(len(character.ranges))
    combinations = np.array(list(product(levels, repeat=len(character.ranges))), np.float32)
    faces = _reduced(character.draw(combinations))
    columns = math.ceil(math.sqrt(len(faces)))
    with atomic_path(folder / "faces.webp") as partial:
        sheet = Image.fromarray(contact_sheet(faces, columns))
        sheet.save(partial, format="WEBP", quality=QUALITY)
    facts = {
        "name": character.name,
        "steered": list(character.ranges),
        "reach": character.reach,
        "levels": levels,
        "side": faces.shape[1],
        "columns": columns,
        "fps": FPS,
        "motions": motions(character),
    }
    with atomic_path(folder / "character.json.js") as partial:
        partial.write_text(f"window.vectorfindCharacter = {json.dumps(facts)};\n", encoding="utf-8")
    for page in PAGES:
        with atomic_path(folder / page) as partial:
            partial.write_bytes((ASSETS / page).read_bytes())
    return len(faces)


def check_folder(folder: str | Path) -> Path:
    """Return a folder that is to be written, before time is spent on it.

    Raises:
        InputError: it has files in it, or is a file.
    """
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder}: is there already; give a new or empty folder.")
    return folder


def spread_levels(properties: int) -> list[float]:
    """Return even offsets of each property, an odd number, so that all combinations are MOST."""
    count = max(3, int(MOST ** (1 / properties) + 1e-9))
    count = min(count - 1 + count % 2, 25)
    end = float(PROBED[-1]) * 2 / 3
    return np.linspace(-end, end, count).round(3).tolist()


def motions(character: Character) -> dict[str, list[list[float]]]:
    """Return the ready motions that the character can make: offsets [T, S] at FPS."""
    found, steered = {}, list(character.ranges)
    for name, preset in PRESETS.items():
        try:
            offsets = timeline(preset(character.ranges), steered, FPS)
        except InputError:  # needs a property that this character has not
            continue
        found[name] = offsets.round(3).tolist()
    return found


def _reduced(faces: np.ndarray) -> np.ndarray:
    if faces.shape[1] <= SIDE:
        return faces
    return np.stack(
        [cv2.resize(face, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for face in faces]
    )
