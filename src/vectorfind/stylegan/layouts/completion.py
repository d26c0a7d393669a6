"""What a foreign layout leaves out of a state dict, and what is put in its place."""

import torch
from torch import Tensor

from vectorfind.stylegan.discriminator import Discriminator
from vectorfind.stylegan.generator import Generator
from vectorfind.stylegan.state import StateError, discriminator_sizes, generator_sizes
from vectorfind.truncation import MEAN_OF, MEAN_SEED, mean_w

SEED = 0
CONSTANTS = ("lod", "kernel")
"""Last words of the buffers that are the same in every network."""


def complete(name: str, state: dict[str, Tensor]) -> tuple[dict[str, Tensor], list[str]]:
    """Return a network's state with the buffers that it lacks, and what to say about them.

    Noise maps and latents are drawn from `SEED`; parameters are never made up but for the
    outputs of lower resolutions, which images of full resolution do not use: those are zero.

    Raises:
        StateError: a tensor that decides a size is missing or has the wrong rank.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        if name == "discriminator":
            fresh: Generator | Discriminator = Discriminator(**discriminator_sizes(state))
        else:
            fresh = Generator(**generator_sizes(state))
    added = {k: v for k, v in fresh.state_dict().items() if k not in state}
    kept = {k: v for k, v in added.items() if k.rpartition(".")[2] in CONSTANTS}
    noise = {k: v for k, v in added.items() if k.endswith("apply_noise.noise")}
    outputs = {k: torch.zeros_like(v) for k, v in added.items() if k.startswith("synthesis.output")}
    remarks = []
    if noise:
        remarks.append(f"noise maps: {len(noise)} missing, drawn from seed {SEED}")
    if isinstance(fresh, Generator) and outputs and _draws(fresh, state):
        kept |= outputs
        remarks.append("outputs of lower resolutions: missing, set to zero")
    if isinstance(fresh, Generator) and "truncation.w_avg" in added:
        kept["truncation.w_avg"] = _mean_w(fresh, state)
        remarks.append(f"mean w: missing, computed from {MEAN_OF:,} z of seed {MEAN_SEED}")
    return state | kept | noise, remarks


def _draws(network: Generator, state: dict[str, Tensor]) -> bool:
    """Tell whether the state has the output of the full resolution."""
    return f"synthesis.output{len(network.channels) - 1}.weight" in state


def _mean_w(network: Generator, state: dict[str, Tensor]) -> Tensor:
    """Return the mean `w` [w_dim] of the mapping that a state holds."""
    own = {key: value.float() for key, value in state.items() if key.startswith("mapping.")}
    try:
        network.load_state_dict(own, strict=False)
    except RuntimeError:
        raise StateError("the layers of its mapping do not fit together") from None
    return mean_w(network.mapping, network.z_dim)
