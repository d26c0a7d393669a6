"""FineTune-v8 (system.md 5) on the demo: pass share against seconds of training, per recipe.

All recipes start from the same networks and learn from the same reals: the generator's own faces
that the demo's annotator finds young, good, female and without glasses; what passes is judged by
the same annotator on other faces. Seconds are the process' own on a CPU, else the clock's. The
last line is JSON: how long each variant took to the best share that `published` reached.
"""

import argparse
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.metrics.pairwise import polynomial_kernel
from torch import Tensor

from benchmarks._harness import describe
from vectorfind.config.finetune import FAST_RECIPE, FineTuneConfig
from vectorfind.data.filters import passes
from vectorfind.demo.world.parameters import ATTRIBUTES, PARAMETERS
from vectorfind.finetuning.feed import Feed
from vectorfind.finetuning.game import Game
from vectorfind.finetuning.reals import RealBatches
from vectorfind.labels.annotator import (
    FaceReader,
    annotate,
    features,
    load_annotator,
    read_parameters,
)
from vectorfind.stylegan import (
    Generator,
    Networks,
    draw_latents,
    generate,
    load_networks,
    make_conditional,
    silence_labels,
)
from vectorfind.workflow.devices import select_device

FILTER = {"gender": {"min": 0.5}, "quality": {"min": 0.5}, "age": {"max": 0.5}} | {
    "glass": {"max": 0.5}
}
WATCHED = ("eyes", "mouth", "pose", "hair_brightness", "hair_length", "background_brightness")
PARTS = ("mapping", "synthesis.layer0", "synthesis.layer1", "synthesis.output0")
TO_8 = (*PARTS, "synthesis.layer2", "synthesis.layer3", "synthesis.output1")
FAST = dict(FAST_RECIPE)
PUBLISHED_RATES = {"mapping_learning_rate": 1e-4, "discriminator_learning_rate": 1e-4} | {
    "betas": (0.9, 0.999),
    "weight_decay": 0.01,
}
VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "published": {"batch_size": 8},
    "fast": FAST,
    "fast, zero labels": FAST | {"generator_labels": "training"},
    "fast, random start": FAST | {"label_start": "random"},
    "fast, random start, zero labels": FAST
    | {"label_start": "random", "generator_labels": "training"},
    "fast, mapping only": FAST | {"generator_parts": ("mapping",)},
    "fast, to 8x8": FAST | {"generator_parts": TO_8},
    "fast, whole generator": FAST | {"generator_parts": ("mapping", "synthesis")},
    "fast, no average": FAST | {"ema_decay": None},
    "fast, R1 at every step": FAST | {"r1_interval": 1},
    "fast, fakes of its own": FAST | {"reuse_fakes": False},
    "fast, float32": FAST | {"precision": "float32"},
    "fast, channels last": FAST | {"channels_last": True},
    "fast, compiled": FAST | {"compile": True},
    "fast, warm-up": FAST | {"warmup_steps": 16},
    "fast, batch 8": FAST | {"batch_size": 8},
    "fast, batch 32": FAST | {"batch_size": 32},
    "fast, published rates": FAST | PUBLISHED_RATES,
    "fast, R1 x 10": FAST | {"r1_gamma": 100.0},
}
COMMON = {"generator_parts": PARTS, "label_start": "silent", "style_mixing": 0.0}
FACES, LOOK_EVERY_S = 256, 5.0
JUDGED, SEED = 1024, 5


@dataclass(frozen=True)
class Climb:
    """Seconds of training and pass share of each look, and the steps made in all."""

    seconds: list[float]
    shares: list[float]
    steps: int

    def seconds_to(self, share: float) -> float:
        """Return when the share was reached, between two looks linearly; inf when it was not."""
        if self.shares[0] >= share:
            return 0.0
        looks = zip(self.seconds, self.shares, strict=True)
        for (before, low), (after, high) in pairwise(looks):
            if high >= share:
                return before + (after - before) * (share - low) / (high - low)
        return float("inf")


