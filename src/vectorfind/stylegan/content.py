"""What any checkpoint's file holds, as plain data: no code in it is run."""

from pathlib import Path
from typing import Any

from vectorfind.stylegan.plain_pickle import is_plain_pickle, read_plain_pickle
from vectorfind.stylegan.unpickling import read_torch_file


def read_content(path: str | Path) -> Any:
    """Read a file of torch.save, or a pickle of networks as NVIDIA publishes them.

    Raises:
        InputError: the file is missing, damaged or unsafe to load.
    """
    is_plain = Path(path).is_file() and is_plain_pickle(path)
    return read_plain_pickle(path) if is_plain else read_torch_file(path)
