"""A bundle of untrained networks, and an image test beside it: for what only has to draw."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch

from vectorfind.bundle import load_bundle, save_bundle
from vectorfind.data.latents import write_latents
from vectorfind.directions.directions import Directions
from vectorfind.samples.population import Population
from vectorfind.scoring import PropertyScorer, save_scorer
from vectorfind.scoring.property_cnn import look_of
from vectorfind.stylegan import build_generator
from vectorfind.vocabulary import PUBLISHED, PUBLISHED_NAMES

W = 16
CASES = 6


def scorer_in(folder: Path) -> Path:
    """Write an untrained scorer of 32x32 images into a folder; return its file."""
    torch.manual_seed(1)
    looks = {name: look_of(row.input, 32, 32) for name, row in PUBLISHED.properties.items()}
    save_scorer(folder / "scorer.safetensors", PropertyScorer(looks))
    return folder / "scorer.safetensors"


def population(size: int = W) -> Population:
    """Return scores and w of unit spread."""
    count = len(PUBLISHED_NAMES.properties)
    return Population(
        np.zeros(count, np.float32),
        np.ones(count, np.float32),
        np.tile(np.float32([[-1.6], [1.6]]), count),
        np.zeros(size, np.float32),
        np.eye(size, dtype=np.float32),
    )


def vectors(size: int = W, seed: int = 0) -> dict[str, np.ndarray]:
    """Return unit vectors of every steered property and group."""
    rows = np.random.default_rng(seed).normal(size=(3, 16, size)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=2, keepdims=True)
    return dict(zip(PUBLISHED_NAMES.steered, rows, strict=True))


def directions(**changed: object) -> Directions:
    """Return directions of the published names, with some of their parts changed."""
    parts = {
        "method": "svm",
        "unit": 0.5,
        "vectors": vectors(),
        "cutoffs": dict.fromkeys(PUBLISHED_NAMES.grouping, 0.0),
        "properties": PUBLISHED_NAMES.properties,
        "population": population(),
    }
    return Directions(**parts | changed)


def make_results(folder: Path) -> Path:
    """Write `vectorfind_v8.pt` and `image_test/`, all of whose cases passed, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    bundle = folder / "vectorfind_v8.pt"
    generator = build_generator(32, W, W, 256, 16, seed=3)
    with torch.no_grad():
        generator.synthesis.layer0.const.normal_()
    save_bundle(bundle, generator, scorer_in(folder), directions(unit=1.0), {})
    _write_test(folder / "image_test", bundle)
    return bundle


def _write_test(folder: Path, bundle: Path) -> None:
    face = load_bundle(bundle)
    z, label = face.draw(2, 0, CASES)
    w = face.map(z, label)
    table = pd.DataFrame({"case": range(CASES)})
    table["group"] = [face.names.groups[group] for group in face.groups(w)]
    for name in face.names.steered:
        table[f"{name}_corr"] = np.linspace(0.99, 0.93, CASES)
    folder.mkdir()
    table.assign(passed=1).to_csv(folder / "cases.csv", index=False)
    write_latents(folder / "latents.npz", np.arange(CASES), z, label, w.numpy())
