"""FineTune-v8 (system.md 5) on the demo: pass share against seconds of training, per recipe.

All recipes start from the same networks and learn from the same reals: the generator's own faces
that the demo's annotator finds young, good, female and without glasses; what passes is judged by
the same annotator on other faces. Seconds are the process' own on a CPU, else the clock's. The
last line is JSON: how long `published` and `fast` took to the best share that `published` reached.
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
from torch import Tensor

from benchmarks._harness import describe
from vectorfind.config import FAST_RECIPE, FineTuneConfig
from vectorfind.data import passes
from vectorfind.demo.annotator import (
    FaceReader,
    annotate,
    features,
    load_annotator,
    read_parameters,
)
from vectorfind.demo.parameters import PARAMETERS
from vectorfind.devices import select_device
from vectorfind.names import ATTRIBUTES
from vectorfind.stylegan import (
    Generator,
    Networks,
    draw_latents,
    generate,
    load_networks,
    make_conditional,
    silence_labels,
)
from vectorfind.stylegan.finetune_data import RealBatches
from vectorfind.stylegan.finetune_feed import Feed
from vectorfind.stylegan.finetune_game import Game
from vectorfind.training import seed_step

FILTER = {"gender": {"min": 0.5}, "quality": {"min": 0.5}, "age": {"max": 0.5}} | {
    "glass": {"max": 0.5}
}
WATCHED = ("eyes", "mouth", "pose", "hair_brightness", "hair_length", "background_brightness")
PARTS = ("mapping", "synthesis.layer0", "synthesis.layer1", "synthesis.output0")
TO_8 = (*PARTS, "synthesis.layer2", "synthesis.layer3", "synthesis.output1")
FAST = dict(FAST_RECIPE)
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
}
COMMON = {"generator_parts": PARTS, "label_start": "silent", "style_mixing": 0.0}
FACES, LOOK_EVERY_S = 256, 5.0
JUDGED, SEED = 1024, 5


@dataclass(frozen=True)
class Climb:
    """Seconds of training and pass share of each look, and figures of the last generator."""

    seconds: list[float]
    shares: list[float]
    figures: dict[str, float]

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
    rows, climbs = {"start": _figures(annotator, networks, options.device)}, {}
    for name in options.variants:
        climbs[name] = _climb(name, networks, reals, annotator, options)
        rows[name] = climbs[name].figures
        print(pd.DataFrame(rows).T.round(3).to_string(), flush=True)
    print(json.dumps(_summary(climbs, options)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.finetune_share")
    parser.add_argument("--networks", default="resources/demo/stylegan.pth")
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
) -> Climb:
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
                seed_step(SEED, step)
                # Reading the loss waits for the device.
                feed.step(step)["g_loss"].item()
                step += 1
            seconds.append(seconds[-1] + spent)
            shares.append(_share(annotator, game.average, device))
    figures = _figures(annotator, game.networks(), device)
    return Climb(seconds, shares, {"seconds": seconds[-1], "steps": step} | figures)


def _conditional(networks: Networks, config: FineTuneConfig) -> Networks:
    """Give plain networks a label input, as scripts/finetune.py does for FineTune-v1."""
    if networks.generator.label_dim:
        return networks
    conditional = make_conditional(networks, seed=SEED)
    if config.label_start == "silent":
        silence_labels(conditional, networks)
    return conditional


def _figures(annotator: FaceReader, networks: Networks, device) -> dict[str, float]:
    """Judge fresh faces: with random labels, and the share also with the label zero."""
    generator = networks.inference_generator
    images = _faces(generator, SEED, JUDGED, device)
    parameters = pd.DataFrame(read_parameters(annotator, images), columns=list(PARAMETERS))
    embedded = torch.from_numpy(features(annotator, images[:FACES]))
    figures = {"share": float(_passing(annotator, images).mean())}
    if generator.label_dim:
        unlabelled = _faces(generator, SEED, JUDGED, device, label_scale=0.0)
        figures["share, label 0"] = float(_passing(annotator, unlabelled).mean())
    figures["distance"] = float(torch.pdist(embedded).mean())
    return figures | {name: float(parameters[name].std()) for name in WATCHED}


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


def _summary(climbs: Mapping[str, Climb], options: argparse.Namespace) -> dict[str, Any]:
    row = {"name": "finetune_share", "size": "demo", "device": describe(options.device)}
    row["shares"] = {name: round(climb.figures["share"], 3) for name, climb in climbs.items()}
    if {"published", "fast"} <= climbs.keys():
        share = max(climbs["published"].shares)
        naive, ours = (climbs[name].seconds_to(share) for name in ("published", "fast"))
        row |= {"share": round(share, 3), "start": round(climbs["fast"].shares[0], 3)}
        row |= {"naive_s": round(naive, 1), "ours_s": round(ours, 1)}
        row["ratio"] = round(naive / ours, 1) if ours else "published never rose"
    return row


if __name__ == "__main__":
    main()
