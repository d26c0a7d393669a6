"""The networks that a fine-tuning starts from."""

from typing import Literal

from vectorfind.stylegan.checkpoints import Networks
from vectorfind.stylegan.conditional import make_conditional, silence_labels


def conditional_networks(
    networks: Networks, label_dim: int, label_start: Literal["random", "silent"], seed: int
) -> Networks:
    """Return networks that take a label; conditional ones, and those for no label, as they are.

    Args:
        networks: generator and discriminator.
        label_dim: number of conditioning values.
        label_start: what new label inputs do at first: shift faces at random, or nothing.
        seed: of the new weights.

    Raises:
        InputError: a network is missing.
    """
    generator, _ = networks.players
    if generator.label_dim or not label_dim:
        return networks
    conditional = make_conditional(networks, label_dim, seed=seed)
    if label_start == "silent":
        silence_labels(conditional, networks)
    return conditional
