"""A job computes on the threads that its rule declares, whatever the machine has."""

import subprocess
import sys
from pathlib import Path

import pytest

WORK = """
import sys, threading
from pathlib import Path
import cv2, numpy, scipy.linalg, torch
from vectorfind.data.archives import write_archive
from vectorfind.workflow.threads import bind_threads

def running():
    return len(list(Path("/proc/self/task").iterdir()))

declared, archive = int(sys.argv[1]), sys.argv[2]
bind_threads(declared)
before, most = running(), 0
torch.randn(400, 400) @ torch.randn(400, 400)
torch.nn.functional.conv2d(torch.randn(4, 16, 64, 64), torch.randn(16, 16, 3, 3)).exp()
cv2.GaussianBlur(numpy.zeros((2000, 2000, 3), numpy.uint8), (9, 9), 2)

def images():
    global most
    for number in range(40):
        yield numpy.full((64, 64, 3), number, numpy.uint8)
        most = max(most, running())

write_archive(archive, images())
print(torch.get_num_threads(), cv2.getNumThreads(), max(most, running()) - before)
"""


def threads_of(declared: int, folder: Path) -> list[int]:
    """Return the threads of torch and OpenCV, and how many a job starts beside its first."""
    command = [sys.executable, "-c", WORK, str(declared), str(folder / "shard.zip")]
    return [int(word) for word in subprocess.check_output(command, text=True).split()]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the kernel does not tell")
def test_a_job_of_one_thread_starts_no_other(tmp_path):
    assert threads_of(1, tmp_path) == [1, 1, 0]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the kernel does not tell")
def test_a_job_of_more_has_its_pools_share_them(tmp_path):
    torch_threads, opencv_threads, started = threads_of(3, tmp_path)
    assert (torch_threads, opencv_threads) == (3, 3)
    assert started > 0
