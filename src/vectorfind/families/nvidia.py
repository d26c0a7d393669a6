"""Generators from the plain data of NVIDIA's PyTorch pickles: StyleGAN2-ADA and StyleGAN3."""

from collections.abc import Mapping
from typing import Any, Protocol

import torch
from torch import Tensor

from vectorfind.families.saved import filled
from vectorfind.families.stylegan2 import StyleGAN2
from vectorfind.families.stylegan3 import StyleGAN3


class Record(Protocol):
    """An object of a pickle as plain data: its state, module by module."""

    state: Mapping[str, Any]


def read_ada(record: Record) -> StyleGAN2:
    """Build StyleGAN2-ADA's generator of skip connections from its record."""
    weights, options = flat_weights(record), record.state["_init_kwargs"]
    blocks = record.state["img_resolution"].bit_length() - 2
    own = _mapping(weights)
    own |= {"truncation.w_avg": weights["mapping.w_avg"]}
    own["synthesis.const"] = weights["synthesis.b4.const"][None]
    for block in range(blocks):
        given, layer = f"synthesis.b{4 * 2**block}.", "synthesis.layers."
        if block:
            own |= _styled(weights, f"{given}conv0.", f"{layer}{2 * block - 1}.")
        own |= _styled(weights, f"{given}conv1.", f"{layer}{2 * block}.")
        own |= _to_rgb(weights, f"{given}torgb.", f"synthesis.outputs.{block}.")
    channels = [len(own[f"synthesis.layers.{2 * block}.bias"]) for block in range(blocks)]
    clamp = options.get("synthesis_kwargs", {}).get("conv_clamp")
    return filled(StyleGAN2(**_mapping_sizes(record, own), channels=channels, clamp=clamp), own)


def read_stylegan3(record: Record) -> StyleGAN3:
    """Build StyleGAN3's generator from its record."""
    modules = record.state["_modules"]["synthesis"].state["_modules"]
    names = [name for name in modules if name != "input"]
    weights = flat_weights(record)
    own = _mapping(weights) | {"truncation.w_avg": weights["mapping.w_avg"]}
    own |= {name: value for name, value in weights.items() if name.startswith("synthesis.input.")}
    for index, name in enumerate(names):
        own |= _alias_free(weights, f"synthesis.{name}.", f"synthesis.layers.{index}.")
    options = modules["input"].state["_init_kwargs"]
    source = {
        "channels": int(options["channels"]),
        "size": int(options["size"]),
        "sampling_rate": float(options["sampling_rate"]),
        "bandwidth": float(options["bandwidth"]),
    }
    layers = [_layer_sizes(modules[name].state) for name in names]
    sizes = _mapping_sizes(record, own) | {"resolution": record.state["img_resolution"]}
    return filled(StyleGAN3(**sizes, source=source, layers=layers), own)


def flat_weights(record: Record, prefix: str = "") -> dict[str, Tensor]:
    """Return parameters and buffers by their dotted names, in float32."""
    state = record.state
    found = {
        prefix + name: torch.as_tensor(value).detach().float()
        for kind in ("_parameters", "_buffers")
        for name, value in state.get(kind, {}).items()
        if value is not None
    }
    for name, module in state.get("_modules", {}).items():
        if module is not None:
            found |= flat_weights(module, f"{prefix}{name}.")
    return found


def _mapping(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    names = {"mapping.embed.": "mapping.embedding.", "mapping.fc": "mapping.layers."}
    return {
        name.replace(old, new, 1): value
        for name, value in weights.items()
        for old, new in names.items()
        if name.startswith(old)
    }


def _mapping_sizes(record: Record, own: dict[str, Tensor]) -> dict[str, Any]:
    depth = sum(name.startswith("mapping.layers.") for name in own) // 2
    label_dim, embedding = record.state["c_dim"], own.get("mapping.embedding.bias", ())
    return {
        "z_dim": record.state["z_dim"],
        "mapping_widths": [len(own[f"mapping.layers.{k}.bias"]) for k in range(depth)],
        "label_dim": label_dim,
        "embedding_dim": len(embedding),
    }


def _affine(weights: dict[str, Tensor], given: str, ours: str) -> dict[str, Tensor]:
    parts = ("bias", "affine.weight", "affine.bias")
    return {ours + part: weights[given + part] for part in parts}


def _styled(weights: dict[str, Tensor], given: str, ours: str) -> dict[str, Tensor]:
    return _affine(weights, given, ours) | {
        f"{ours}weight": weights[f"{given}weight"],
        f"{ours}noise": weights[f"{given}noise_const"],
        f"{ours}noise_strength": weights[f"{given}noise_strength"],
    }


def _to_rgb(weights: dict[str, Tensor], given: str, ours: str) -> dict[str, Tensor]:
    weight = weights[f"{given}weight"]
    scaled = weight / weight[0].numel() ** 0.5
    return _affine(weights, given, ours) | {f"{ours}weight": scaled}


def _alias_free(weights: dict[str, Tensor], given: str, ours: str) -> dict[str, Tensor]:
    own = _affine(weights, given, ours)
    own[f"{ours}input_gain"] = weights[f"{given}magnitude_ema"].rsqrt()
    if f"{given}up_filter" not in weights:
        return own | _to_rgb(weights, given, ours)
    weight = weights[f"{given}weight"]
    power = weight.square().mean(dim=(1, 2, 3), keepdim=True)
    own[f"{ours}weight"] = weight * power.rsqrt()
    return own | {
        f"{ours}{part}": weights[f"{given}{part}"] for part in ("up_filter", "down_filter")
    }


def _layer_sizes(state: Mapping[str, Any]) -> dict[str, Any]:
    buffers, last = state["_buffers"], bool(state["is_torgb"])
    return {
        "inputs": int(state["in_channels"]),
        "outputs": int(state["out_channels"]),
        "kernel": int(state["_parameters"]["weight"].shape[-1]),
        "up": int(state["up_factor"]),
        "down": int(state["down_factor"]),
        "up_taps": 0 if last else len(buffers["up_filter"]),
        "down_taps": 0 if last else len(buffers["down_filter"]),
        "radial": not last and buffers["down_filter"].ndim == 2,
        "padding": [int(pixels) for pixels in state["padding"]],
        "sampling_rate": int(state["out_sampling_rate"]),
        "clamp": float(state["conv_clamp"] or "inf"),
    }
