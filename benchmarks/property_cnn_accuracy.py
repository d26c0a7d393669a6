"""Held-out correlation of the published property CNN's shape and of ours, on the same faces.

Drawn faces (`vectorfind.demo.world.renderer`) enlarged to 256x256, scored from their exact parse
maps.Both are trained by the same code on the same split, each at the best of its learning rates.
Wants a GPU: the published shape takes hours on a CPU.
"""

import argparse
import json
import tempfile
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from benchmarks._published import PROPERTY_VIEWS, RESOLUTION, TRUNKS, PublishedRegressor
from vectorfind.demo.world.parameters import true_attributes
from vectorfind.demo.world.population import parameters_of
from vectorfind.demo.world.renderer import render
from vectorfind.faces import apply_normalisation, fit_normalisation, measure_properties
from vectorfind.images import to_network_range
from vectorfind.scoring.fitting import Pace, Pictures, Task, fit
from vectorfind.scoring.network import ViewNetwork
from vectorfind.scoring.views import crop_pictures, input_size
from vectorfind.workflow.devices import select_device

HELD_OUT = 0.15
RATES = {"published": (1e-4, 3e-4, 1e-3), "ours": (1e-3, 3e-3)}


def main() -> None:
    """Print the correlations of both, per property, and as JSON in the last line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.property_cnn_accuracy")
    parser.add_argument("--device", type=select_device, default=select_device("auto"))
    parser.add_argument("--images", type=int, default=2_000)
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument("--properties", nargs="+", choices=TRUNKS, default=list(TRUNKS))
    options = parser.parse_args()
    images, scores = drawn_faces(options.images)
    rows: dict[str, dict[str, float]] = {}
    for name in options.properties:
        pictures = pictures_of(name, images, scores)
        rows[name] = {
            side: max(train(name, side, pictures, rate, options) for rate in rates)
            for side, rates in RATES.items()
        }
        print(name, rows[name], flush=True)
    print(json.dumps({"name": "property_cnn_accuracy", "images": options.images, **rows}))


def drawn_faces(count: int) -> tuple[np.ndarray, pd.DataFrame]:
    """Draw `count` women of good quality; returns uint8 [N,256,256,3] and normalised scores."""
    parameters = parameters_of(np.random.default_rng(1).standard_normal((4 * count, 64)))
    women = (true_attributes(parameters)[:, :2] == 1).all(axis=1)
    faces = [render(row) for row in parameters[women][:count]]
    raw = pd.DataFrame(
        measure_properties(
            cv2.resize(parse_map, (224, 224), interpolation=cv2.INTER_NEAREST),
            cv2.resize(image, (224, 224)),
        )
        for image, parse_map in faces
    )
    images = np.stack([cv2.resize(image, (RESOLUTION, RESOLUTION)) for image, _ in faces])
    return images, apply_normalisation(raw, fit_normalisation(raw))


def pictures_of(name: str, images: np.ndarray, scores: pd.DataFrame) -> Pictures:
    """Return one property's views and scores, split."""
    order = np.random.default_rng(2).permutation(len(images))
    held_out = round(HELD_OUT * len(images))
    targets = torch.from_numpy(scores[name].to_numpy(np.float32, copy=True))
    views = crop_pictures(images, PROPERTY_VIEWS[name])
    return Pictures(views, targets, order[held_out:], order[:held_out])


class First(nn.Module):
    """The first output of a published regressor, [N]."""

    def __init__(self, name: str):
        super().__init__()
        self.regressor = PublishedRegressor(name)

    def forward(self, view: Tensor) -> Tensor:
        """Score a view."""
        return self.regressor(view)[:, 0]


def train(
    name: str, side: str, pictures: Pictures, rate: float, options: argparse.Namespace
) -> float:
    """Train one network and return its correlation on the held-out faces."""
    torch.manual_seed(3)
    size = input_size(PROPERTY_VIEWS[name], RESOLUTION, RESOLUTION)
    network = First(name) if side == "published" else ViewNetwork(size)
    with tempfile.TemporaryDirectory() as folder:
        outcome = fit(
            network,
            pictures,
            Task(to_network_range, lambda view: view, mse_loss),
            Pace(options.epochs, options.epochs, 64, rate),
            seed=3,
            folder=Path(folder),
            title=f"{name}, {side}, {rate}",
            advice="lower the rate",
            device=options.device,
        )
    truth = pictures.targets[torch.from_numpy(pictures.validate)].numpy()
    return float(np.corrcoef(truth, outcome.outputs)[0, 1])


if __name__ == "__main__":
    main()
