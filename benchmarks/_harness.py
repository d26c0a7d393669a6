"""What every benchmark shares: alternate naive and ours in one run, report medians and limits.

On a CPU ours runs as the workflow's jobs do, a process of one thread on each of `--jobs` cores;
naive runs as a script does, one process with as many threads and the allocator's own settings.
A benchmark ends with one line of JSON, which `make bench` collects.
"""

import argparse
import json
import multiprocessing
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

import torch
from threadpoolctl import threadpool_limits
from torch.utils.flop_counter import FlopCounterMode

from vectorfind.workflow.devices import keep_freed_memory, select_device

SIZES = {"demo": 64, "256": 256}
"""Height and width of the images of each `--size`."""

MIB = 2**20


@dataclass(frozen=True)
class Measurement:
    """Medians over the rounds; peak memory of each side's largest process in MiB."""

    naive_per_s: float
    ours_per_s: float
    ratio: float
    naive_peak_mib: float
    ours_peak_mib: float
    rounds: int
    jobs: int = 1


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
    """Time `naive` and `ours` in turn, after one warm-up of each.

    Args:
        naive: does the work the published way, once.
        ours: does it our way, once.
        items: images (or fits, faces, steps) in one call of `ours`.
        rounds: how often each is timed; the medians count.
        naive_items: items in one call of `naive`, where it does fewer.
        device: waited for before the clock is read.
        jobs: processes that do `ours` at once, and naive's threads; a GPU has one.
    """
    device = device or torch.device("cpu")
    jobs = jobs if device.type == "cpu" else 1
    side_by_side = start_jobs(ours, device, jobs)
    sides = {
        "naive": (partial(_timed, naive, device), naive_items or items),
        "ours": (side_by_side, items * jobs),
    }
    rates, peaks = {"naive": [], "ours": []}, {"naive": 0.0, "ours": 0.0}
    _set_threads(jobs)
    for run, _ in sides.values():
        run()
    for _ in range(rounds):
        for side, (run, count) in sides.items():
            seconds, peak = run()
            rates[side].append(count / seconds)
            peaks[side] = max(peaks[side], peak / MIB)
    per_s = {side: median(values) for side, values in rates.items()}
    ratio = per_s["ours"] / per_s["naive"]
    found = (per_s["naive"], per_s["ours"], ratio, peaks["naive"], peaks["ours"], rounds, jobs)
    return Measurement(*found)


Run = Callable[[], tuple[float, int]]
"""Does some work once; returns the seconds and the peak memory in bytes."""


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

    def run() -> tuple[float, int]:
        start = time.perf_counter()
        for pipe in pipes:
            pipe.send(None)
        peaks = [pipe.recv() for pipe in pipes]
        return time.perf_counter() - start, max(peaks)

    return run


def _serve(work: Callable[[], object], device: torch.device, pipe: Connection) -> None:
    _set_threads(1)
    keep_freed_memory()
    while True:
        pipe.recv()
        pipe.send(_timed(work, device)[1])


def _timed(work: Callable[[], object], device: torch.device) -> tuple[float, int]:
    forget_peak(device)
    return _seconds(work, device), peak_bytes(device)


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
    print(f"  naive {measurement.naive_per_s:12,.1f}   peak {measurement.naive_peak_mib:8,.0f} MiB")
    print(f"  ours  {measurement.ours_per_s:12,.1f}   peak {measurement.ours_peak_mib:8,.0f} MiB")
    print(f"  ratio {measurement.ratio:12,.1f}")
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
