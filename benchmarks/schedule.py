"""How long the workflow would take on other machines, from the seconds of a finished run.

`python -m benchmarks.schedule [--folder results] [--cores ...] [--gpus ...]` plans the run's
configuration as from nothing, gives every job the wall seconds of its benchmark file, and starts
the jobs on so many cores and GPUs as Snakemake would (`_simulate.py`). A job that was not measured
takes the median of its rule; a rule that was not, no time. Both are named.

Seconds are those of the run, on whatever it ran and with what ran beside: measured on a CPU they
tell how many GPUs keep busy, and no seconds of a GPU. With GPUs every job of a network takes one
and the threads that its rule declares beside a GPU. A job that gets fewer cores than it kept busy
takes as much longer, as if no moment had been serial; one with more than it had is no faster.
Memory, the disk and Snakemake's own work cost nothing. The last line is JSON.
"""

import argparse
import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks._plan import planned_dag
from benchmarks._simulate import Job, Machine, critical_path, halved, simulate

MANY = 1024
"""Cores of the planned machine: every job gets what it declares."""
LOOKS = 15.5
RARE_LOOKS = 30.0
"""Snakemake notes CPU seconds twice a second until 15.5 s, then every 30 s, never at the end."""


class Measured(NamedTuple):
    """Wall seconds of a job, and how many cores it kept busy."""

    seconds: float
    load: float


NOTHING = Measured(0.0, 0.0)


def read_measured(folder: Path) -> dict[str, Measured]:
    """Return what a folder of results has, by the path that the rules declare.

    A job that ended before Snakemake looked at it counts as busy on one core.
    """
    found = {}
    for path in sorted((folder / "benchmarks").rglob("*.tsv")):
        row = list(csv.DictReader(path.open(), delimiter="\t"))[-1]
        seconds = float(row["s"])
        looked = seconds - max(0.0, seconds - LOOKS) % RARE_LOOKS
        seen = row["cpu_time"] not in ("NA", "-")
        load = float(row["cpu_time"]) / looked if seen and looked else 1.0
        found[str("results" / path.relative_to(folder))] = Measured(seconds, load)
    return found


class Plan(NamedTuple):
    """The jobs with their seconds; of those not measured the names, with and without a median."""

    jobs: list[Job]
    by_median: list[str]
    without: list[str]


def plan(configfile: Path, measured: Mapping[str, Measured], device: str) -> Plan:
    """Plan a configuration on `cpu` or `cuda`, as from nothing."""
    of_rule = defaultdict(list)
    for path, row in measured.items():
        of_rule[Path(path).with_suffix("").parts[2]].append(row)
    found = Plan([], [], [])
    with planned_dag({"device": device}, [configfile], cores=MANY) as dag:
        names = {job: " ".join([job.rule.name, *job.wildcards_dict.values()]) for job in dag.jobs}
        for job, name in sorted(names.items(), key=lambda entry: entry[1]):
            rule, own = job.rule.name, measured.get(job.benchmark)
            if own is None:
                (found.by_median if rule in of_rule else found.without).append(name)
                own = Measured(*map(median, zip(*of_rule.get(rule, [NOTHING]), strict=True)))
            planned = Job(
                name,
                rule,
                own.seconds,
                after=frozenset(names[before] for before in dag.dependencies[job]),
                threads=job.threads,
                gpus=int(job.resources.get("gpu") or 0),
                priority=job.priority,
                load=min(job.threads, own.load),
            )
            found.jobs.append(planned)
    return found


def scale(jobs: Sequence[Job], machine: Machine) -> dict[str, float]:
    """Return makespan, speed-up against one core, idle shares and the longest chain."""
    done = simulate(jobs, machine)
    path = critical_path(jobs, machine)
    return {
        **machine._asdict(),
        "makespan_s": done.makespan,
        "speed_up": simulate(jobs, machine._replace(cores=1)).makespan / (done.makespan or 1.0),
        "idle_cores": done.idle_cores,
        "idle_gpus": done.idle_gpus,
        "critical_path_s": sum(machine.seconds_of(job) for job in path),
    }


