"""Characters on disk: one small safetensors file, whose metadata is JSON; nothing in it runs."""

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from vectorfind.bundle import load_bundle
from vectorfind.characters.character import Character
from vectorfind.errors import InputError
from vectorfind.files import atomic_path
from vectorfind.networks import FaceGenerator
from vectorfind.steering.face import SteerableFace

KIND = "vectorfind character"
VERSION = 1


def keep_character(path: str | Path, character: Character) -> None:
    """Write a new character, and its contact sheet as a PNG beside it.

    Raises:
        InputError: there is one of this name.
    """
    path = Path(path)
    if path.exists():
        raise InputError(f"{path}: is there already; choose another name, or delete it.")
    save_character(path, character)
    with atomic_path(path.with_suffix(".png")) as partial:
        partial.write_bytes(read_character(path)[0]["sheet"].numpy().tobytes())


def save_character(path: str | Path, character: Character) -> None:
    """Write a character, atomically and in equal bytes for an equal one.

    Tensors: `w` [1, w_dim]; `directions` [S, w_dim], of its group, of the length of an offset of
    1; `ranges` [S, 13]; `sheet`, a PNG. Metadata: one entry, JSON.
    """
    directions, steered = character.face.directions, list(character.ranges)
    vectors = [directions.vectors[name][character.group] for name in steered]
    picture = io.BytesIO()
    Image.fromarray(character.sheet()).save(picture, format="PNG")
    tensors = {
        "w": character.w.cpu().contiguous(),
        "directions": torch.as_tensor(directions.unit * np.stack(vectors), dtype=torch.float32),
        "ranges": torch.as_tensor(np.stack(list(character.ranges.values()))),
        "sheet": torch.frombuffer(bytearray(picture.getvalue()), dtype=torch.uint8),
    }
    facts = {
        "version": VERSION,
        "name": character.name,
        "group": character.group,
        "steered": steered,
        "neutral": character.neutral,
        "generator": generator_hash(character.face.generator),
        "facts": character.facts,
    }
    with atomic_path(path) as partial:
        # The library writes several entries of metadata in any order.
        save_file(tensors, partial, {KIND: json.dumps(facts, sort_keys=True)})


def load_character(
    path: str | Path,
    bundle: str | Path | SteerableFace = "results/vectorfind_v8.pt",
    device: torch.device | str = "cpu",
) -> Character:
    """Load a character with the bundle that draws it.

    Raises:
        InputError: the file is missing, damaged or none, or the bundle has another generator.
    """
    tensors, facts = read_character(path)
    face = bundle if isinstance(bundle, SteerableFace) else load_bundle(bundle, device)
    if generator_hash(face.generator) != facts["generator"]:
        raise InputError(
            f"{path}: was made with another generator than that of the bundle; give the bundle "
            "that it was picked with."
        )
    rows = tensors["ranges"].numpy()
    return Character(
        name=facts["name"],
        face=face,
        w=tensors["w"].to(face.device),
        group=facts["group"],
        ranges=dict(zip(facts["steered"], rows, strict=True)),
        facts=facts["facts"],
    )


def read_character(path: str | Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return a character's tensors and facts, as `save_character` says.

    Raises:
        InputError: the file is missing, damaged or none.
    """
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; `vectorfind pick` makes a character.") from None
    except (OSError, SafetensorError) as error:
        raise InputError(f"{path}: cannot be read as safetensors ({error}).") from None
    if list(metadata) != [KIND]:
        raise InputError(f"{path}: is no character; `vectorfind pick` makes one.")
    facts = json.loads(metadata[KIND])
    if facts.get("version") != VERSION:
        raise InputError(
            f"{path}: is of version {facts.get('version')}, this program reads {VERSION}; "
            "pick the character again."
        )
    return tensors, facts


def generator_hash(generator: FaceGenerator) -> str:
    """Return the SHA-256 of a generator's weights, in the order of their names."""
    found = hashlib.sha256()
    for name, value in sorted(generator.state_dict().items()):
        found.update(name.encode())
        found.update(value.detach().cpu().contiguous().numpy().tobytes())
    return found.hexdigest()
