"""Reading NVIDIA's network pickles as plain data: nothing in them is ever executed.

What a pickle calls is taken from `KNOWN`, where every entry only keeps what it is given: network
objects become a `Record`, program text stays text, and numpy's objects are rebuilt by hand, since
the states of its own may be made to break memory.
"""

import io
import math
import pickle
import warnings
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vectorfind.errors import InputError
from vectorfind.stylegan.unpickling import DAMAGED

TORCH_MAGIC = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
KINDS = "fiubSU"
"""The kinds of numpy's types that arrays may have: numbers and text."""


@dataclass(eq=False)
class Record:
    """An object of a pickle, as data: the name of its class and its state."""

    name: str = "Network"
    state: dict[str, Any] = field(default_factory=dict)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.name, self.state = "Network", dict(state)


class Refused(pickle.UnpicklingError):
    """A pickle asks for something that is not in `KNOWN`."""


def is_plain_pickle(path: str | Path) -> bool:
    """Tell whether a file is a pickle that torch.save did not write."""
    with Path(path).open("rb") as file:
        head = file.read(len(TORCH_MAGIC))
    is_pickle = len(head) > 1 and head[0] == 0x80 and head[1] <= pickle.HIGHEST_PROTOCOL
    return is_pickle and head != TORCH_MAGIC


def holds_records(content: Any) -> bool:
    """Tell whether a content is that of such a pickle: one object or several, also by name."""
    parts = content.values() if isinstance(content, dict) else content
    several = isinstance(content, dict | tuple | list)
    return any(isinstance(part, Record) for part in (parts if several else [content]))


def read_plain_pickle(path: str | Path) -> Any:
    """Read a pickle of networks: dicts, lists, numbers, text, arrays, tensors and `Record`s.

    Raises:
        InputError: it names anything else, is truncated or damaged.
    """
    try:
        with Path(path).open("rb") as file, warnings.catch_warnings(action="ignore"):
            return _plain(_Unpickler(file).load(), {})
    except Refused as error:
        raise InputError(
            f"{path}: names {error}, which could run code when loaded and which no network of "
            "NVIDIA's needs, so it was not loaded; get the file from who made it"
        ) from None
    except Exception:  # a damaged pickle can fail in any way
        raise InputError(f"{path}: {DAMAGED}") from None


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        found = KNOWN.get(f"{module.replace('numpy._core', 'numpy.core')} {name}")
        if found is None:
            raise Refused(f"`{module}.{name}`")
        # A function of its own, so that a pickle cannot set attributes of ours.
        return found if isinstance(found, type) else lambda *values: found(*values)


class _Type:
    """A numpy type: its name, and the byte order of its state."""

    def __init__(self, name: str, *_: object):
        self.dtype = np.dtype(str(name))
        if self.dtype.kind not in KINDS:
            raise Refused(f"the numpy type `{name}`")

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        if state[1] in "<>":
            self.dtype = self.dtype.newbyteorder(state[1])


class _Array:
    """A numpy array that a state, or the arguments, will fill."""

    def __init__(self, *_: object):
        self.value = np.empty(0, np.float32)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, kind, by_column, content = state
        self.value = _array(content, kind, shape, "F" if by_column else "C")


def _array(content: bytes, kind: _Type, shape: tuple[int, ...], order: str) -> np.ndarray:
    flat = np.frombuffer(bytes(content), kind.dtype, math.prod(shape))
    return flat.reshape(shape, order="F" if order == "F" else "C")


def _scalar(kind: _Type, content: bytes) -> Any:
    return np.frombuffer(content, kind.dtype, 1)[0].item()


def _persistent(meta: dict[str, Any]) -> Record:
    """Keep an object of NVIDIA's persistence; its `module_src` is left out, unread."""
    return Record(str(meta["class_name"]), dict(meta["state"] or {}))


def _storage(content: bytes) -> Any:
    return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)


def _tensor(storage: Any, offset: int, size: Any, stride: Any, *_: object) -> torch.Tensor:
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    if math.prod(size) and not 0 <= offset <= last < storage.size():
        raise Refused("a tensor outside of its storage")
    empty = torch.empty(0, dtype=storage.dtype)
    return empty.set_(storage.untyped(), offset, tuple(size), tuple(stride))


KNOWN: dict[str, Callable[..., Any]] = {
    "builtins set": set,
    "collections OrderedDict": OrderedDict,
    "dnnlib.util EasyDict": OrderedDict,
    "dnnlib.tflib.network Network": Record,
    "numpy dtype": _Type,
    "numpy ndarray": _Array,
    "numpy.core.multiarray _reconstruct": _Array,
    "numpy.core.multiarray scalar": _scalar,
    "numpy.core.numeric _frombuffer": _array,
    "torch._utils _rebuild_parameter": lambda tensor, *_: tensor,
    "torch._utils _rebuild_tensor_v2": _tensor,
    "torch.storage _load_from_bytes": _storage,
    "torch_utils.persistence _reconstruct_persistent_obj": _persistent,
}
"""What a pickle may name, and what it gets: the types are inert, the functions only keep."""


def _plain(value: Any, seen: dict[int, Any]) -> Any:
    """Replace what stands for numpy's objects by arrays, through containers and records."""
    if isinstance(value, _Array):
        return value.value
    if isinstance(value, tuple | list):
        return type(value)(_plain(part, seen) for part in value)
    if id(value) in seen:
        return seen[id(value)]
    if isinstance(value, Record):
        seen[id(value)] = value
        value.state = _plain(value.state, seen)
    elif isinstance(value, dict):
        plain: dict[Any, Any] = seen.setdefault(id(value), {})
        plain.update((key, _plain(part, seen)) for key, part in value.items())
        return plain
    return value
