"""Times one step of fine-tuning per recipe: `python benchmarks/finetune.py --help`.

Random weights at the demo's or the published size; nothing is read. Every recipe is timed in the
same process, in turn and several times over; the median counts.
"""

import resource
import statistics
import time
from typing import Annotated

import numpy as np
import torch
import typer

from vectorfind.config import FineTuneConfig
from vectorfind.devices import claimed_device
from vectorfind.stylegan import Networks, build_discriminator, build_generator, make_conditional
from vectorfind.stylegan.finetune_data import RealBatches
from vectorfind.stylegan.finetune_feed import Feed
from vectorfind.stylegan.finetune_game import Game
from vectorfind.training import seed_step

SIZES = {64: (64, 1024, 96), 256: (512, 16384, 512)}
PARTS = ("mapping", "synthesis.layer0", "synthesis.layer1", "synthesis.output0")
LAZY = {"r1_interval": 16, "generator_steps": 1}
RECIPES = {
    "published": {},
    "one generator step": {"generator_steps": 1},
    "+ lazy R1": LAZY,
    "+ shared images, cached features": LAZY | {"reuse_fakes": True},
    "+ bfloat16": LAZY | {"reuse_fakes": True, "precision": "bfloat16"},
    "+ channels last": LAZY | {"reuse_fakes": True, "precision": "bfloat16", "channels_last": True},
}


def main(
    side: Annotated[
        int, typer.Option(help="64 (the demo's networks) or 256 (the published).")
    ] = 64,
    batch: Annotated[int, typer.Option(help="Images per step.")] = 16,
    steps: Annotated[int, typer.Option(help="Steps timed at once; a multiple of 16.")] = 16,
    rounds: Annotated[int, typer.Option(help="How often each recipe is timed.")] = 3,
    device: Annotated[str, typer.Option(help="auto, cpu, mps or cuda.")] = "auto",
) -> None:
    """Print seconds per step, images per second and peak memory of each recipe."""
    dim, base, most = SIZES[side]
    plain = Networks(
        build_generator(side, dim, dim, base, most), build_discriminator(side, base, most)
    )
    networks = make_conditional(plain)
    shape = (4 * batch, side, side, 3)
    images = np.random.default_rng(0).integers(0, 255, shape, dtype=np.uint8)
    print(f"{side} pixels, batch {batch}, {steps} steps x {rounds}")
    print(f"| {'recipe':34} | s/step | images/s | peak GiB |")
    print(f"|{'-' * 36}|{'-' * 8}|{'-' * 10}|{'-' * 10}|")
    with claimed_device(device) as chosen:
        for name, keys in RECIPES.items():
            config = FineTuneConfig(generator_parts=PARTS, batch_size=batch, style_mixing=0, **keys)
            seconds = _seconds_per_step(networks, images, config, chosen, steps, rounds)
            peak = _peak_gib(chosen)
            print(f"| {name:34} | {seconds:6.3f} | {batch / seconds:8.1f} | {peak:8.2f} |")


def _seconds_per_step(networks, images, config, device, steps, rounds) -> float:
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    with RealBatches(images, None, config.batch_size, 0, device) as reals:
        feed = Feed(Game(networks, config, device), reals)
        timings = []
        for _ in range(rounds + 1):
            start = time.perf_counter()
            for step in range(steps):
                seed_step(0, step)
                measured = feed.step(step)
            float(measured["g_loss"])
            timings.append((time.perf_counter() - start) / steps)
    return statistics.median(timings[1:])


def _peak_gib(device: torch.device) -> float:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**30
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


if __name__ == "__main__":
    typer.run(main)
