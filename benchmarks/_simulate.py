"""A list scheduler as Snakemake's on a graph of jobs: makespan, critical path, a rule's halves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from heapq import heappop, heappush
from typing import NamedTuple


@dataclass(frozen=True)
class Job:
    """A job, alone in its name; `load` is how many cores its `threads` kept busy."""

    name: str
    rule: str
    seconds: float
    after: frozenset[str] = frozenset()
    threads: int = 1
    gpus: int = 0
    priority: int = 0
    load: float = 1.0


class Machine(NamedTuple):
    """What jobs share."""

    cores: int
    gpus: int = 0

    def cores_of(self, job: Job) -> int:
        """Return the cores that a job gets: Snakemake scales down what wants more than all."""
        return min(job.threads, self.cores)

    def gpus_of(self, job: Job) -> int:
        """Return the GPUs that a job gets."""
        return min(job.gpus, self.gpus)

    def seconds_of(self, job: Job) -> float:
        """Return how long a job takes: on fewer cores than it kept busy by as much longer."""
        return job.seconds * max(1.0, job.load / self.cores_of(job))


class Schedule(NamedTuple):
    """When every job ends, and the share of core and GPU seconds in which none ran."""

    ends: dict[str, float]
    idle_cores: float
    idle_gpus: float

    @property
    def makespan(self) -> float:
        """Seconds until the last job ends."""
        return max(self.ends.values(), default=0.0)


def simulate(jobs: Sequence[Job], machine: Machine) -> Schedule:
    """Start at every event, of the jobs whose inputs are there, those that fit.

    The highest priority comes first, of equal ones who takes more cores, then the order of `jobs`:
    what does not fit waits and keeps nothing free, as in Snakemake.
    """
    waiting = sorted(jobs, key=lambda job: (-job.priority, -machine.cores_of(job)))
    cores, gpus, now = machine.cores, machine.gpus, 0.0
    running: list[tuple[float, str, Job]] = []
    ends: dict[str, float] = {}
    while waiting or running:
        for job in waiting.copy():
            fits = machine.cores_of(job) <= cores and machine.gpus_of(job) <= gpus
            if fits and job.after <= ends.keys():
                waiting.remove(job)
                cores, gpus = cores - machine.cores_of(job), gpus - machine.gpus_of(job)
                heappush(running, (now + machine.seconds_of(job), job.name, job))
        if not running:
            raise ValueError(f"{waiting[0].name} waits for what no job makes")
        now = running[0][0]
        while running and running[0][0] == now:
            _, name, job = heappop(running)
            cores, gpus = cores + machine.cores_of(job), gpus + machine.gpus_of(job)
            ends[name] = now
    busy = [(machine.seconds_of(job), job) for job in jobs]
    return Schedule(
        ends,
        _idle(sum(seconds * machine.cores_of(job) for seconds, job in busy), machine.cores * now),
        _idle(sum(seconds * machine.gpus_of(job) for seconds, job in busy), machine.gpus * now),
    )


def _idle(busy: float, all_seconds: float) -> float:
    return max(0.0, 1 - busy / all_seconds) if all_seconds else 0.0


def critical_path(jobs: Sequence[Job], machine: Machine) -> list[Job]:
    """Return the longest chain of jobs that wait for one another: no schedule is shorter."""
    named = {job.name: job for job in jobs}
    ends: dict[str, float] = {}
    for name in TopologicalSorter({job.name: job.after for job in jobs}).static_order():
        start = max((ends[before] for before in named[name].after), default=0.0)
        ends[name] = start + machine.seconds_of(named[name])
    path: list[Job] = []
    last = max(ends, key=ends.__getitem__, default=None)
    while last is not None:
        path.insert(0, named[last])
        last = max(named[last].after, key=ends.__getitem__, default=None)
    return path


def halved(jobs: Sequence[Job], rule: str, start: float) -> list[Job]:
    """Split every job of a rule into two that run side by side; each pays for its `start` anew."""
    halves = {job.name: (f"{job.name} 1/2", f"{job.name} 2/2") for job in jobs if job.rule == rule}
    split: list[Job] = []
    for job in jobs:
        after = frozenset(half for name in job.after for half in halves.get(name, (name,)))
        seconds = job.seconds
        if job.rule == rule:
            seconds = min(seconds, start) + max(0.0, seconds - start) / 2
        names = halves.get(job.name, (job.name,))
        split += [replace(job, name=name, seconds=seconds, after=after) for name in names]
    return split
