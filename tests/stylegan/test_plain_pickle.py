"""NVIDIA's pickles become plain data, and nothing in any pickle is executed."""

import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from torch import Tensor

from vectorfind.errors import InputError
from vectorfind.stylegan.plain_pickle import Record, read_plain_pickle

PICKLES = (
    "F5_tfstylegan64",
    "F6_ada64",
    "F6b_tfstylegan2_64",
    "F6c_ada64_cond3",
    "F8_stylegan3r64",
    "F8_stylegan3t64",
)


class Calls:
    """Pickles as a call of a function."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def parts(value):
    """Every part of plain data, as deep as it goes."""
    yield value
    if isinstance(value, Record):
        value = value.state
    if isinstance(value, dict | list | tuple | set):
        for part in value.values() if isinstance(value, dict) else value:
            yield from parts(part)


@pytest.mark.parametrize("name", PICKLES)
def test_a_pickle_of_nvidia_is_data_alone(fixtures_dir, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    content = read_plain_pickle(fixtures_dir / f"{name}.pkl")
    kinds = {type(part) for part in parts(content)}
    plain = {dict, list, tuple, set, str, int, float, bool, type(None), bytes}
    assert kinds <= plain | {Record, Tensor, np.ndarray}
    assert any(isinstance(part, Tensor | np.ndarray) and part.size for part in parts(content))
    assert not Path("RAN").exists()


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (Calls(os.system, "touch RAN"), "system"),
        ({"G": [Calls(eval, "open('RAN', 'w')")]}, "builtins.eval"),
        ({"G": Calls(getattr, Calls(__import__, "os"), "system")}, "builtins.getattr"),
        (np.array([Calls(os.system, "touch RAN")], dtype=object), "numpy type `O"),
    ],
)
def test_what_could_run_code_is_named_and_refused(tmp_path, monkeypatch, content, named):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "evil.pkl"
    path.write_bytes(pickle.dumps(content))
    with pytest.raises(InputError, match=f"evil.pkl: names .*{named}.*could run code"):
        read_plain_pickle(path)
    assert not Path("RAN").exists()


def test_a_truncated_pickle_is_named_as_damaged(fixtures_dir, tmp_path):
    content = (fixtures_dir / "F5_tfstylegan64.pkl").read_bytes()
    path = tmp_path / "short.pkl"
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match="truncated or damaged"):
        read_plain_pickle(path)
