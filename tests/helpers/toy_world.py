"""A world with known directions: images whose eight bands show eight functions of w."""

import numpy as np
import pandas as pd
import torch
from torch import nn

from helpers.published import GROUPING, PROPERTIES
from vectorfind.directions.directions import Directions
from vectorfind.images import to_network_range, to_uint8
from vectorfind.judges.judge import Judge
from vectorfind.samples.groups import assign_groups, group_cutoffs
from vectorfind.samples.samples import Samples
from vectorfind.steering.face import SteerableFace

W_DIM, LAYERS, SIDE, REACH = 24, 4, 16, 5.0
TURNED = torch.tensor([name == "pose" for name in PROPERTIES])
SIGNS = torch.tensor([1.0] * (SIDE // 2) + [-1.0] * (SIDE // 2))
OWNER = {"eyes": 1, "mouth": 1, "pose": 0}


class ToySynthesis(nn.Module):
    """Draws each score of `normals` @ w as the brightness of a band, two rows high.

    Pose is drawn negative in the right half, so that it changes sign when mirrored.

    Scores are read from the mean of the layers, but for eyes, mouth and pose when `layered`,
    which the layer in OWNER decides alone. `curvature` bends pose by the square of eyes.
    """

    def __init__(self, normals, layered, curvature):
        super().__init__()
        self.register_buffer("normals", normals)
        self.layered, self.curvature = layered, curvature

    def scores(self, latents):
        wp = latents if latents.ndim == 3 else latents[:, None].expand(-1, LAYERS, -1)
        scores = wp.mean(1) @ self.normals.T
        if self.layered:
            scores = scores.clone()
            for name, layer in OWNER.items():
                row = PROPERTIES.index(name)
                scores[:, row] = wp[:, layer] @ self.normals[row]
        if self.curvature:
            bend = torch.zeros_like(scores)
            bend[:, PROPERTIES.index("pose")] = scores[:, 0].square() - 1
            scores = scores + self.curvature * bend
        return scores

    def forward(self, latents, lod=None, noise="fixed"):
        bands = (self.scores(latents) / REACH)[:, :, None].expand(-1, -1, SIDE)
        bands = torch.where(TURNED[:, None], bands * SIGNS, bands)
        return bands.repeat_interleave(2, 1)[:, None].expand(-1, 3, -1, -1)


class ToyGenerator(nn.Module):
    """A mapping that stretches z, and the synthesis above."""

    def __init__(self, seed=0, overlap=0.5, layered=False, curvature=0.0, label_dim=0):
        super().__init__()
        rng = np.random.default_rng(seed)
        normals = rng.normal(size=(len(PROPERTIES), W_DIM))
        normals = normals + overlap * normals[[1, 2, 3, 4, 5, 6, 7, 0]]
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        self.normals = torch.as_tensor(normals, dtype=torch.float32)
        self.synthesis = ToySynthesis(self.normals, layered, curvature)
        self.scores = self.synthesis.scores
        self.register_buffer("spread", torch.linspace(0.6, 1.4, W_DIM))
        self.z_dim = self.w_dim = W_DIM
        self.label_dim, self.num_layers, self.resolution = label_dim, LAYERS, SIDE
        self.activations = 1000

    def mapping(self, z, label=None):
        assert (label is None) == (self.label_dim == 0)
        return z * self.spread

    def forward(self, z, label=None):
        return self.synthesis(self.mapping(z, label))


class ToyScorer(nn.Module):
    """Reads the scores off the bands that ToySynthesis draws."""

    properties = PROPERTIES
    negated = ("pose",)

    def forward(self, images):
        rows = images.mean(1).unflatten(1, (len(PROPERTIES), -1)).mean(2)
        signs = SIGNS.repeat_interleave(rows.shape[2] // SIDE)
        return REACH * torch.where(TURNED[:, None], rows * signs, rows).mean(2)


def toy_judge(name="scorer"):
    scorer = ToyScorer()
    return Judge(
        name,
        scorer.properties,
        lambda images: scorer(to_network_range(images)).numpy(),
        scorer.negated,
    )


def toy_samples(generator, count=6000, seed=9):
    """Samples of the toy population, and its medians."""
    z = torch.as_tensor(np.random.default_rng(seed).normal(size=(count, W_DIM)), dtype=torch.float)
    w = generator.mapping(z, torch.zeros(count, 7) if generator.label_dim else None)
    scores = ToyScorer()(to_network_range(to_uint8(generator.synthesis(w)))).numpy()
    table = pd.DataFrame(scores, columns=list(PROPERTIES))
    cutoffs = group_cutoffs(table, GROUPING)
    return Samples(w.numpy(), scores, assign_groups(table, cutoffs)), cutoffs


def toy_directions(finder, samples, cutoffs, method="svm", unit=1.0):
    """Directions that a finder finds in the samples of `toy_samples`."""
    return Directions(
        method=method,
        unit=unit,
        vectors=finder.fit(samples).directions_,
        cutoffs=cutoffs,
        properties=samples.names.properties,
        population=samples.population,
        score_model=getattr(finder, "score_model_", None),
    )


def toy_face(generator, finder, method="svm", facts=None):
    """A face of the toy world with the directions that a finder finds there."""
    directions = toy_directions(finder, *toy_samples(generator), method)
    return SteerableFace(generator, ToyScorer(), directions, facts=facts)


def toy_faces(count, seed=77):
    return torch.as_tensor(
        np.random.default_rng(seed).normal(size=(count, W_DIM)), dtype=torch.float
    )
