"""StyleGAN2's generator from the state dicts of rosinality's stylegan2-pytorch."""

from collections.abc import Mapping

import torch
from torch import Tensor

from vectorfind.families.saved import filled
from vectorfind.families.stylegan2 import StyleGAN2
from vectorfind.truncation import mean_w

NOISE_SEED = 0


def is_rosinality(state: Mapping[str, object]) -> bool:
    """Tell whether a state dict is that of such a generator."""
    return {"input.input", "style.1.weight", "to_rgb1.bias"} <= state.keys()


def read_rosinality(state: Mapping[str, Tensor], latent_avg: Tensor | None = None) -> StyleGAN2:
    """Build the generator from `g_ema` (or `g`) and the file's mean `w`.

    Older files lack the noise maps, others the mean: they are drawn with the seed `NOISE_SEED`,
    and computed (`truncation.mean_w`).
    """
    state = {name: value.detach().float() for name, value in state.items()}
    own = _mapping(state) | {"synthesis.const": state["input.input"]}
    own |= _styled(state, "conv1", 0) | _to_rgb(state, "to_rgb1", 0)
    blocks = sum(name.startswith("to_rgbs.") and name.endswith("modulation.bias") for name in state)
    for block in range(1, blocks + 1):
        for index in (2 * block - 1, 2 * block):
            own |= _styled(state, f"convs.{index - 1}", index)
        own |= _to_rgb(state, f"to_rgbs.{block - 1}", block)
    widths = [len(bias) for name, bias in own.items() if _is_mapping_bias(name)]
    channels = [len(own[f"synthesis.layers.{2 * block}.bias"]) for block in range(blocks + 1)]
    network = StyleGAN2(own["mapping.layers.0.weight"].shape[1], widths, channels)
    own["truncation.w_avg"] = torch.zeros(widths[-1]) if latent_avg is None else latent_avg
    filled(network, _drawn_noise(channels) | own)
    if latent_avg is None:
        network.truncation.w_avg.copy_(mean_w(network.mapping, network.z_dim))
    return network


def lacks_noise(state: Mapping[str, object]) -> bool:
    """Tell whether the noise maps are missing, so that they are drawn."""
    return "noises.noise_0" not in state


def _is_mapping_bias(name: str) -> bool:
    return name.startswith("mapping.layers.") and name.endswith(".bias")


def _mapping(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    own, index = {}, 0
    while f"style.{index + 1}.weight" in state:
        for part in ("weight", "bias"):
            own[f"mapping.layers.{index}.{part}"] = state[f"style.{index + 1}.{part}"]
        index += 1
    return own


def _modulated(state: Mapping[str, Tensor], given: str, ours: str) -> dict[str, Tensor]:
    weight = state[f"{given}.conv.weight"][0]
    return {
        f"{ours}.weight": weight / weight[0].numel() ** 0.5,
        f"{ours}.affine.weight": state[f"{given}.conv.modulation.weight"],
        f"{ours}.affine.bias": state[f"{given}.conv.modulation.bias"],
    }


def _styled(state: Mapping[str, Tensor], given: str, index: int) -> dict[str, Tensor]:
    ours = f"synthesis.layers.{index}"
    own = _modulated(state, given, ours)
    own[f"{ours}.bias"] = state[f"{given}.activate.bias"]
    own[f"{ours}.noise_strength"] = state[f"{given}.noise.weight"].reshape(())
    if not lacks_noise(state):
        own[f"{ours}.noise"] = state[f"noises.noise_{index}"][0, 0]
    return own


def _to_rgb(state: Mapping[str, Tensor], given: str, block: int) -> dict[str, Tensor]:
    ours = f"synthesis.outputs.{block}"
    return _modulated(state, given, ours) | {f"{ours}.bias": state[f"{given}.bias"].flatten()}


def _drawn_noise(channels: list[int]) -> dict[str, Tensor]:
    random = torch.Generator().manual_seed(NOISE_SEED)
    sides = [4 * 2 ** ((index + 1) // 2) for index in range(2 * len(channels) - 1)]
    return {
        f"synthesis.layers.{index}.noise": torch.randn(side, side, generator=random)
        for index, side in enumerate(sides)
    }
