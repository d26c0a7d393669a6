"""The benchmarks' frame, and drawing in half precision; no test is about speed."""

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
from vectorfind.data.archives import read_archive
from vectorfind.directions.sampling import sample_scores
from vectorfind.stylegan import draw_latents, generate_archive
from vectorfind.stylegan import inference as drawing

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


def test_an_archive_written_while_drawing_is_whole(tmp_path):
    generator = random_generator("demo", CPU)
    z, _ = draw_latents(0, 5, 7, generator.z_dim, 0)
    w = generate_archive(tmp_path / "a.zip", generator, z, None, 3, CPU, first_id=5)
    ids, images = read_archive(tmp_path / "a.zip")
    torch.testing.assert_close(torch.from_numpy(w), generator.mapping(z))
    assert ids.tolist() == [*range(5, 12)]
    draw = drawing.prepare_drawing(generator, CPU)
    drawn = np.concatenate([draw(part).numpy() for part in torch.from_numpy(w).split(3)])
    assert np.array_equal(drawn, images)


def test_half_precision_barely_moves_an_image():
    generator = random_generator("demo", CPU)
    w = generator.mapping(torch.randn(4, generator.z_dim)).detach()
    exact = drawing.prepare_drawing(generator, CPU, "float32")(w).float()
    half = drawing.prepare_drawing(generator, CPU, "bfloat16")(w).float()
    assert 0 < (half - exact).abs().mean() < 0.02 * exact.std()


def test_drawing_keeps_kernels_of_its_own_and_leaves_the_generator_alone():
    generator = random_generator("demo", CPU)
    w = generator.mapping(torch.randn(2, generator.z_dim))
    before = generator.synthesis(w)
    draw = drawing.prepare_drawing(generator, CPU, "bfloat16")
    drawn = draw(w)
    torch.testing.assert_close(generator.synthesis(w), before, rtol=0, atol=0)
    generator.synthesis.layer3.weight.zero_()
    assert (generator.synthesis(w) - before).abs().max() > 0
    torch.testing.assert_close(draw(w), drawn)


def test_precision_follows_the_device(monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True})
    assert drawing.fastest_type(CPU) is torch.bfloat16
    assert drawing.fastest_type(torch.device("cuda")) is torch.float16
    assert drawing.fastest_type(torch.device("mps")) is torch.float32
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {})
    assert drawing.fastest_type(CPU) is torch.float32


@pytest.mark.parametrize(
    ("size", "device", "images", "compiled"),
    [
        ("demo", "cpu", 12_000, None),
        ("demo", "cpu", 100_000, 64),
        ("256", "cpu", 100, None),
        ("256", "cpu", 1_000, 64),
        ("256", "cuda", 16_000, None),
        ("256", "cuda", 240_000, 64),
        ("256", "mps", 240_000, None),
    ],
)
def test_only_long_jobs_are_compiled(size, device, images, compiled):
    generator = random_generator(size, CPU)
    assert drawing.worth_compiling(generator, images, 64, device) == compiled
