"""StyleGAN2's generator from the plain data of NVIDIA's TensorFlow pickles."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vectorfind.errors import InputError
from vectorfind.families.nvidia import Record
from vectorfind.families.saved import filled
from vectorfind.families.stylegan2 import StyleGAN2


def is_stylegan2(record: Record) -> bool:
    """Tell whether a TensorFlow network is a generator of StyleGAN2: of modulated weights."""
    return any(name.endswith("ToRGB/mod_weight") for name in tensorflow_variables(record))


def read_tensorflow(record: Record) -> StyleGAN2:
    """Build the generator (`Gs` or `G`) with skip connections from its record.

    Raises:
        InputError: it takes labels, or draws by residual connections.
    """
    given = tensorflow_variables(record)
    sides = sorted(int(name.split("x")[0]) for name in given if name.endswith("ToRGB/bias"))
    if "LabelConcat/weight" in given or sides != [4 * 2**k for k in range(len(sides))]:
        raise InputError(
            "is a StyleGAN2 of TensorFlow with labels or without skip connections; "
            "give one of configuration e or f without labels"
        )
    own = {"truncation.w_avg": given["dlatent_avg"]} | _mapping(given)
    own["synthesis.const"] = given["4x4/Const/const"]
    own |= _styled(given, "4x4/Conv", 0) | _to_rgb(given, 4, 0)
    for block, side in enumerate(sides[1:], start=1):
        own |= _styled(given, f"{side}x{side}/Conv0_up", 2 * block - 1)
        own |= _styled(given, f"{side}x{side}/Conv1", 2 * block) | _to_rgb(given, side, block)
    widths = [len(own[f"mapping.layers.{k}.bias"]) for k in range(_depth(given))]
    channels = [len(own[f"synthesis.layers.{2 * block}.bias"]) for block in range(len(sides))]
    return filled(StyleGAN2(own["mapping.layers.0.weight"].shape[1], widths, channels), own)


def tensorflow_variables(record: Record) -> dict[str, Tensor]:
    """Return the variables of a network and of its components, in float32."""
    state: Mapping[str, Any] = record.state
    found = {
        name: torch.from_numpy(np.array(value, np.float32)) for name, value in state["variables"]
    }
    for component in state.get("components", {}).values():
        found |= tensorflow_variables(component)
    return found


def _depth(given: dict[str, Tensor]) -> int:
    return sum(name.startswith("Dense") and name.endswith("/bias") for name in given)


def _mapping(given: dict[str, Tensor]) -> dict[str, Tensor]:
    own = {}
    for index in range(_depth(given)):
        own[f"mapping.layers.{index}.weight"] = given[f"Dense{index}/weight"].T
        own[f"mapping.layers.{index}.bias"] = given[f"Dense{index}/bias"]
    return own


def _modulated(given: dict[str, Tensor], layer: str, ours: str) -> dict[str, Tensor]:
    """Return a layer's weights, scaled as at run time, and its style, of which 1 is the rest."""
    weight = given[f"{layer}/weight"].permute(3, 2, 0, 1)
    if layer.endswith("_up"):
        weight = weight.flip(2, 3)
    return {
        f"{ours}.weight": weight / weight[0].numel() ** 0.5,
        f"{ours}.bias": given[f"{layer}/bias"],
        f"{ours}.affine.weight": given[f"{layer}/mod_weight"].T,
        f"{ours}.affine.bias": given[f"{layer}/mod_bias"] + 1,
    }


def _styled(given: dict[str, Tensor], layer: str, index: int) -> dict[str, Tensor]:
    ours = f"synthesis.layers.{index}"
    return _modulated(given, layer, ours) | {
        f"{ours}.noise": given[f"noise{index}"][0, 0],
        f"{ours}.noise_strength": given[f"{layer}/noise_strength"],
    }


def _to_rgb(given: dict[str, Tensor], side: int, block: int) -> dict[str, Tensor]:
    return _modulated(given, f"{side}x{side}/ToRGB", f"synthesis.outputs.{block}")
