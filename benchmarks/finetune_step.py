"""Seconds and peak memory of one step of FineTune-v8 (system.md 5), for one recipe and batch.

Where `benchmarks.finetune` plays whole intervals of both recipes in turn, which takes hours on the
published size without a GPU, this plays a step with R1 and one without, and counts each as often as
the recipe has it. Seconds are the process' own on a CPU, else the clock's.
"""

import json
import time
from argparse import ArgumentParser

import numpy as np
import torch

from benchmarks._harness import MIB, SIZES, describe, forget_peak, peak_bytes, wait
from benchmarks.finetune import PARTS, WIDTHS
from vectorfind.config import FineTuneConfig
from vectorfind.devices import keep_freed_memory, select_device
from vectorfind.stylegan import Networks, build_discriminator, build_generator, make_conditional
from vectorfind.stylegan.finetune_data import RealBatches
from vectorfind.stylegan.finetune_feed import Feed
from vectorfind.stylegan.finetune_game import Game
from vectorfind.training import seed_step


def main() -> None:
    """Print a line of JSON."""
    parser = ArgumentParser(prog="python -m benchmarks.finetune_step")
    parser.add_argument("--size", choices=SIZES, default="256")
    parser.add_argument("--recipe", choices=("published", "fast"), default="published")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=2, help="timed steps of each kind")
    parser.add_argument("--warmup", type=int, default=1, help="steps before the clock starts")
    parser.add_argument("--device", type=select_device, default=select_device("auto"))
    options = parser.parse_args()
    device, batch = options.device, options.batch
    torch.set_num_threads(1)
    if device.type == "cpu":
        keep_freed_memory()
    clock = time.process_time if device.type == "cpu" else time.perf_counter
    config = FineTuneConfig(
        recipe=options.recipe, generator_parts=PARTS, batch_size=batch, style_mixing=0.0
    )
    side, (dim, base, most) = SIZES[options.size], WIDTHS[options.size]
    networks = make_conditional(
        Networks(build_generator(side, dim, dim, base, most), build_discriminator(side, base, most))
    )
    images = np.random.default_rng(0).integers(0, 255, (batch, side, side, 3), np.uint8)
    row = {"name": "finetune_step", **vars(options), "device": describe(device)}
    with RealBatches(images, None, batch, seed=0, device=device) as reals:
        feed = Feed(Game(networks, config, device), reals)

        def seconds(step: int) -> float:
            wait(device)
            start = clock()
            seed_step(0, step)
            feed.step(step)
            wait(device)
            return clock() - start

        every = config.r1_interval
        for step in range(1, 1 + options.warmup):
            seconds(step)
        forget_peak(device)
        penalised = np.median([seconds(turn * every) for turn in range(options.rounds)])
        plain = penalised
        if every > 1:
            plain = np.median([seconds(turn * every + 1) for turn in range(options.rounds)])
        peak_mib = peak_bytes(device) / MIB
    mean = (penalised + (every - 1) * plain) / every
    row |= {"s with R1": penalised, "s without": plain, "images_per_s": batch / mean}
    row["peak_mib"] = peak_mib
    print(json.dumps({k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()}))


if __name__ == "__main__":
    main()
