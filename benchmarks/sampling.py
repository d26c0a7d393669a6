"""Sampling w and scores: through JPEG files, one image at a time, against `sample_scores`.

At 256 the naive side scores with the published network's shape, ours with our scorer. Ours is the
rate of a long job, which is compiled. The notes give that of one job without compiling, also
without half precision, and the seconds of the first call, which compiles.
"""

import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from benchmarks._harness import arguments, count_flop, measure, report, start_jobs
from benchmarks._naive import draw_to_jpeg, score_jpeg
from benchmarks._networks import (
    batch_size,
    compile_as_in_long_jobs,
    image_counts,
    our_scorer,
    published_generator,
    published_scorer,
    random_generator,
)
from vectorfind.samples.draw import sample_scores
from vectorfind.stylegan import Generator, draw_latents
from vectorfind.stylegan.inference import fastest_type

PUBLISHED_SAMPLES = 240_000
NOTED = 2_000
"""Images in the figures of the notes."""


def main() -> None:
    """Time both on the same generator."""
    options = arguments("sampling")
    size, device = options.size, options.device
    images, naive_images = image_counts(size, device)
    naive, ours = published_generator(size, device), random_generator(size, device)
    scorer, published = our_scorer(size, device), published_scorer(size, device)
    z, _ = draw_latents(0, 0, images, ours.z_dim, 0)
    sample = partial(
        sample_scores, ours, scorer, batch_size=batch_size(size, device), device=device
    )
    part = z[:NOTED]
    notes = {
        f"{name}_per_s": rate(partial(sample, part, None, precision=precision), len(part), device)
        for name, precision in (("uncompiled", "auto"), ("uncompiled_float32", "float32"))
    }
    compile_as_in_long_jobs()
    start = time.perf_counter()
    sample(z, None)
    notes["first_job_s"] = time.perf_counter() - start
    measurement = measure(
        lambda: naive_samples(naive, published, z[:naive_images].to(device)),
        lambda: sample(z, None),
        items=images,
        naive_items=naive_images,
        rounds=options.rounds,
        device=device,
        jobs=options.jobs,
    )
    notes["minutes_for_240000"] = PUBLISHED_SAMPLES / measurement.ours_per_s / 60
    flop = count_flop(lambda: scorer(ours(z[:1].to(device))))
    notes["gflop_per_image"] = flop / 1e9
    dtype = fastest_type(device)
    report("sampling", size, device, measurement, flop_per_item=flop, dtype=dtype, **notes)


def naive_samples(generator: Generator, scorer: torch.nn.Module, z: Tensor) -> list[np.ndarray]:
    """Draw and write one image after the other, then read and score one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"{index}.jpg") for index in range(len(z))]
        for path, row in zip(paths, z.split(1), strict=True):
            draw_to_jpeg(generator, generator.mapping(row), path)
        return [score_jpeg(scorer, path, z.device) for path in paths]


def rate(work: Callable[[], object], items: int, device: torch.device) -> float:
    """Return items per second of the second of two calls."""
    run = start_jobs(work, device)
    run()
    return items / run().wall


if __name__ == "__main__":
    main()
