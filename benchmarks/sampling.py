"""Sampling w and scores: through JPEG files, one image at a time, against `sample_scores`.

At 256 the naive side scores with the published network's shape, ours with our scorer; the notes
give what each change alone brings, and, on a GPU, a job of 16,000 samples with its compilation.
"""

import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from benchmarks._harness import arguments, count_flop, measure, report
from benchmarks._naive import draw_to_jpeg, score_jpeg
from benchmarks._networks import batch_size, our_scorer, published_scorer, random_generator
from vectorfind.directions.sampling import sample_scores
from vectorfind.images import to_network_range
from vectorfind.stylegan import Generator, draw_latents
from vectorfind.stylegan.inference import half_type, prepare_drawing

IMAGES = {"cpu": {"demo": 200, "256": 16}, "cuda": {"demo": 8192, "256": 2048}}
NAIVE_IMAGES = {"cpu": {"demo": 20, "256": 4}, "cuda": {"demo": 100, "256": 100}}
JOB = 16_000


def main() -> None:
    """Time both on the same generator."""
    options = arguments("sampling", rounds=3)
    size, device = options.size, options.device
    kind = "cpu" if device.type == "cpu" else "cuda"
    images, naive_images = IMAGES[kind][size], NAIVE_IMAGES[kind][size]
    naive, ours = random_generator(size, device), random_generator(size, device)
    scorer, published = our_scorer(size, device), published_scorer(size, device)
    z, _ = draw_latents(0, 0, images, ours.z_dim, 0)
    sample = partial(
        sample_scores, ours, scorer, batch_size=batch_size(size, device), device=device
    )
    measurement = measure(
        lambda: naive_samples(naive, published, z[:naive_images].to(device)),
        lambda: sample(z, None),
        items=images,
        naive_items=naive_images,
        rounds=options.rounds,
        device=device,
    )
    notes = {"float32_per_s": rate(lambda: sample(z, None, precision="float32"), images)}
    if kind == "cuda":
        notes |= compiled_notes(ours, scorer, z, batch_size(size, device), device)
        notes |= job_notes(sample, ours.z_dim)
    flop = count_flop(lambda: scorer(naive(z[:1].to(device))))
    notes["gflop_per_image"] = flop / 1e9
    dtype = half_type(device, naive.resolution) or torch.float32
    report("sampling", size, device, measurement, flop_per_item=flop, dtype=dtype, **notes)


def naive_samples(generator: Generator, scorer: torch.nn.Module, z: Tensor) -> list[np.ndarray]:
    """Draw and write one image after the other, then read and score one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"{index}.jpg") for index in range(len(z))]
        for path, row in zip(paths, z.split(1), strict=True):
            draw_to_jpeg(generator, generator.mapping(row), path)
        return [score_jpeg(scorer, path, z.device) for path in paths]


def rate(work: Callable[[], object], items: int) -> float:
    """Return items per second of the second of two calls."""
    for _ in range(2):
        start = time.perf_counter()
        work()
        seconds = time.perf_counter() - start
    return items / seconds


def compiled_notes(
    generator: Generator, scorer: torch.nn.Module, z: Tensor, batch: int, device: torch.device
) -> dict[str, float]:
    """Measure drawing and scoring by the compiled network, and its first call."""
    draw = prepare_drawing(generator, device, compiled_batch=batch)
    latents = generator.mapping(z.to(device))

    @torch.inference_mode()
    def score() -> Tensor:
        parts = latents.split(batch)
        return torch.cat([scorer(to_network_range(draw(part))) for part in parts]).cpu()

    start = time.perf_counter()
    draw(latents[:batch])
    torch.cuda.synchronize()
    compile_s = time.perf_counter() - start
    return {"compiled_per_s": rate(score, len(z)), "compile_s": compile_s}


def job_notes(sample: Callable, z_dim: int) -> dict[str, float]:
    """Measure a whole job and tell what the published 240,000 samples would take."""
    z, _ = draw_latents(1, 0, JOB, z_dim, 0)
    start = time.perf_counter()
    sample(z, None)
    seconds = time.perf_counter() - start
    return {"seconds_for_16000": seconds, "minutes_for_240000": seconds * 15 / 60}


if __name__ == "__main__":
    main()
