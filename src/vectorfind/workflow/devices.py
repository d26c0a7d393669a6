"""Which device a job computes on, and the lock that keeps two jobs off one GPU."""

import ctypes
import fcntl
import logging
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TextIO

import torch

from vectorfind.errors import InputError

DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d+)?")
MALLOC_OPTIONS = {-3: 2**31 - 1, -1: 2**31 - 1, -2: 2**28}
"""Values of M_MMAP_THRESHOLD, M_TRIM_THRESHOLD and M_TOP_PAD (mallopt(3))."""


def select_device(name: str = "auto") -> torch.device:
    """Resolve `auto` to CUDA, then MPS, then CPU; check that a named device is there.

    Raises:
        InputError: the named device does not exist on this machine, or anywhere.
    """
    if not DEVICE.fullmatch(name):
        raise InputError(f"device: {name!r} is none; give auto, cpu, cuda, cuda:1 or mps.")
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
    """Yield the device of a job, alone on its GPU where there is one."""
    with claimed_devices(name, 1) as (device,):
        yield device


@contextmanager
def claimed_devices(name: str, count: int) -> Iterator[list[torch.device]]:
    """Yield `count` devices for one job, alone on its GPUs where there are some.

    A CPU is yielded as often as asked for.

    The locks are flocks that the kernel drops when the process dies, one per GPU's UUID, since a
    scheduler may show each job another GPU as number 0. Of several the first free ones are taken.

    Raises:
        InputError: there are fewer such devices.
    """
    device = select_device(name)
    keep_freed_memory()
    if device.type == "cpu":
        yield [device] * count
        return
    indices = _indices(device, name, count)
    if device.type != "cuda":
        yield [torch.device(device.type, index) for index in indices[:count]]
        return
    with ExitStack() as locks:
        files = {index: locks.enter_context(_lock_file(_lock_path(index))) for index in indices}
        yield [torch.device("cuda", index) for index in _lock_first_free(files, count)]


def keep_freed_memory() -> None:
    """Let glibc keep what the process frees; does nothing where there is no glibc.

    Otherwise it hands big activations back to the kernel after every operation, and a third of the
    time of drawing 256x256 images goes into getting them again (docs/performance.md). Beside a GPU
    the threads that encode images gain a tenth.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        for option, size in MALLOC_OPTIONS.items():
            mallopt(option, size)


def _indices(device: torch.device, name: str, count: int) -> list[int]:
    """Return which devices a name stands for, `count` or more."""
    one = device.index is not None or device.type != "cuda"
    indices = [device.index or 0] if one else list(range(torch.cuda.device_count()))
    if count > len(indices):
        raise InputError(
            f"finetune.gpus: {count} devices are wanted, and `device: {name}` has "
            f"{len(indices)}; lower it, or set `device: auto` on a machine with as many GPUs."
        )
    return indices


def _lock_path(index: int) -> Path:
    uuid = torch.cuda.get_device_properties(index).uuid
    return Path(tempfile.gettempdir(), f"vectorfind-gpu-{uuid}.lock")


def _lock_file(path: Path) -> TextIO:
    """Open a lock that other users may have made: only for reading, which is all flock needs."""
    with suppress(FileExistsError):
        os.fchmod(made := os.open(path, os.O_CREAT | os.O_EXCL, 0o644), 0o644)
        os.close(made)
    return path.open()


def _lock_first_free(files: Mapping[int, TextIO], count: int) -> list[int]:
    """Wait until `count` locks are free and take them; never wait with some in hand."""
    while True:
        taken: list[int] = []
        for index, file in files.items():
            if len(taken) < count and _lock(file):
                taken.append(index)
        if len(taken) == count:
            return taken
        for index in taken:
            fcntl.flock(files[index], fcntl.LOCK_UN)
        busy = next(file for index, file in files.items() if index not in taken)
        logging.info("Other jobs have the GPUs: waiting for %s.", busy.name)
        fcntl.flock(busy, fcntl.LOCK_EX)
        fcntl.flock(busy, fcntl.LOCK_UN)


def _lock(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
