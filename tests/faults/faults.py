"""What befalls a run: killed processes, full or read-only disks, damage, a clock set back."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

HOURS_BACK = 2
READERS = {
    "score_attributes": "results/*/images/*.zip",
    "measure_properties": "results/*/images/*.zip",
    "score_properties": "results/*/images/*.zip",
    "group_samples": "results/samples/*.npz",
    "summarise_image_test": "results/image_test/shards/*.npz",
}
"""Rules and the shards that they read."""


@dataclass
class Run:
    """A run of Snakemake in a project's folder that something befalls."""

    project: Path
    process: subprocess.Popen

    def jobs(self) -> list[psutil.Process]:
        """Return the processes of scripts, youngest last."""
        return _scripts(psutil.Process(self.process.pid).children(recursive=True))

    def disk(self, *options: str) -> None:
        """Mount the project's disk, a tmpfs, anew with other options, once nobody writes there."""
        words = ["mount", "-o", ",".join(("remount", *options)), str(self.project)]
        end = time.monotonic() + 60
        while subprocess.run(words, check=False).returncode != 0:
            if time.monotonic() > end:
                raise TimeoutError(f"{self.project} is still written to")
            time.sleep(1)


def _scripts(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [one for one in processes if any("/.snakemake/scripts/" in w for w in _words(one))]


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def kill_snakemake(run: Run) -> None:
    """Kill -9 of Snakemake alone; its jobs go on."""
    run.process.kill()


def kill_job(run: Run) -> None:
    """Kill -9 of a job."""
    for job in run.jobs()[-1:]:
        job.kill()


def kill_all(run: Run) -> None:
    """Kill -9 of Snakemake and all that it started, as a power cut would."""
    os.killpg(run.process.pid, signal.SIGKILL)


def terminate_snakemake(run: Run) -> None:
    """SIGTERM of Snakemake."""
    run.process.terminate()


def terminate_job(run: Run) -> None:
    """SIGTERM of a job."""
    for job in run.jobs()[-1:]:
        job.terminate()


def interrupt(run: Run) -> None:
    """Ctrl-C: SIGINT of Snakemake and all that it started."""
    os.killpg(run.process.pid, signal.SIGINT)


def fill_disk(run: Run) -> None:
    """The disk is full from now on, until the run has failed."""
    used = psutil.disk_usage(str(run.project)).used
    run.disk(f"size={used // 1024 + 4}k")


def set_clock_back(run: Run) -> None:
    """The clock goes back: all files there are from the future."""
    kill_all(run)
    gone(run.project)
    for folder in ("results", "work", ".snakemake"):
        for path in (run.project / folder).rglob("*"):
            when = path.lstat().st_mtime + HOURS_BACK * 3600
            os.utime(path, (when, when), follow_symlinks=False)


def make_read_only(run: Run) -> None:
    """The disk can only be read from now on; writers are stopped first, or the kernel refuses."""
    kill_all(run)
    gone(run.project)
    run.disk("ro")


DISTURBANCES: tuple[Callable[[Run], None], ...] = (
    kill_snakemake,
    kill_job,
    kill_all,
    terminate_snakemake,
    terminate_job,
    interrupt,
    fill_disk,
    make_read_only,
    set_clock_back,
)


def truncate(path: Path, rng: random.Random) -> None:
    """A file lost its end."""
    os.truncate(path, rng.randrange(path.stat().st_size))


def flip_bit(path: Path, rng: random.Random) -> None:
    """A bit of a file's data turned over, and its times did not."""
    when, content = path.stat(), bytearray(path.read_bytes())
    content[rng.randrange(len(content) // 4, len(content) // 2)] ^= 1 << rng.randrange(8)
    path.write_bytes(content)
    os.utime(path, ns=(when.st_atime_ns, when.st_mtime_ns))


def delete(path: Path, rng: random.Random) -> None:
    """A file is gone."""
    path.unlink()


DAMAGES = (truncate, flip_bit, delete)


def gone(project: Path, seconds: float = 120) -> None:
    """Wait until no script of a project runs any more."""
    end = time.monotonic() + seconds
    while [
        one for one in _scripts(list(psutil.process_iter())) if str(project) in str(_words(one))
    ]:
        if time.monotonic() > end:
            raise TimeoutError(f"a job of {project} still runs")
        time.sleep(0.2)
