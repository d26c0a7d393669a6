"""The benchmarks' frame and their naive sides; no test is about speed."""

import json

import numpy as np
import pytest
import torch

from benchmarks.__main__ import NAMES
from benchmarks._harness import Used, arguments, measure, report, summarise
from benchmarks._networks import our_scorer, published_generator, random_generator
from benchmarks._published import PublishedSynthesis
from benchmarks._spread import doubt, quartiles
from benchmarks._table import markdown
from benchmarks.generation import naive_images_to_disk
from benchmarks.publish import read_rows, with_table
from benchmarks.sampling import naive_samples
from vectorfind.samples.draw import sample_scores
from vectorfind.stylegan import draw_latents

CPU = torch.device("cpu")
ROW = {"name": "svm", "size": "demo", "device": "a CPU", "naive_per_s": 1.0, "ours_per_s": 4.0}
ROW |= {"ratio": 4.0, "ours_peak_mib": 512.0, "faces": 3}


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_sides_take_turns_and_the_ratio_counts_what_each_did(tmp_path, jobs):
    threads = torch.get_num_threads()

    def note(side):
        with (tmp_path / "calls").open("a") as file:
            file.write(f"{side} {torch.get_num_threads()}\n")

    try:
        measured = measure(
            lambda: note("naive"), lambda: note("ours"), 8, rounds=2, naive_items=2, jobs=jobs
        )
    finally:
        torch.set_num_threads(threads)
    calls = (tmp_path / "calls").read_text().splitlines()
    assert calls == [*["ours 1"] * jobs, f"naive {jobs}"] * 3
    assert measured.ratio is None and "--rounds 3" in measured.verdict


def turns(naive, ours):
    """Rounds of so many seconds on one core each."""
    return [
        (Used(own, own, 2**20), Used(their, their, 2**21))
        for their, own in zip(naive, ours, strict=True)
    ]


def summary(naive, ours, others=0.0, jobs=1):
    return summarise(turns(naive, ours), 20, 2, jobs, others)


def test_the_ratio_is_the_median_of_the_rounds():
    measured = summary([1.0, 1.1, 0.9, 1.0, 5.0], [2.0, 2.0, 2.0, 2.0, 2.0])
    assert measured.ratio == measured.cpu_ratio == pytest.approx(5.0)
    assert (measured.naive_per_s, measured.ours_per_s) == (2.0, 10.0)
    assert (measured.naive_s, measured.ours_cpu_s, measured.naive_peak_mib) == (1.0, 2.0, 2.0)
    assert (measured.low, measured.high) == pytest.approx((5.0, 5.5)) and not measured.doubt


def test_a_side_that_collapses_in_half_of_the_rounds_gives_no_ratio():
    measured = summary([1.0, 30.0, 1.0, 30.0, 30.0], [1.0] * 5)
    assert measured.ratio is None and measured.cpu_ratio is None
    assert measured.verdict.startswith("none: half of the rounds") and "again" in measured.verdict


def test_other_programs_may_take_only_what_is_left_to_them(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    collapsed = [30.0] * 5  # in every round, so that no spread shows it
    assert summary(collapsed, [1.0] * 5, others=0.9, jobs=1).ratio == 300
    measured = summary(collapsed, [1.0] * 5, others=0.9, jobs=2)
    assert measured.ratio is None and "took 0.9 cores, 0 were to spare" in measured.verdict


def test_too_few_rounds_show_no_spread():
    assert quartiles([4.0]) == (4.0, 4.0, 4.0)
    assert "--rounds 3" in doubt([4.0, 4.0], others=0, spare=1)
    assert not doubt([4.0, 4.0, 4.1], others=0, spare=1)


def test_the_last_line_is_json_with_what_make_bench_collects(capsys):
    report("svm", "demo", CPU, summary([1.0] * 3, [2.0] * 3), unit="fits", faces=3)
    shown = capsys.readouterr().out
    row = json.loads(shown.splitlines()[-1])
    wanted = {"name", "size", "device", "naive_per_s", "ours_per_s", "ratio", "faces"}
    assert wanted <= row.keys()
    assert "ratio 5.0 (5.0 to 5.0)" in shown and "1.00 s of CPU" in shown


def test_the_table_shows_the_spread_or_that_there_is_no_ratio():
    spread = {"low": 3.9, "high": 4.2, "doubt": ""}
    assert "| 4 (3.9 to 4.2) |" in markdown([ROW | spread])
    assert "| none |" in markdown([ROW | spread | {"ratio": None, "doubt": "too few"}])
    assert "too few" in markdown([ROW | spread | {"ratio": None, "doubt": "too few"}])


def test_a_benchmark_has_its_own_options(monkeypatch):
    monkeypatch.setattr("sys.argv", ["finetune", "--batch", "8", "--device", "cpu"])
    options = arguments("finetune", batch=16)
    assert (options.batch, options.size, options.device) == (8, "demo", CPU)


def test_every_stage_has_a_benchmark():
    assert len(NAMES) == 9
    for name in NAMES:
        assert callable(__import__(f"benchmarks.{name}", fromlist=["main"]).main)


def test_a_table_replaces_the_one_of_its_kind(tmp_path):
    (tmp_path / "lines.jsonl").write_text(json.dumps(ROW) + "\n" + json.dumps({"name": "x"}) + "\n")
    rows = read_rows(tmp_path / "lines.jsonl")
    page = "a\n<!-- gpu figures -->\nold\n<!-- end of gpu figures -->\nb"
    new = with_table(page, "gpu", rows)
    assert "old" not in new and "| svm | demo | 1 | 4 | 4 |" in new and "faces 3" in new
    assert new.startswith("a\n") and new.endswith("\nb")
    assert with_table(new, "gpu", rows) == new
    with pytest.raises(ValueError, match="cpu figures"):
        with_table(page, "cpu", rows)


def test_naive_and_ours_agree(tmp_path):
    generator, scorer = random_generator("demo", CPU), our_scorer("demo", CPU)
    published = published_generator("demo", CPU)
    z, _ = draw_latents(0, 0, 4, generator.z_dim, 0)
    _, scores = sample_scores(generator, scorer, z, None, 3)
    naive = torch.from_numpy(np.stack(naive_samples(published, scorer, z)))
    assert (naive - torch.from_numpy(scores)).abs().mean() < 0.1 * scores.std()
    naive_images_to_disk(published, z, tmp_path)
    assert len(list(tmp_path.glob("*.jpg"))) == 4


@pytest.mark.parametrize("fused", [False, True])
def test_the_published_operations_draw_what_ours_draw(fused):
    generator = random_generator("demo", CPU)
    for block in range(1, generator.synthesis.num_blocks):
        getattr(generator.synthesis, f"layer{2 * block}").fused = fused
    w = torch.randn(2, generator.w_dim)
    ours = generator.synthesis(w)
    published = PublishedSynthesis(generator.synthesis)(w)
    torch.testing.assert_close(published, ours, rtol=0, atol=1e-5 * float(ours.abs().max()))
