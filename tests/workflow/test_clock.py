"""A clock that went back."""

import os
import time

import pytest

from vectorfind.workflow.clock import take_back_future

HOUR = 3600 * 10**9


@pytest.fixture
def files(tmp_path):
    now = time.time_ns()
    ages = {"old": -2 * HOUR, "a": HOUR, "b": HOUR + 5, "deep/c": 2 * HOUR}
    for name, age in ages.items():
        path = tmp_path / "results" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, ns=(now + age, now + age))
    return tmp_path / "results"


def test_files_from_the_future_keep_their_order_and_end_now(files):
    before = {path.name: path.stat().st_mtime_ns for path in files.rglob("*") if path.is_file()}
    taken = take_back_future([files, files.parent / "absent"])
    after = {path.name: path.stat().st_mtime_ns for path in files.rglob("*") if path.is_file()}
    assert taken == pytest.approx(2 * 3600, abs=60)
    assert after["c"] <= time.time_ns() and after["old"] == before["old"]
    assert after["b"] - after["a"] == before["b"] - before["a"] == 5
    assert sorted(after, key=after.get)[1:] == ["a", "b", "c"]


def test_nothing_is_touched_without_such_files(files):
    take_back_future([files])
    before = {path: path.stat().st_mtime_ns for path in files.rglob("*")}
    assert take_back_future([files]) == 0
    assert {path: path.stat().st_mtime_ns for path in files.rglob("*")} == before
