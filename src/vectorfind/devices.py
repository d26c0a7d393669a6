"""Which device a job computes on, and the lock that keeps two jobs off one GPU."""

import ctypes
import fcntl
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from vectorfind.errors import InputError

MALLOC_OPTIONS = {-3: 2**31 - 1, -1: 2**31 - 1, -2: 2**28}
"""Values of M_MMAP_THRESHOLD, M_TRIM_THRESHOLD and M_TOP_PAD (mallopt(3))."""


def select_device(name: str = "auto") -> torch.device:
    """Resolve `auto` to CUDA, then MPS, then CPU; check that a named device is there.

    Raises:
        InputError: the named device does not exist on this machine.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    device = torch.device(name)
    there = {
        "cuda": torch.cuda.is_available() and (device.index or 0) < torch.cuda.device_count(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if not there.get(device.type, False):
        raise InputError(f"device: {name!r} is not on this machine; set `device: auto` or `cpu`.")
    return device


@contextmanager
def claimed_device(name: str = "auto") -> Iterator[torch.device]:
    """Yield the device of a job, alone on its GPU where there is one.

    The lock is a flock that the kernel drops when the process dies. With several GPUs the first
    free one is taken. A scheduler that sets SLURM_JOB_ID hands out GPUs itself: no lock then.
    """
    device = select_device(name)
    if device.type == "cpu":
        torch.set_num_threads(1)
        keep_freed_memory()
    if device.type != "cuda" or "SLURM_JOB_ID" in os.environ:
        yield device
        return
    indices = (
        range(torch.cuda.device_count()) if device.index is None else range(device.index + 1)[-1:]
    )
    locks = {index: Path(tempfile.gettempdir(), f"vectorfind-gpu{index}.lock") for index in indices}
    files = {index: path.open("w") for index, path in locks.items()}
    try:
        yield torch.device("cuda", _lock_first_free(files))
    finally:
        for file in files.values():
            file.close()


def keep_freed_memory() -> None:
    """Let glibc keep what the process frees; does nothing where there is no glibc.

    Otherwise it hands big activations back to the kernel after every operation, and a third of the
    time of drawing 256x256 images goes into getting them again (docs/performance.md).
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        for option, size in MALLOC_OPTIONS.items():
            mallopt(option, size)


def _lock_first_free(files: dict) -> int:
    for index, file in files.items():
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return index
        except BlockingIOError:
            continue
    first = next(iter(files))
    fcntl.flock(files[first], fcntl.LOCK_EX)
    return first
