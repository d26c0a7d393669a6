"""The simulated schedule: graphs whose answer is known by hand, and the workflow's own graph."""

import json
import re
import sys
from collections import Counter

import pytest
import yaml
from helpers.places import REPOSITORY
from helpers.running import SMALL, run_snakemake

from benchmarks._simulate import Job, Machine, critical_path, halved, simulate
from benchmarks.schedule import Measured, main, plan, read_measured, scale, splits

HEADER = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"


def job(name, seconds, *after, **more):
    return Job(name, name.split()[0], seconds, frozenset(after), **more)


def names(path):
    return [job.name for job in path]


CHAIN = [job("a", 1), job("b", 2, "a"), job("c", 3, "b")]
FAN = [job(f"fan {number}", 4) for number in range(5)]


@pytest.mark.parametrize("cores", [1, 2, 64])
def test_a_chain_takes_the_sum_on_any_cores(cores):
    done = simulate(CHAIN, Machine(cores))
    assert done.ends == {"a": 1, "b": 3, "c": 6} and done.makespan == 6
    assert done.idle_cores == pytest.approx(1 - 1 / cores)
    assert names(critical_path(CHAIN, Machine(cores))) == ["a", "b", "c"]


@pytest.mark.parametrize(("cores", "makespan"), [(1, 20), (2, 12), (3, 8), (4, 8), (5, 4), (8, 4)])
def test_equal_jobs_run_in_rounds(cores, makespan):
    done = simulate(FAN, Machine(cores))
    assert done.makespan == makespan
    assert done.idle_cores == pytest.approx(1 - 20 / (cores * makespan))
    assert scale(FAN, Machine(cores))["speed_up"] == 20 / makespan


def test_a_diamond_waits_for_its_longer_side():
    jobs = [job("end", 1, "left", "right"), job("left", 2, "top"), job("right", 5, "top")]
    jobs.append(job("top", 1))
    assert simulate(jobs, Machine(2)).ends == {"top": 1, "left": 3, "right": 6, "end": 7}
    assert names(critical_path(jobs, Machine(2))) == ["top", "right", "end"]
    assert simulate(jobs, Machine(1)).makespan == 9


def test_priority_comes_first_then_more_cores_then_the_order():
    jobs = [job("low", 2), job("high", 2, priority=1), job("after", 3, "high")]
    assert simulate(jobs, Machine(1)).ends == {"high": 2, "low": 4, "after": 7}
    jobs = [job("one", 1), job("two", 1), job("wide", 1, threads=2)]
    assert simulate(jobs, Machine(2)).ends == {"wide": 1, "one": 2, "two": 2}


def test_what_does_not_fit_waits_and_keeps_nothing_free():
    jobs = [job("short", 1), job("next", 5), job("wide", 1, "short", threads=2, priority=9)]
    jobs.append(job("late", 3))
    assert simulate(jobs, Machine(2)).ends == {"short": 1, "next": 5, "late": 4, "wide": 6}


@pytest.mark.parametrize(("gpus", "makespan"), [(1, 20), (2, 12), (8, 4)])
def test_gpus_limit_the_jobs_that_take_one(gpus, makespan):
    jobs = [job(f"fan {number}", 4, gpus=1) for number in range(5)] + [job("table", 3)]
    done = simulate(jobs, Machine(64, gpus))
    assert done.makespan == makespan and done.ends["table"] == 3
    assert done.idle_gpus == pytest.approx(1 - 20 / (gpus * makespan))


@pytest.mark.parametrize(("cores", "seconds"), [(1, 15), (2, 10), (3, 10), (4, 10)])
def test_fewer_cores_than_were_busy_take_as_much_longer(cores, seconds):
    jobs = [job("wide", 10, threads=4, load=1.5)]
    assert simulate(jobs, Machine(cores)).makespan == seconds
    assert sum(map(Machine(cores).seconds_of, critical_path(jobs, Machine(cores)))) == seconds


def test_more_gpus_than_there_are_are_scaled_down():
    assert simulate([job("both", 1, gpus=2)], Machine(1, 1)).makespan == 1


def test_a_job_that_waits_for_no_job_of_the_graph_is_refused():
    with pytest.raises(ValueError, match="b waits for what no job makes"):
        simulate([job("b", 1, "a")], Machine(1))