def main() -> None:
    """Train every chosen variant for the same seconds; print a table and the JSON line."""
    options = _arguments()
    torch.set_num_threads(1)
    annotator = load_annotator("resources/demo/annotator.safetensors")
    annotator = annotator.to(options.device)
    networks = load_networks(options.networks)
    faces = _faces(networks.inference_generator, 0, options.faces, options.device)
    reals = faces[_passing(annotator, faces)]
    print(f"{len(reals)} reals of {len(faces)} faces")
    real_features = features(annotator, reals)
    rows = {
        name: _figures(annotator, start, real_features, options.device)
        for name, start in (("original", load_networks(options.original)), ("start", networks))
    }
    climbs = {}
    for name in options.variants:
        game, climbs[name] = _climb(name, networks, reals, annotator, options)
        found = _figures(annotator, game.networks(), real_features, options.device)
        rows[name] = {"seconds": climbs[name].seconds[-1], "steps": climbs[name].steps} | found
        print(pd.DataFrame(rows).T.round(3).to_string(), flush=True)
    print(json.dumps(_summary(rows, climbs, options)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.finetune_share")
    parser.add_argument("--networks", default="resources/demo/stylegan.pth")
    parser.add_argument("--original", default="resources/demo/stylegan.pth")
    parser.add_argument("--variants", nargs="+", default=["published", "fast"], choices=VARIANTS)
    parser.add_argument("--seconds", type=float, default=60.0, help="of training per variant")
    parser.add_argument("--faces", type=int, default=4000, help="generated to take the reals from")
    parser.add_argument("--device", type=select_device, default="cpu")
    return parser.parse_args()


def _climb(
    name: str,
    networks: Networks,
    reals: np.ndarray,
    annotator: FaceReader,
    options: argparse.Namespace,
) -> tuple[Game, Climb]:
    """Train one variant; looks do not count as training."""
    device = options.device
    # A CPU is shared, so its seconds are the process' own.
    clock = time.process_time if device.type == "cpu" else time.perf_counter
    config = FineTuneConfig(**COMMON | VARIANTS[name])
    game = Game(_conditional(networks, config), config, device)
    seconds, shares, step = [0.0], [_share(annotator, game.average, device)], 0
    with RealBatches(reals, None, config.batch_size, SEED, device) as batches:
        feed = Feed(game, batches)
        while seconds[-1] < options.seconds:
            started = clock()
            while (spent := clock() - started) < LOOK_EVERY_S:
                # Reading the loss waits for the device.
                feed.step(step)["g_loss"].item()
                step += 1
            seconds.append(seconds[-1] + spent)
            shares.append(_share(annotator, game.average, device))
    return game, Climb(seconds, shares, step)


def _conditional(networks: Networks, config: FineTuneConfig) -> Networks:
    """Give plain networks a label input, as scripts/finetune.py does for FineTune-v1."""
    if networks.generator.label_dim:
        return networks
    conditional = make_conditional(networks, seed=SEED)
    if config.label_start == "silent":
        silence_labels(conditional, networks)
    return conditional


def _figures(
    annotator: FaceReader, networks: Networks, real_features: np.ndarray, device
) -> dict[str, float]:
    """Judge fresh faces: with random labels, and the share also with the label zero."""
    generator = networks.inference_generator
    images = _faces(generator, SEED, JUDGED, device)
    parameters = pd.DataFrame(read_parameters(annotator, images), columns=list(PARAMETERS))
    embedded, passing = features(annotator, images), _passing(annotator, images)
    figures = {"share": float(passing.mean())}
    if generator.label_dim:
        unlabelled = _faces(generator, SEED, JUDGED, device, label_scale=0.0)
        figures["share, label 0"] = float(_passing(annotator, unlabelled).mean())
    figures["KID"] = kernel_distance(embedded, real_features)
    figures["distance"] = _mean_distance(embedded)
    figures["distance, passing"] = _mean_distance(embedded[passing])
    return figures | {name: float(parameters[name].std()) for name in WATCHED}


def kernel_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Return the unbiased squared kernel distance of two sets of features [N, D] and [M, D].

    The Kernel Inception Distance of other features: Binkowski et al. 2018 (arXiv:1801.01401), with
    its cubic kernel. It is 0 on average when both sets come from one distribution.
    """
    # Scikit-learn's own gamma is the paper's: one over the dimensions.
    within = [_mean_off_diagonal(polynomial_kernel(side, degree=3)) for side in (first, second)]
    return sum(within) - 2 * float(polynomial_kernel(first, second, degree=3).mean())


def _mean_off_diagonal(kernel: np.ndarray) -> float:
    count = len(kernel)
    return float(kernel.sum() - kernel.trace()) / (count * (count - 1))


def _mean_distance(embedded: np.ndarray) -> float:
    return float(torch.pdist(torch.from_numpy(embedded)).mean())


def _share(annotator: FaceReader, generator: Generator, device) -> float:
    return float(_passing(annotator, _faces(generator, SEED + 1, FACES, device)).mean())


def _passing(annotator: FaceReader, images: np.ndarray) -> np.ndarray:
    scores = pd.DataFrame(annotate(annotator, images), columns=list(ATTRIBUTES))
    return passes(scores, FILTER).to_numpy()


def _faces(
    generator: Generator, seed: int, count: int, device, label_scale: float = 1.0
) -> np.ndarray:
    z, label = draw_latents(seed, 0, count, generator.z_dim, generator.label_dim)
    scaled: Tensor | None = None if label is None else label_scale * label
    return torch.cat([part for _, part in generate(generator, z, scaled, 64, device)]).numpy()


def _summary(rows: Mapping, climbs: Mapping[str, Climb], options: argparse.Namespace) -> dict:
    row = {"name": "finetune_share", "size": "demo", "device": describe(options.device)}
    row["shares"] = {name: round(figures["share"], 3) for name, figures in rows.items()}
    if "published" in climbs:
        share = max(climbs["published"].shares)
        took = {name: round(climb.seconds_to(share), 1) for name, climb in climbs.items()}
        row |= {"share": round(share, 3), "start": round(climbs["published"].shares[0], 3)}
        row["seconds to it"] = took
        if took.get("fast"):
            row["ratio"] = round(took["published"] / took["fast"], 1)
    return row


if __name__ == "__main__":
    main()
