"""The sizes of a checkpoint's generator, read without torch and without running code."""

import pickle
import zipfile
from collections.abc import Iterator
from functools import cache
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

LEGACY_HEAD = 3
"""Pickles before the content in torch's layout without a zip: magic number, protocol, system."""


class Sizes(NamedTuple):
    """What memory depends on; `activations` are the numbers that layers store of one image."""

    resolution: int
    activations: int
    w_dim: int
    weights: float
    """MiB of all networks."""


PUBLISHED = Sizes(256, 16_072_704, 512, 289.0)
"""Of the checkpoint that the published system starts from; a file that cannot be read counts so."""


class _Shapes(pickle.Unpickler):
    """Unpickles tensors as their shapes, and all else that is no plain value as nothing."""

    def find_class(self, module: str, name: str) -> Any:
        return _shape if name == "_rebuild_tensor_v2" else _Nothing

    def persistent_load(self, pid: Any) -> None:
        return None


class _Nothing(dict[Any, Any]):
    """What stands for any class of the file; its ordered dictionaries among them."""

    def __init__(self, *_: Any):
        super().__init__()


def _shape(storage: Any, offset: int, shape: tuple[int, ...], *_: Any) -> tuple[int, ...]:
    return shape


@cache
def checkpoint_sizes(path: str | None) -> Sizes:
    """Return the sizes of a checkpoint; PUBLISHED where it is missing or no such file.

    Importing the checkpoint says what is wrong with it.
    """
    try:
        return _sizes(Path(path or ""))
    except Exception:  # a damaged pickle can fail in any way
        return PUBLISHED


def _sizes(path: Path) -> Sizes:
    tensors = list(_shapes(_content(path)))
    shapes = dict(tensors)
    end = ".apply_noise.noise"
    layers = [key.removesuffix(end) for key in shapes if key.endswith(end)]
    sides = [shapes[f"{layer}.apply_noise.noise"][-1] for layer in layers]
    maps = [shapes[f"{layer}.apply_noise.weight"][0] for layer in layers]
    return Sizes(
        resolution=max(sides),
        activations=sum(side**2 * count for side, count in zip(sides, maps, strict=True)),
        w_dim=shapes[f"{layers[0]}.style.weight"][1],
        weights=sum(4 * prod(shape) for _, shape in tensors) / 2**20,
    )


def _shapes(content: Any) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the shape of every tensor by its name in its network; networks share names."""
    for name, value in content.items():
        if isinstance(value, dict):
            yield from _shapes(value)
        elif isinstance(value, tuple):
            yield str(name).removeprefix("module."), value


def _content(path: Path) -> Any:
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            return [_Shapes(file).load() for _ in range(LEGACY_HEAD + 1)][-1]
    with zipfile.ZipFile(path) as archive:
        name = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
        with archive.open(name) as file:
            return _Shapes(file).load()
