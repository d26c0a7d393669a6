"""Seconds and peak memory of one step of FineTune-v8 (system.md 5), for one recipe and batch.

Where `benchmarks.finetune` plays whole intervals of both recipes in turn, which takes hours on the
published size without a GPU, this plays a step with R1 and one without, and counts each as often as
the recipe has it. Seconds are the process' own on a CPU, else the clock's, as with several
processes, which share the batch (`finetune.gpus`).
"""

import json
import time
from argparse import ArgumentParser, Namespace
from functools import partial

import numpy as np
import torch

from benchmarks._harness import MIB, SIZES, describe, forget_peak, peak_bytes, wait
from benchmarks.finetune import PARTS, WIDTHS
from vectorfind.config.finetune import FineTuneConfig
from vectorfind.finetuning.feed import Feed
from vectorfind.finetuning.game import Game
from vectorfind.finetuning.reals import RealBatches
from vectorfind.stylegan import Networks, build_discriminator, build_generator, make_conditional
from vectorfind.training.ranks import Ranks, joined
from vectorfind.workflow.devices import claimed_devices, select_device
from vectorfind.workflow.threads import bind_threads


def main() -> None:
    """Print a line of JSON."""
    parser = ArgumentParser(prog="python -m benchmarks.finetune_step")
    parser.add_argument("--size", choices=SIZES, default="256")
    parser.add_argument("--recipe", choices=("published", "fast"), default="published")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=2, help="timed steps of each kind")
    parser.add_argument("--warmup", type=int, default=1, help="steps before the clock starts")
    parser.add_argument("--device", type=select_device, default=select_device("auto"))
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args()
    device, config = options.device, _config(options)
    bind_threads(1)
    with (
        claimed_devices(str(device), options.processes) as devices,
        joined(devices, partial(_play, options)) as ranks,
    ):
        penalised, plain, peak_mib = _play(options, devices[0], ranks)
    mean = (penalised + (config.r1_interval - 1) * plain) / config.r1_interval
    row = {"name": "finetune_step", **vars(options), "device": describe(device)}
    row |= {"s with R1": penalised, "s without": plain, "images_per_s": options.batch / mean}
    row["peak_mib"] = peak_mib
    print(json.dumps({k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()}))


def _config(options: Namespace) -> FineTuneConfig:
    return FineTuneConfig(
        recipe=options.recipe, generator_parts=PARTS, batch_size=options.batch, style_mixing=0.0
    )


def _play(options: Namespace, device: torch.device, ranks: Ranks) -> tuple[float, float, float]:
    """Return the seconds of a step with R1 and of one without, and the peak in MiB."""
    config = _config(options)
    alone = device.type == "cpu" and ranks.count == 1
    clock = time.process_time if alone else time.perf_counter
    side, (dim, base, most) = SIZES[options.size], WIDTHS[options.size]
    networks = make_conditional(
        Networks(build_generator(side, dim, dim, base, most), build_discriminator(side, base, most))
    )
    images = np.random.default_rng(0).integers(0, 255, (options.batch, side, side, 3), np.uint8)
    with RealBatches(images, None, options.batch, 0, device, ranks=ranks) as reals:
        feed = Feed(Game(networks, config, device, ranks=ranks), reals)

        def seconds(step: int) -> float:
            wait(device)
            start = clock()
            feed.step(step)
            wait(device)
            return clock() - start

        every = config.r1_interval
        for step in range(1, 1 + options.warmup):
            seconds(step)
        forget_peak(device)
        penalised = plain = np.median([seconds(turn * every) for turn in range(options.rounds)])
        if every > 1:
            plain = np.median([seconds(turn * every + 1) for turn in range(options.rounds)])
        return penalised, plain, peak_bytes(device) / MIB


if __name__ == "__main__":
    main()
