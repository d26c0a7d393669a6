"""A face parser that knows its answer, and pictures of noise for it."""

from types import SimpleNamespace

import numpy as np
import torch


def halves_parser():
    """A parser that sees skin above, background below, no hair; it knows how often it was asked."""
    asked = []

    def parse(images, batch_size=16):
        asked.append(len(images))
        maps = np.zeros((len(images), 224, 224), np.uint8)
        maps[:, :112] = 1
        return maps

    return SimpleNamespace(parse=parse, asked=asked)


def pictures(count=80, seed=0):
    rng = np.random.default_rng(seed)
    return torch.as_tensor(rng.integers(0, 256, (count, 32, 32, 3), dtype=np.uint8))
