"""Drawing fast: kept kernels, half precision, compiled batches."""

import pytest
import torch

from benchmarks._networks import random_generator
from vectorfind.images import to_uint8
from vectorfind.stylegan import build_generator
from vectorfind.stylegan.inference import fastest_type, prepare_drawing, worth_compiling

CPU = torch.device("cpu")


def test_half_precision_barely_moves_an_image():
    generator = random_generator("demo", CPU)
    w = generator.mapping(torch.randn(4, generator.z_dim)).detach()
    exact = prepare_drawing(generator, CPU, "float32")(w).float()
    half = prepare_drawing(generator, CPU, "bfloat16")(w).float()
    assert 0 < (half - exact).abs().mean() < 0.02 * exact.std()


def test_drawing_keeps_kernels_of_its_own_and_leaves_the_generator_alone():
    generator = random_generator("demo", CPU)
    w = generator.mapping(torch.randn(2, generator.z_dim))
    before = generator.synthesis(w)
    draw = prepare_drawing(generator, CPU, "bfloat16")
    drawn = draw(w)
    torch.testing.assert_close(generator.synthesis(w), before, rtol=0, atol=0)
    generator.synthesis.layer3.weight.zero_()
    assert (generator.synthesis(w) - before).abs().max() > 0
    torch.testing.assert_close(draw(w), drawn)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_compiled_batch_is_drawn_as_any_other(precision):
    generator = build_generator(16, 8, 12, 64, 8).requires_grad_(False)
    w = generator.mapping(torch.randn(3, 8))
    options = {"precision": precision, "finish": lambda images: to_uint8(images).float().mean(3)}
    torch._dynamo.utils.counters.clear()
    compiled = prepare_drawing(generator, CPU, compiled_batch=3, **options)(w)
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] == 1
    drawn = prepare_drawing(generator, CPU, **options)(w)
    assert compiled.shape == (3, 16, 16)
    assert (compiled - drawn).abs().max() <= 2


def test_precision_follows_the_device(monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True})
    assert fastest_type(CPU) is torch.bfloat16
    assert fastest_type(torch.device("cuda")) is torch.float16
    assert fastest_type(torch.device("mps")) is torch.float32
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {})
    assert fastest_type(CPU) is torch.float32


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
    assert worth_compiling(generator, images, 64, device) == compiled
