import hashlib
import subprocess
import sys

import pytest
import torch

from vectorfind.files import atomic_path, read_json, sha256_of, write_json, write_weights


def names(folder):
    return [path.name for path in folder.iterdir()]


def test_the_file_appears_whole_with_its_folders(tmp_path):
    path = tmp_path / "a" / "b" / "table.csv"
    with atomic_path(path) as partial:
        assert partial.parent == path.parent and partial.suffix == ".csv"
        partial.write_text("whole")
        assert not path.exists()
    assert path.read_text() == "whole"
    assert names(path.parent) == ["table.csv"]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), atomic_path(path) as partial:
        partial.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert names(tmp_path) == ["table.csv"]


def test_forgetting_to_write_is_an_error(tmp_path):
    (tmp_path / "table.csv").write_text("old")
    with pytest.raises(FileNotFoundError), atomic_path(tmp_path / "table.csv"):
        pass
    assert (tmp_path / "table.csv").read_text() == "old"


DISK_ERROR = """
import resource, signal, sys
from vectorfind.files import atomic_path
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
with atomic_path(sys.argv[1]) as partial:
    partial.write_bytes(bytes(5000))
"""


def test_a_disk_that_is_full_leaves_the_old_file(tmp_path):
    path = tmp_path / "weights.pth"
    path.write_text("old")
    # A file size limit fails the write itself, as a full disk does.
    ran = subprocess.run(
        [sys.executable, "-c", DISK_ERROR, str(path)], capture_output=True, text=True
    )
    assert ran.returncode == 1 and "OSError" in ran.stderr
    assert path.read_text() == "old"
    assert names(tmp_path) == ["weights.pth"]


def test_two_writers_do_not_share_a_partial_file(tmp_path):
    path = tmp_path / "table.csv"
    with atomic_path(path) as first, atomic_path(path) as second:
        assert first != second
        first.write_text("first")
        second.write_text("second")
    assert path.read_text() == "first"
    assert names(tmp_path) == ["table.csv"]


KILLED = """
import os, signal, sys
from vectorfind.files import atomic_path
with atomic_path(sys.argv[1]) as partial:
    partial.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_writer_left_goes_with_the_next_writing_of_that_file(tmp_path):
    for name in ("0003.zip", "0004.zip"):
        subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / name)])
    assert len(names(tmp_path)) == 2
    with atomic_path(tmp_path / "0003.zip") as partial:
        partial.write_text("whole")
    left = sorted(names(tmp_path))
    assert len(left) == 2 and left[0].startswith(".0004.partial-") and left[1] == "0003.zip"


def test_sha256_is_that_of_the_content(tmp_path):
    content = bytes(range(256)) * 5000
    (tmp_path / "file").write_bytes(content)
    assert sha256_of(tmp_path / "file") == hashlib.sha256(content).hexdigest()


def test_json_survives_and_refuses_nan(tmp_path):
    path = tmp_path / "facts.json"
    write_json(path, {"faces": 3, "mean": [0.5, None]})
    assert read_json(path) == {"faces": 3, "mean": [0.5, None]}
    with pytest.raises(ValueError):
        write_json(path, {"mean": float("nan")})
    assert read_json(path)["faces"] == 3


def test_equal_weights_make_equal_bytes(tmp_path):
    weights = {"a": torch.arange(6.0), "b": [1, "x"]}
    for name in ("one.pth", "two.pt"):
        write_weights(tmp_path / name, weights)
    assert (tmp_path / "one.pth").read_bytes() == (tmp_path / "two.pt").read_bytes()
    again = torch.load(tmp_path / "one.pth", weights_only=True)
    assert torch.equal(again["a"], weights["a"]) and again["b"] == weights["b"]
