import fcntl
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from vectorfind.errors import InputError
from vectorfind.workflow.devices import (
    _lock_file,
    claimed_device,
    claimed_devices,
    select_device,
)


@pytest.fixture
def gpus(monkeypatch, tmp_path):
    """Pretend that the machine has some GPUs; locks go to a folder of this test."""

    def _gpus(count, first=0):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
        monkeypatch.setattr(
            torch.cuda,
            "get_device_properties",
            lambda index: SimpleNamespace(uuid=f"of-{first + index}"),
        )

    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return _gpus


def test_auto_takes_cuda_then_mps_then_cpu(gpus, monkeypatch):
    gpus(1)
    assert select_device("auto").type == "cuda"
    gpus(0)
    assert select_device("auto").type == "cpu"
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert select_device("auto").type == "mps"


@pytest.mark.parametrize("name", ["cuda", "cuda:2", "mps"])
def test_a_device_that_is_not_there_is_named(gpus, name):
    gpus(0 if name == "cuda" else 2)
    with pytest.raises(InputError, match=rf"'{name}' is not on this machine.*auto"):
        select_device(name)


def test_jobs_spread_over_gpus_and_give_them_back(gpus):
    gpus(2)
    with claimed_device("cuda") as first, claimed_device("auto") as second:
        assert {first.index, second.index} == {0, 1}
    with claimed_device("cuda") as again:
        assert again.index == 0


def test_a_job_gets_several_gpus_or_waits_with_none_in_hand(gpus, tmp_path):
    gpus(3)
    with claimed_devices("cuda", 2) as devices, claimed_device("cuda") as third:
        assert [device.index for device in (*devices, third)] == [0, 1, 2]
    with claimed_device("cuda:1"):
        waiting = hold(tmp_path, 0, count=2, gpus=2)
        time.sleep(3)
        assert waiting.poll() is None
        with claimed_device("cuda:0") as free:
            assert free.index == 0
    assert waiting.wait(30) == 0
    waiting.stdout.close()


def test_more_gpus_than_there_are_is_explained(gpus):
    gpus(2)
    with (
        pytest.raises(InputError, match=r"finetune\.gpus: 3 .*has 2"),
        claimed_devices("auto", 3),
    ):
        pass


def test_a_cpu_counts_as_often_as_asked_for(gpus):
    gpus(0)
    with claimed_devices("auto", 3) as devices:
        assert [device.type for device in devices] == ["cpu"] * 3


def test_a_named_gpu_is_kept(gpus):
    gpus(2)
    with claimed_device("cuda:1") as device:
        assert device == torch.device("cuda", 1)
        with claimed_device("cuda") as other:
            assert other.index == 0


def test_two_jobs_of_a_scheduler_that_see_their_gpu_as_the_first_do_not_wait(gpus):
    gpus(1)
    with claimed_device("cuda") as first:
        gpus(1, first=1)
        with claimed_device("cuda") as second:
            assert first.index == second.index == 0


def test_jobs_inside_one_allocation_spread_over_its_gpus(gpus, monkeypatch):
    monkeypatch.setenv("SLURM_JOB_ID", "17")
    gpus(2)
    with claimed_device("cuda") as first, claimed_device("cuda") as second:
        assert {first.index, second.index} == {0, 1}


HOLD = """
import sys, tempfile, time, torch
from types import SimpleNamespace
from vectorfind.workflow.devices import claimed_devices
tempfile.tempdir = sys.argv[1]
torch.cuda.is_available = lambda: True
torch.cuda.device_count = lambda: int(sys.argv[4])
torch.cuda.get_device_properties = lambda index: SimpleNamespace(uuid=f"of-{index}")
with claimed_devices("cuda", int(sys.argv[3])):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def hold(folder, seconds, count=1, gpus=1):
    """Start a process that claims `count` of `gpus` GPUs and holds them for some seconds."""
    words = map(str, (folder, seconds, count, gpus))
    return subprocess.Popen([sys.executable, "-c", HOLD, *words], stdout=subprocess.PIPE, text=True)


def test_a_second_process_waits_until_the_first_is_gone(gpus, tmp_path):
    gpus(1)
    first = hold(tmp_path, 60)
    assert first.stdout.readline() == "held\n"
    second = hold(tmp_path, 0)
    try:
        time.sleep(3)
        assert second.poll() is None
        # Killed, so that nothing but the kernel can have given the lock back.
        first.kill()
        assert second.stdout.readline() == "held\n"
        assert second.wait(30) == 0
    finally:
        for process in (first, second):
            process.kill()
            process.wait()
            process.stdout.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root takes other users")
def test_a_second_user_waits_for_the_lock_of_the_first():
    # Not below pytest's own folder, which no other user can enter.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o1777)
        path, umask = Path(folder, "gpu0.lock"), os.umask(0o077)
        try:
            with _lock_file(path) as own:
                fcntl.flock(own, fcntl.LOCK_EX)
                with pytest.raises(BlockingIOError):
                    as_nobody(path)
            as_nobody(path)
        finally:
            os.umask(umask)


def as_nobody(path):
    """Take and drop a lock, in this process, with the rights of another user."""
    os.seteuid(65534)
    try:
        with _lock_file(path) as other:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.seteuid(0)
