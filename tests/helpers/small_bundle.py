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


def make_results(folder: Path) -> Path:
    """Write `vectorfind_v8.pt` and `image_test/`, all of whose cases passed, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(1)
    looks = {name: look_of(row.input, 32, 32) for name, row in PUBLISHED.properties.items()}
    save_scorer(folder / "scorer.safetensors", PropertyScorer(looks))
    rows = np.random.default_rng(0).normal(size=(3, 16, W)).astype(np.float32)
    vectors = dict(
        zip(PUBLISHED_NAMES.steered, rows / np.linalg.norm(rows, axis=2)[..., None], strict=True)
    )
    count = len(PUBLISHED_NAMES.properties)
    population = Population(
        np.zeros(count, np.float32),
        np.ones(count, np.float32),
        np.tile(np.float32([[-1.6], [1.6]]), count),
        np.zeros(W, np.float32),
        np.eye(W, dtype=np.float32),
    )
    directions = Directions(
        method="svm",
        unit=1.0,
        vectors=vectors,
        cutoffs=dict.fromkeys(PUBLISHED_NAMES.grouping, 0.0),
        properties=PUBLISHED_NAMES.properties,
        population=population,
    )
    bundle = folder / "vectorfind_v8.pt"
    generator = build_generator(32, W, W, 256, 16, seed=3)
    with torch.no_grad():
        generator.synthesis.layer0.const.normal_()
    save_bundle(bundle, generator, folder / "scorer.safetensors", directions, {})
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