def test_halves_pay_for_their_start_and_run_side_by_side():
    split = halved(CHAIN, "b", start=0.5)
    assert sorted(names(split)) == ["a", "b 1/2", "b 2/2", "c"]
    assert simulate(split, Machine(2)).ends == {"a": 1, "b 1/2": 2.25, "b 2/2": 2.25, "c": 5.25}
    assert simulate(split, Machine(1)).makespan == 6.5
    assert simulate(halved(CHAIN, "a", start=9), Machine(2)).makespan == 6


def test_the_rules_with_most_seconds_on_the_path_come_first():
    jobs = [*CHAIN, job("b 2", 2.5, "c"), job("beside", 1)]
    found = splits(jobs, [Machine(1), Machine(8)], start=0)
    assert {rule: seconds for rule, (seconds, _) in found.items()} == {"b": 4.5, "c": 3, "a": 1}
    assert list(found) == ["b", "c", "a"] and found["b"][1] == [9.5, 6.25]


def write_measured(folder, name, seconds, cpu_time):
    path = folder / "benchmarks" / f"{name}.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = [seconds, "0:00:01", *[1] * 7, cpu_time]
    path.write_text(HEADER + "\t".join(map(str, cells)) + "\n")


def test_the_load_is_that_until_the_last_look(tmp_path):
    for name, seconds, cpu_time in (("a/x", 10, 15), ("b", 50.5, 91), ("c", 0.1, "NA")):
        write_measured(tmp_path, name, seconds, cpu_time)
    assert read_measured(tmp_path) == {
        "results/benchmarks/a/x.tsv": Measured(10, 1.5),
        "results/benchmarks/b.tsv": Measured(50.5, 2),
        "results/benchmarks/c.tsv": Measured(0.1, 1),
    }


@pytest.fixture
def small(tmp_path):
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(SMALL))
    return tmp_path


def test_the_graph_is_the_one_that_snakemake_plans(small):
    words = ["--forceall", "--configfile", str(small / "config.yaml"), "--cores", "8"]
    planned = plan(small / "config.yaml", {}, "cpu").jobs
    table = run_snakemake(REPOSITORY, "-n", *words, "--config", "device=cpu")
    counts = dict(re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE))
    assert int(counts.pop("total")) == len(planned)
    assert counts == {rule: str(n) for rule, n in Counter(job.rule for job in planned).items()}
    drawn = run_snakemake(REPOSITORY, "--dag", *words, "--config", "device=cpu")
    assert len(re.findall(r"^\s*\d+ -> \d+", drawn, re.MULTILINE)) == sum(
        len(job.after) for job in planned
    )
    by_name = {job.name: job for job in planned}
    assert by_name["finetune_v1"].threads == 2 and by_name["finetune_v1"].priority == 2
    assert "sample_w 0000" in by_name["group_samples"].after
    assert not any(job.gpus for job in planned)


def test_beside_a_gpu_every_job_of_a_network_takes_one(small):
    by_name = {job.name: job for job in plan(small / "config.yaml", {}, "cuda").jobs}
    assert by_name["finetune_v1"].gpus == by_name["generate_images original 0000"].gpus == 1
    assert by_name["group_samples"].gpus == 0 and by_name["finetune_v1"].threads == 1


def test_what_was_not_measured_is_named(small, monkeypatch, capsys):
    write_measured(small, "sample_w/0000", 30, 15.5)
    write_measured(small, "generate_images/original_0000", 4, 3)
    words = ["schedule", "--folder", str(small), "--cores", "1", "2", "--gpus", "0", "1"]
    monkeypatch.setattr(sys, "argv", words)
    main()
    *_, medians, without, last = capsys.readouterr().out.splitlines()
    assert medians.endswith("rule: 5 of generate_images") and "1 of finetune_v1" in without
    found = json.loads(last)
    assert "generate_images original 0001" in found["by_median"]
    assert [[row["cores"], row["gpus"]] for row in found["rows"]] == [
        [1, 0],
        [2, 0],
        [1, 1],
        [2, 1],
    ]
    assert found["rows"][0]["makespan_s"] == 30 + 6 * 4


def test_a_folder_without_a_run_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["schedule", "--folder", str(tmp_path)])
    with pytest.raises(SystemExit):
        main()
    assert "run the workflow first" in capsys.readouterr().err
