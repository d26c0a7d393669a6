"""NVIDIA's own pickles: the official StyleGAN v1 as GenForce's states, the others by name."""

import re
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vectorfind.stylegan.plain_pickle import Record

NETWORKS = {"G": "generator", "D": "discriminator", "Gs": "generator_smooth"}
V1 = "G_style"


def is_official_v1(content: Any) -> bool:
    """Tell whether a pickle's content is the official StyleGAN v1: networks G, D and Gs."""
    return any(net.state.get("build_func_name") == V1 for net in _tensorflow_networks(content))


def official_states(content: Any) -> dict[str, dict[str, Tensor]]:
    """Return the state dicts of such a content, by GenForce's network names."""
    return {
        NETWORKS[net.state["name"]]: _state(net)
        for net in _tensorflow_networks(content)
        if net.state.get("name") in NETWORKS
    }


def family_of(content: Any) -> str:
    """Say what a pickle holds: "a StyleGAN2-ADA pickle of 512x512"."""
    networks = _tensorflow_networks(content)
    if networks:
        built = {str(_synthesis(net).get("build_func_name")) for net in networks}
        side = networks[-1].state.get("static_kwargs", {}).get("resolution", "?")
        name = "TensorFlow StyleGAN2" if "G_synthesis_stylegan2" in built else "TensorFlow network"
        return f"a {name} pickle of {side}x{side}"
    found = content.get("G_ema") or content.get("G") if isinstance(content, dict) else None
    if not isinstance(found, Record):
        return "a pickle of no network that is known"
    side = found.state.get("img_resolution", "?")
    layers = _modules(_modules(found).get("synthesis"))
    return f"a {'StyleGAN3' if 'input' in layers else 'StyleGAN2-ADA'} pickle of {side}x{side}"


def _modules(network: Any) -> dict[str, Any]:
    return dict(network.state.get("_modules", {})) if isinstance(network, Record) else {}


def _tensorflow_networks(content: Any) -> list[Record]:
    networks = content if isinstance(content, tuple | list) else [content]
    return [net for net in networks if isinstance(net, Record) and "variables" in net.state]


def _synthesis(network: Record) -> dict[str, Any]:
    found = network.state.get("components", {}).get("synthesis")
    return found.state if isinstance(found, Record) else {}


def _state(network: Record) -> dict[str, Tensor]:
    """Return one network's state: its own variables and those of its components."""
    variables = dict(network.state["variables"])
    for name, part in network.state.get("components", {}).items():
        variables |= {f"{name}/{key}": value for key, value in part.state["variables"]}
    side = network.state["static_kwargs"]["resolution"]
    blocks = int(side).bit_length() - 2
    rename = _discriminator_name if network.state["name"] == "D" else _generator_name
    named = {rename(key, blocks): _tensor(key, value) for key, value in variables.items()}
    if network.state["name"] != "D":
        named.pop("lod", None)  # that of the synthesis counts
    return named


def _tensor(key: str, value: Any) -> Tensor:
    """Return a variable with PyTorch's order of axes: outputs first."""
    tensor = torch.from_numpy(np.array(value, np.float32))
    if not key.endswith("weight"):
        return tensor
    return tensor.permute(3, 2, 0, 1) if tensor.ndim == 4 else tensor.movedim(-1, 0)


def _generator_name(key: str, blocks: int) -> str:
    """Turn "synthesis/8x8/Conv0_up/StyleMod/bias" into "synthesis.layer2.style.bias"."""
    if key == "dlatent_avg":
        return "truncation.w_avg"
    key = re.sub(r"^mapping/Dense(\d+)/", r"mapping.dense\1.", key)
    key = re.sub(r"noise(\d+)$", r"layer\1.apply_noise.noise", key)
    key = re.sub(r"ToRGB_lod(\d+)", lambda lod: f"output{blocks - 1 - int(lod[1])}", key)
    if layer := re.search(r"(\d+)x\d+/(Const|Conv0_up|Conv1|Conv)/", key):
        second = layer[2] in ("Conv", "Conv1")
        number = 2 * (int(layer[1]).bit_length() - 3) + second
        key = key.replace(layer[0], f"layer{number}/")
    key = key.replace("Noise/", "apply_noise/").replace("StyleMod/", "style/")
    return key.replace("/", ".")


def _discriminator_name(key: str, blocks: int) -> str:
    """Turn "16x16/Conv1_down/bias" of 64x64 into "layer5.bias"."""
    key = re.sub(r"FromRGB_lod(\d+)", r"input\1", key)
    if layer := re.search(r"(\d+)x\d+/(Conv0|Conv1_down|Conv|Dense0|Dense1)/", key):
        place = {"Conv0": 0, "Conv": 0, "Conv1_down": 1, "Dense0": 1, "Dense1": 2}[layer[2]]
        number = 2 * (blocks + 2 - int(layer[1]).bit_length()) + place
        key = key.replace(layer[0], f"layer{number}/")
    return key.replace("/", ".")
