"""Faults at random moments of a small run: the same command then ends with the same files."""

import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from faults import DAMAGES, DISTURBANCES, READERS, Run, gone, kill_all, kill_snakemake
from helpers.comparing import differing_results
from helpers.running import SMALL, environment_of, make_project, run_snakemake

pytestmark = pytest.mark.faults
FAULTS, PER_CHAIN = 30, 5
WORDS = ("--configfile", "small.yaml", "--cores", "2")
STARTED = re.compile(r"^(?:local)?rule (\w+):", re.MULTILINE)


@pytest.fixture(scope="module")
def reference(tmp_path_factory) -> tuple[Path, list[str]]:
    """A run that nothing befell, and its rules in the order in which they began."""
    project = make_project(tmp_path_factory.mktemp("reference"), SMALL)
    rules = STARTED.findall(run_snakemake(project, *WORDS))
    return project, list(dict.fromkeys(rules))[:-1]


@pytest.fixture
def project(tmp_path) -> Iterator[Path]:
    """A project on a disk of its own, a tmpfs."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2g", "tmpfs", disk], check=True)
    yield make_project(disk, SMALL)
    gone(disk)
    subprocess.run(["umount", disk], check=True)


def planned_faults(rules: list[str], chain: int) -> list[tuple[Callable, str]]:
    """Return the faults of a chain with the rules in which they happen, in the rules' order.

    Over all chains every fault happens, and every rule is hit.
    """
    rng = random.Random(1)
    kinds = [*DISTURBANCES, *DAMAGES]
    faults = (kinds * FAULTS)[:FAULTS]
    hit = rng.sample(rules, len(rules)) * 2
    pairs = [
        (kind, rng.choice(sorted(READERS)) if kind in DAMAGES else hit.pop()) for kind in faults
    ]
    rng.shuffle(pairs)
    own = pairs[chain * PER_CHAIN : (chain + 1) * PER_CHAIN]
    return sorted(own, key=lambda pair: rules.index(pair[1]))


class Chain:
    """The runs of one project, by the command that is always the same."""

    def __init__(self, project: Path, rng: random.Random):
        self.project, self.rng, self.log = project, rng, project.parent / "output.log"
        self.damaged: list[str] = []

    def start(self) -> Run:
        """Start Snakemake in a process group of its own."""
        self._begun = len(self.said())
        process = subprocess.Popen(
            [sys.executable, "-m", "snakemake", *WORDS],
            cwd=self.project,
            env=environment_of(self.project),
            stdout=self.log.open("a"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # A shell's background job ignores Ctrl-C, and so would its children.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        return Run(self.project, process)

    def said(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    def suffer(self, fault: Callable, rule: str) -> bool:
        """Run until a rule has begun and a little longer, and let a fault happen.

        Returns whether it did: a run may end before.
        """
        before = set(STARTED.findall(self.said()))
        run = self.start()
        while run.process.poll() is None and rule not in before | self._started():
            time.sleep(0.1)
        time.sleep(self.rng.uniform(0, 6))
        if run.process.poll() is not None:
            return run.process.returncode != 0 and self.mend() and self.suffer(fault, rule)
        if fault in DAMAGES:
            kill_all(run)
            gone(self.project)
            shard = self.rng.choice(sorted(self.project.glob(READERS[rule])))
            self.damaged.append(str(shard.relative_to(self.project)))
            fault(shard, self.rng)
        else:
            fault(run)
        run.process.wait(1800)
        if fault is not kill_snakemake:  # Then the next run meets the jobs that are left.
            gone(self.project)
        run.disk("rw", "size=2g")
        return True

    def _started(self) -> set[str]:
        return set(STARTED.findall(self.said()[self._begun :]))

    def finish(self) -> None:
        """Run to the end; do what messages ask for."""
        while self.start().process.wait() != 0:
            assert self.mend(), self.said()[-6000:]

    def remake(self, alone: Path) -> list[str]:
        """Make files anew by name that are damaged or gone and that nothing needs any more.

        Snakemake asks for the ends of the chain only: what lies before them may be missing.
        """
        found = [f"results/{name}" for name in differing_results(alone, self.project)]
        damaged = [name for name in self.damaged if name in found]
        for name in damaged:
            (self.project / name).unlink(missing_ok=True)
        if missing := [name for name in found if not (self.project / name).exists()]:
            run_snakemake(self.project, *WORDS, "--", *missing)
        return missing

    def mend(self) -> bool:
        """Do what the last run's messages ask for; return whether they asked for something."""
        said = self.said()[self._begun :]
        damaged = re.findall(r"VectorFind cannot go on: (results/\S+?):.*delete", said)
        for name in damaged:
            (self.project / name).unlink(missing_ok=True)
        if locked := "cannot be locked" in said:
            run_snakemake(self.project, *WORDS, "--unlock")
        return bool(damaged) or locked


@pytest.mark.parametrize("chain", range(FAULTS // PER_CHAIN))
def test_the_same_command_ends_with_the_same_files(reference, project, chain):
    alone, rules = reference
    runs = Chain(project, random.Random(chain))
    for fault, rule in planned_faults(rules, chain):
        assert runs.suffer(fault, rule), "the run ended before"
        print(f"{time.strftime('%X')} chain {chain}: {fault.__name__} in {rule}", flush=True)
    runs.finish()
    again = runs.remake(alone)
    print(f"{time.strftime('%X')} chain {chain} done, made anew by name: {again}", flush=True)
    assert differing_results(alone, project) == []
