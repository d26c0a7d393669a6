"""One step of FineTune-v8 (system.md 5): the published recipe against `recipe: fast`.

Random weights at the demo's or the published size. With `--changes N` the notes give the ratio of
the first N recipes in between, each with one change more than the one before (at most five).
"""

from argparse import Namespace
from collections.abc import Callable

import numpy as np

from benchmarks._harness import SIZES, Measurement, arguments, measure, report
from vectorfind.config.finetune import FineTuneConfig
from vectorfind.finetuning.feed import Feed
from vectorfind.finetuning.game import Game
from vectorfind.finetuning.reals import RealBatches
from vectorfind.stylegan import Networks, build_discriminator, build_generator, make_conditional

WIDTHS = {"demo": (64, 1024, 96), "256": (512, 16384, 512)}
"""Latent dims, fmaps base and max."""
PARTS = ("mapping", "synthesis.layer0", "synthesis.layer1", "synthesis.output0")
STEPS, NAIVE_STEPS = 16, 2
"""Steps at once: ours a whole interval of the lazy penalty, which the published recipe takes in
every step."""
LADDER = {
    "one generator step": {"generator_steps": 1},
    "lazy R1": {"r1_interval": 16},
    "one drawn batch, cached reals": {"reuse_fakes": True},
    "bfloat16": {"precision": "bfloat16"},
    "channels last": {"channels_last": True},
}


def main() -> None:
    """Time both recipes in turn, and those in between that are asked for."""
    options = arguments("finetune", rounds=3, batch=16, changes=0)
    side, (dim, base, most) = SIZES[options.size], WIDTHS[options.size]
    plain = Networks(
        build_generator(side, dim, dim, base, most), build_discriminator(side, base, most)
    )
    networks = make_conditional(plain)

    def rates(**keys: object) -> Measurement:
        return measure(
            _steps(networks, side, options, NAIVE_STEPS),
            _steps(networks, side, options, STEPS, **keys),
            items=options.batch * STEPS,
            naive_items=options.batch * NAIVE_STEPS,
            rounds=options.rounds,
            device=options.device,
            jobs=options.jobs,
        )

    notes, keys = {}, {}
    for name, changed in list(LADDER.items())[: options.changes]:
        keys |= changed
        notes[name] = rates(**keys).verdict
    fast = rates(recipe="fast")
    report("finetune", options.size, options.device, fast, batch=options.batch, **notes)


def _steps(
    networks: Networks, side: int, options: Namespace, count: int, **keys: object
) -> Callable[[], None]:
    """Return a function that plays `count` steps of the recipe that `keys` make."""
    batch, device = options.batch, options.device
    settings = {"generator_parts": PARTS, "batch_size": batch, "style_mixing": 0.0} | keys
    config = FineTuneConfig(**settings)
    images = np.random.default_rng(0).integers(0, 255, (4 * batch, side, side, 3), np.uint8)
    feed = Feed(
        Game(networks, config, device), RealBatches(images, None, batch, seed=0, device=device)
    )

    def play() -> None:
        for step in range(count):
            feed.step(step)

    return play


if __name__ == "__main__":
    main()
