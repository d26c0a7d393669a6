"""The benchmarks' frame and their naive sides; no test is about speed."""

import json

import numpy as np
import pytest
import torch

from benchmarks.__main__ import NAMES
from benchmarks._harness import Measurement, arguments, measure, report
from benchmarks._networks import our_scorer, published_generator, random_generator
from benchmarks._published import PublishedSynthesis
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
    assert calls == [f"naive {jobs}", *["ours 1"] * jobs] * 3
    assert measured.ratio == pytest.approx(measured.ours_per_s / measured.naive_per_s)


def test_the_last_line_is_json_with_what_make_bench_collects(capsys):
    report("svm", "demo", CPU, Measurement(1.0, 4.0, 4.0, 1.0, 1.0, 3), unit="fits", faces=3)
    row = json.loads(capsys.readouterr().out.splitlines()[-1])
    wanted = {"name", "size", "device", "naive_per_s", "ours_per_s", "ratio", "faces"}
    assert wanted <= row.keys()


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
