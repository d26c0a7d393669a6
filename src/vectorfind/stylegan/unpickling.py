"""Reading a torch file without running code from it, with one clear message when it is bad."""

import pickle
import warnings
import zipfile
from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy._core.multiarray import scalar

from vectorfind.errors import InputError

DAMAGED = "is truncated or damaged; download or copy it again and compare its size"

SCALAR_TYPES = "?bhilqBHILQefd"
HARMLESS: list[Any] = [
    Namespace,
    np.dtype,
    (scalar, "numpy.core.multiarray.scalar"),
    (scalar, "numpy._core.multiarray.scalar"),
    *{type(np.dtype(code)) for code in SCALAR_TYPES},
]
"""Plain values that trainings keep beside their weights: options and numbers of numpy."""


def read_torch_file(path: str | Path) -> Any:
    """Load a file written by torch.save, on the CPU, with `weights_only=True`.

    Raises:
        InputError: the file is missing, empty, text, truncated, damaged, or would run code.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError(f"{path}: is a folder; give the checkpoint's file in it")
    if not path.is_file():
        raise InputError(
            f"{path}: there is no such file; put your checkpoint there, or set the path of "
            "the checkpoint in the configuration to where it is"
        )
    try:
        allowed = torch.serialization.safe_globals(HARMLESS)
        with warnings.catch_warnings(action="ignore"), allowed:
            content = torch.load(path, map_location="cpu", weights_only=True)
        damaged = _damaged_member(path)
    except PermissionError:
        raise InputError(f"{path}: may not be read by you; change its permissions") from None
    except Exception as error:  # a damaged pickle can fail in any way
        raise InputError(f"{path}: {_explain(path, error)}") from None
    if damaged:
        raise InputError(f"{path}: {damaged} in it {DAMAGED}")
    return content


def _damaged_member(path: Path) -> str | None:
    """Return the first member whose checksum is wrong: torch compares none."""
    if not zipfile.is_zipfile(path):
        return None
    with zipfile.ZipFile(path) as archive:
        return archive.testzip()


def _explain(path: Path, error: Exception) -> str:
    """Say what is wrong with a file that torch could not load."""
    with path.open("rb") as file:
        head = file.read(512)
    is_pickle = len(head) > 1 and head[0] == 0x80 and head[1] <= pickle.HIGHEST_PROTOCOL
    is_zip = head.startswith(b"PK")
    if head.startswith(b"version https://git-lfs"):
        return "is a pointer of git-lfs, not the checkpoint; run `git lfs pull`, or download it"
    if is_zip and _lacks_weights(path):
        return "is a zip of other files, not of torch.save; give the .pth file itself"
    if "Unsupported global" in str(error) or (
        isinstance(error, pickle.UnpicklingError) and (is_zip or is_pickle)
    ):
        return (
            "holds Python objects that could run code when loaded, so it was not loaded; get a "
            "file that holds only weights (a state dict saved by torch.save)"
        )
    if is_zip or is_pickle:
        return DAMAGED
    if not head:
        return "is empty; download or copy it again"
    kind = "is a text file" if _is_text(head) else "is not a file written by torch.save"
    return f"{kind}, not a checkpoint; give the .pth file itself (a web page saved in its place?)"


def _lacks_weights(path: Path) -> bool:
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return not any(name.endswith("data.pkl") for name in archive.namelist())


def _is_text(head: bytes) -> bool:
    try:
        head.decode("utf-8", errors="strict")
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4
    return b"\x00" not in head
