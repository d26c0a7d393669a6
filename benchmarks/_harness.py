"""What every benchmark shares: ours and naive in turn, round by round, medians, spread and limits.

On a CPU ours runs as the workflow's jobs do, a process of one thread on each of `--jobs` cores;
naive runs as a script does, one process with as many threads and the allocator's own settings.
A ratio is given only where the rounds agree and no other program was in the way. A benchmark ends
with one line of JSON, which `make bench` collects.
"""

import argparse
import json
import multiprocessing
import os
import platform
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import NamedTuple

import psutil
import torch
from threadpoolctl import threadpool_limits
from torch.utils.flop_counter import FlopCounterMode

from benchmarks._spread import doubt, quartiles
from vectorfind.workflow.devices import keep_freed_memory, select_device

SIZES = {"demo": 64, "256": 256}
"""Height and width of the images of each `--size`."""

MIB = 2**20


@dataclass(frozen=True)
class Measurement:
    """Medians over the rounds; peak memory of each side's largest process in MiB.

    Seconds are those of one round, those of the CPU of all threads and processes together. `low`
    and `high` are the quartiles of the rounds' ratios; where `doubt` says why the rounds say
    nothing, there is no ratio.
    """

    naive_per_s: float
    ours_per_s: float
    ratio: float | None
    low: float
    high: float
    cpu_ratio: float | None
    naive_s: float
    ours_s: float
    naive_cpu_s: float
    ours_cpu_s: float
    naive_peak_mib: float
    ours_peak_mib: float
    rounds: int
    jobs: int = 1
    doubt: str = ""

    @property
    def verdict(self) -> str:
        """The ratio with its quartiles, or why there is none."""
        if self.ratio is None:
            return f"none: {self.doubt}"
        return f"{self.ratio:.1f} ({self.low:.1f} to {self.high:.1f})"


class Used(NamedTuple):
    """What doing some work once took: seconds, CPU seconds, and the peak memory in bytes."""

    wall: float
    cpu: float
    peak: int


def arguments(
    name: str, rounds: int | None = 5, *, folder: str | None = None, **numbers: int
) -> argparse.Namespace:
    """Parse --size, --device (a torch.device afterwards), --rounds and --jobs of benchmark `name`.

    `numbers` are further options with their defaults; `folder` says what a folder holds that must
    be given. None for `rounds`: the last two options are none, since nothing is compared.
    """
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}")
    if folder:
        parser.add_argument("folder", type=Path, help=folder)
    parser.add_argument("--size", choices=SIZES, default="demo")
    parser.add_argument("--device", type=select_device, default=select_device("auto"))
    repetition = {} if rounds is None else {"rounds": rounds, "jobs": 1}
    for key, default in (repetition | numbers).items():
        parser.add_argument(f"--{key}", type=int, default=default)
    _set_threads(1)
    return parser.parse_args()


def measure(
    naive: Callable[[], object],
    ours: Callable[[], object],
    items: int,
    rounds: int = 5,
    naive_items: int | None = None,
    device: torch.device | None = None,
    jobs: int = 1,
) -> Measurement:
    """Time `ours` and `naive` in turn, after one warm-up of each.

    Args:
        naive: does the work the published way, once: seconds, so that the turns are short.
        ours: does it our way, once.
        items: images (or fits, faces, steps) in one call of `ours`.
        rounds: how often each is timed; the medians count.
        naive_items: items in one call of `naive`, where it does fewer.
        device: waited for before the clock is read.
        jobs: processes that do `ours` at once, and naive's threads; a GPU has one.
    """
    device = device or torch.device("cpu")
    jobs = jobs if device.type == "cpu" else 1
    run_ours, run_naive = start_jobs(ours, device, jobs), partial(_timed, naive, device)
    _set_threads(jobs)
    run_ours(), run_naive()
    start, busy = time.perf_counter(), _busy_seconds()
    turns = [(run_ours(), run_naive()) for _ in range(rounds)]
    passed, busy = time.perf_counter() - start, _busy_seconds() - busy
    others = (busy - sum(ours.cpu + naive.cpu for ours, naive in turns)) / passed
    return summarise(turns, items * jobs, naive_items or items, jobs, others)


def summarise(
    turns: list[tuple[Used, Used]], items: int, naive_items: int, jobs: int, others: float
) -> Measurement:
    """Make of the turns [ours, naive] of all rounds the medians and, if it may be said, the ratio.

    `items` and `naive_items` are those of one round; `others` is in cores, as `doubt` takes it.
    """
    ours, naive = zip(*turns, strict=True)
    more = items / naive_items
    ratios = [more * theirs.wall / own.wall for own, theirs in turns]
    low, ratio, high = quartiles(ratios)
    reason = doubt(ratios, others, (os.cpu_count() or 1) - jobs)
    return Measurement(
        naive_per_s=naive_items / median(used.wall for used in naive),
        ours_per_s=items / median(used.wall for used in ours),
        ratio=None if reason else ratio,
        low=low,
        high=high,
        cpu_ratio=None if reason else median(more * their.cpu / own.cpu for own, their in turns),
        naive_s=median(used.wall for used in naive),
        ours_s=median(used.wall for used in ours),
        naive_cpu_s=median(used.cpu for used in naive),
        ours_cpu_s=median(used.cpu for used in ours),
        naive_peak_mib=max(used.peak for used in naive) / MIB,
        ours_peak_mib=max(used.peak for used in ours) / MIB,
        rounds=len(turns),
        jobs=jobs,
        doubt=reason,
    )


Run = Callable[[], Used]
"""Does some work once."""


