"""The rule of the report declares what its page reads."""

import pytest
from helpers.places import REPOSITORY
from helpers.planning import planned
from helpers.report_results import config_of, make_report_results


@pytest.mark.parametrize("start", ["original", "finetune_v1", "finetune_v8"])
def test_the_page_reads_just_what_the_rule_declares(start, tmp_path, monkeypatch):
    """`test_page.py` makes pages of the very files that are made here."""
    monkeypatch.chdir(REPOSITORY)
    changed = {"start_from": start}
    make_report_results(tmp_path / "results", config_of(changed))
    plan = planned(changed, ("results/report.html",))
    inputs = {path for path in plan["report_page", ()][1] if path.startswith("results/")}
    there = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    undeclared = ("results/benchmarks", "results/logs")
    made = {path.as_posix() for path in there if not path.as_posix().startswith(undeclared)}
    assert made == inputs
