"""Small StyleGANs, and what is in a file of networks."""

import torch

from vectorfind.checkpoints import open_checkpoint
from vectorfind.stylegan import Networks, build_discriminator, build_generator
from vectorfind.stylegan.checkpoints import read_states
from vectorfind.stylegan.content import read_content

SMALL = {"fmaps_base": 64, "fmaps_max": 8}


def small_networks(label_dim=0):
    return Networks(
        build_generator(16, 8, 12, **SMALL, label_dim=label_dim, seed=1),
        build_discriminator(16, **SMALL, label_dim=label_dim, seed=2),
        build_generator(16, 8, 12, **SMALL, label_dim=label_dim, seed=3),
    )


def assert_same_state(one, two):
    assert list(one) == list(two)
    for key in one:
        torch.testing.assert_close(one[key], two[key], rtol=0, atol=0)


def facts_of(path):
    return open_checkpoint(path).facts()


def states_in(path):
    return read_states(read_content(path), path)