def start_jobs(work: Callable[[], object], device: torch.device, jobs: int = 1) -> Run:
    """Return what does `work` in so many processes at once, on a GPU in this one."""
    if device.type != "cpu":
        return partial(_timed, work, device)
    context = multiprocessing.get_context("fork")
    pipes = []
    for _ in range(jobs):
        pipe, theirs = context.Pipe()
        context.Process(target=_serve, args=(work, device, theirs), daemon=True).start()
        pipes.append(pipe)

    def run() -> Used:
        start = time.perf_counter()
        for pipe in pipes:
            pipe.send(None)
        used = [pipe.recv() for pipe in pipes]
        wall = time.perf_counter() - start
        return Used(wall, sum(each.cpu for each in used), max(each.peak for each in used))

    return run


def _serve(work: Callable[[], object], device: torch.device, pipe: Connection) -> None:
    _set_threads(1)
    keep_freed_memory()
    while True:
        pipe.recv()
        pipe.send(_timed(work, device))


def _timed(work: Callable[[], object], device: torch.device) -> Used:
    forget_peak(device)
    cpu = _cpu_seconds()
    wall = _seconds(work, device)
    return Used(wall, _cpu_seconds() - cpu, peak_bytes(device))


def _cpu_seconds() -> float:
    """Return the CPU seconds of this process and of its children that have ended."""
    found = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in found)


def _busy_seconds() -> float:
    """Return the CPU seconds of all programs, those of other virtual machines included."""
    times = psutil.cpu_times()
    names = ("user", "nice", "system", "irq", "softirq", "steal")
    return sum(getattr(times, name, 0.0) for name in names)


def _set_threads(count: int) -> None:
    torch.set_num_threads(count)
    threadpool_limits(count)


def _seconds(work: Callable[[], object], device: torch.device) -> float:
    wait(device)
    start = time.perf_counter()
    work()
    wait(device)
    return time.perf_counter() - start


def wait(device: torch.device) -> None:
    """Wait until the device has done what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def forget_peak(device: torch.device) -> None:
    """Start measuring the peak memory anew."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    elif sys.platform == "linux":
        # 5 resets the peak resident size of this process (proc(5)).
        Path("/proc/self/clear_refs").write_text("5")


def peak_bytes(device: torch.device) -> int:
    """Return the peak memory: of the GPU's allocator there, else the process' resident size."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    if sys.platform == "linux":
        status = Path("/proc/self/status").read_text()
        return 1024 * int(status.split("VmHWM:")[1].split()[0])
    # Bytes on macOS, and never reset: an upper bound.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def count_flop(work: Callable[[], object]) -> int:
    """Count the floating-point operations of torch's products and convolutions in one call."""
    with FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops()


def measured_peak(dtype: torch.dtype, device: torch.device, rounds: int = 5) -> float:
    """Return the FLOP/s of a plain matrix product of this dtype, the best of several rounds."""
    side = 2048 if device.type == "cpu" else 8192
    left = torch.randn(side, side, device=device).to(dtype)
    right = torch.randn(side, side, device=device).to(dtype)
    fastest = min(_seconds(lambda: left @ right, device) for _ in range(rounds + 1))
    return 2 * side**3 / fastest


def report(
    name: str,
    size: str,
    device: torch.device,
    measurement: Measurement,
    unit: str = "images",
    flop_per_item: float | None = None,
    dtype: torch.dtype = torch.float32,
    **notes: float | str,
) -> None:
    """Print a table for people, and as last line JSON for `make bench`.

    Args:
        name: of the benchmark.
        size: `demo` or `256`.
        device: where ours ran.
        measurement: from `measure`.
        unit: what an item is.
        flop_per_item: operations per item of ours; adds FLOP/s and the share of the peak.
        dtype: of ours, for the peak.
        **notes: further figures of this benchmark.
    """
    row = {"name": name, "size": size, "device": describe(device), **asdict(measurement)}
    if flop_per_item is not None:
        reached, peak = flop_per_item * measurement.ours_per_s, measured_peak(dtype, device)
        row |= {"flop_per_s": reached, "peak_flop_per_s": peak, "peak_share": reached / peak}
    row |= notes
    print(f"{name}, size {size}, {row['device']}: {unit} per second, median of rounds")
    for side in ("naive", "ours"):
        per_s, wall, cpu, peak_mib = (
            row[f"{side}_{kind}"] for kind in ("per_s", "s", "cpu_s", "peak_mib")
        )
        seconds = f"{wall:8.2f} s a round {cpu:8.2f} s of CPU"
        print(f"  {side:5} {per_s:12,.1f} {seconds}   peak {peak_mib:8,.0f} MiB")
    print(f"  ratio {measurement.verdict}")
    if measurement.cpu_ratio is not None and device.type == "cpu":
        print(f"  ratio of CPU seconds {measurement.cpu_ratio:.1f}")
    if flop_per_item is not None:
        share = f"{row['peak_share']:.0%} of a {str(dtype).removeprefix('torch.')} matrix product"
        print(f"  {reached / 1e9:,.1f} GFLOP/s, {share} ({peak / 1e9:,.0f} GFLOP/s)")
    for key, value in notes.items():
        print(f"  {key}: {value}")
    print(json.dumps({key: _short(value) for key, value in row.items()}))


def _short(value: object) -> object:
    return float(f"{value:.6g}") if isinstance(value, float) else value


def describe(device: torch.device) -> str:
    """Name the device as tables state it: the GPU's name, or the CPU's with the cores in use."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{device.type} {_cpu_name()}, {torch.get_num_threads()} core(s)"


def _cpu_name() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
