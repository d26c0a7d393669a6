"""Randomness without a state: what step k draws depends on (seed, k) only.

A resumed training then needs the number of its step and no generator states.
"""

import random

import numpy as np
import torch


def seed_step(seed: int, step: int) -> None:
    """Seed torch (every device), numpy and random for one step; call it first in the step."""
    torch_seed, numpy_seed, python_seed = np.random.SeedSequence([seed, step]).generate_state(3)
    torch.manual_seed(int(torch_seed))
    np.random.seed(int(numpy_seed))
    random.seed(int(python_seed))


def shuffled_batch(seed: int, step: int, count: int, batch_size: int) -> np.ndarray:
    """Return the int64 indices of step's batch, [min(batch_size, count)], out of `count` items.

    Every epoch has its own order; what does not fill its last batch is left out of that epoch.
    """
    per_epoch = max(count // batch_size, 1)
    epoch, position = divmod(step, per_epoch)
    order = np.random.default_rng([seed, epoch]).permutation(count)
    return order[position * batch_size : (position + 1) * batch_size]