def splits(
    jobs: Sequence[Job], machines: Sequence[Machine], start: float
) -> dict[str, tuple[float, list[float]]]:
    """Return, of every rule on the critical path, its seconds there and the makespans of halves.

    The path is that of the last machine; the rules with most seconds on it come first.
    """
    seconds: dict[str, float] = defaultdict(float)
    for job in critical_path(jobs, machines[-1]):
        seconds[job.rule] += machines[-1].seconds_of(job)
    return {
        rule: (
            seconds[rule],
            [simulate(halved(jobs, rule, start), machine).makespan for machine in machines],
        )
        for rule in sorted(seconds, key=seconds.__getitem__, reverse=True)
        if seconds[rule]
    }


def _print_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    for cells in (header, ["---"] * len(header), *rows):
        print(f"| {' | '.join(cells)} |")
    print()


def _cells(row: Mapping[str, float]) -> list[str]:
    idle = [f"{row['idle_cores']:.0%}", f"{row['idle_gpus']:.0%}" if row["gpus"] else ""]
    figures = [f"{row['makespan_s']:.0f}", f"{row['speed_up']:.2f}", *idle]
    return [f"{row['cores']}", f"{row['gpus']}", *figures, f"{row['critical_path_s']:.0f}"]


def _by_rule(names: Iterable[str]) -> str:
    jobs: dict[str, list[str]] = defaultdict(list)
    for name in names:
        jobs[name.split()[0]].append(name)
    return ", ".join(f"{len(own)} of {rule}" for rule, own in jobs.items()) or "none"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.schedule")
    parser.add_argument("--folder", type=Path, default=Path("results"), help="of a finished run")
    parser.add_argument("--cores", type=int, nargs="+", default=[1, 2, 4, 8, 16, 64])
    parser.add_argument(
        "--gpus", type=int, nargs="+", default=[0, 1, 2, 4, 8], help="0: as on a CPU"
    )
    parser.add_argument("--configfile", type=Path, help="another than the run's own")
    parser.add_argument(
        "--start",
        type=float,
        help="seconds that each half of a job takes to start; as the shortest job of a network",
    )
    options = parser.parse_args()
    if not (options.folder / "benchmarks").is_dir():
        parser.error(f"there is no {options.folder}/benchmarks: run the workflow first")
    return options


def main() -> None:
    """Print the machines, the critical path and what splitting its rules would bring."""
    options = _options()
    measured = read_measured(options.folder)
    configfile = options.configfile or options.folder / "config.yaml"
    on_cpu, on_gpu = (plan(configfile, measured, device) for device in ("cpu", "cuda"))
    start = options.start
    if start is None:
        start = min((job.seconds for job in on_gpu.jobs if job.gpus), default=0.0)

    pairs = [Machine(cores, gpus) for gpus in options.gpus for cores in options.cores]
    rows = [scale((on_gpu if pair.gpus else on_cpu).jobs, pair) for pair in pairs]
    header = "cores,GPUs,makespan s,speed-up,idle cores,idle GPUs,critical path s"
    _print_table(header.split(","), map(_cells, rows))

    machines = pairs[: len(options.cores)]
    jobs = (on_gpu if machines[-1].gpus else on_cpu).jobs
    path = [(job.name, machines[-1].seconds_of(job)) for job in critical_path(jobs, machines[-1])]
    _print_table(["critical path", "s"], ([name, f"{seconds:.1f}"] for name, seconds in path))

    wholes = [simulate(jobs, machine).makespan for machine in machines]
    parts = splits(jobs, machines, start)
    _print_table(
        ["split in two", "s on the path", *(f"{machine.cores} core(s)" for machine in machines)],
        (
            [rule, f"{seconds:.1f}"]
            + [f"{half - whole:+.0f}" for half, whole in zip(halves, wholes, strict=True)]
            for rule, (seconds, halves) in parts.items()
        ),
    )
    print(f"{len(jobs)} jobs; every half takes {start:.1f} s to start")
    print(f"not measured, median of their rule: {_by_rule(on_cpu.by_median)}")
    print(f"not measured, no time: {_by_rule(on_cpu.without)}")
    found = {"name": "schedule", "jobs": len(jobs), "start_s": start, "rows": rows}
    found |= {"critical_path": path, "split": parts}
    print(json.dumps(found | {"by_median": on_cpu.by_median, "without": on_cpu.without}))


if __name__ == "__main__":
    main()
