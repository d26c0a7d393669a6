"""State dicts of GenForce's networks: sizes read off the tensors, and checked loading."""

from typing import Any

import torch
from torch import Tensor, nn


class StateError(Exception):
    """A state dict does not hold the network it should; the message says what is wrong."""


def generator_sizes(state: dict[str, Tensor]) -> dict[str, Any]:
    """Read the arguments of `Generator` off a state dict.

    Raises:
        StateError: a tensor that decides a size is missing or has the wrong rank.
    """
    blocks = 1 + max(_last(state, "synthesis.output"), _last(state, "synthesis.layer") // 2)
    depth = 1 + _last(state, "mapping.dense")
    label_dim, embedding_dim = (
        _shape(state, "mapping.label_weight", 2) if "mapping.label_weight" in state else (0, 0)
    )
    _check_blocks(blocks)
    z_dim = _shape(state, "mapping.dense0.weight", 2)[1] - embedding_dim
    if z_dim < 1:
        raise StateError("`mapping.dense0.weight` has no inputs beside the label's embedding")
    return {
        "z_dim": z_dim,
        "mapping_widths": _outputs(state, [f"mapping.dense{i}" for i in range(max(depth, 1))], 2),
        "channels": _outputs(state, [f"synthesis.layer{2 * i + 1}" for i in range(blocks)], 4),
        "label_dim": label_dim,
        "embedding_dim": embedding_dim,
    }


def discriminator_sizes(state: dict[str, Tensor]) -> dict[str, Any]:
    """Read the arguments of `Discriminator` off a state dict.

    Raises:
        StateError: a tensor that decides a size is missing or has the wrong rank.
    """
    blocks = max(1 + _last(state, "input"), _last(state, "layer") // 2)
    _check_blocks(blocks)
    dense_width = _shape(state, f"layer{2 * blocks - 1}.weight", 2)[0]
    last_inputs = _shape(state, f"layer{2 * blocks}.weight", 2)[1]
    if last_inputs < dense_width:
        raise StateError(f"`layer{2 * blocks}.weight` has {last_inputs} inputs, not {dense_width}")
    return {
        "channels": _outputs(state, [f"input{i}" for i in reversed(range(blocks))], 4),
        "dense_width": dense_width,
        "label_dim": last_inputs - dense_width,
    }


def check(network: nn.Module, state: dict[str, Tensor]) -> nn.Module:
    """Return the network after comparing `state` with the weights that it has.

    Raises:
        StateError: a key is missing or unknown, a shape or type is wrong, or a value not finite.
    """
    wanted = network.state_dict()
    for key, tensor in wanted.items():
        found = _get(state, key)
        if found.shape != tensor.shape:
            raise StateError(
                f"`{key}` has shape {tuple(found.shape)} where {tuple(tensor.shape)} is expected"
            )
        if not torch.isfinite(found.float()).all():
            raise StateError(f"`{key}` holds NaN or infinite values")
    if unknown := sorted(state.keys() - wanted.keys()):
        raise StateError(f"`{unknown[0]}` belongs to no such network ({len(unknown)} such keys)")
    return network


def fill(network: nn.Module, state: dict[str, Tensor]) -> nn.Module:
    """Replace a network's weights by a float32 copy of those in `state`.

    Raises:
        StateError: as check.
    """
    check(network, state)
    copies = {key: value.detach().to(torch.float32, copy=True) for key, value in state.items()}
    network.load_state_dict(copies, strict=True, assign=True)
    return network.requires_grad_(True)


def _get(state: dict[str, Tensor], key: str) -> Tensor:
    if key not in state:
        raise StateError(f"`{key}` is missing")
    found = state[key]
    dense = found.layout is torch.strided and found.device.type != "meta"
    if not (found.is_floating_point() and dense):
        raise StateError(f"`{key}` holds no numbers of a network, but {found.type()}")
    return found


def _shape(state: dict[str, Tensor], key: str, rank: int) -> torch.Size:
    shape = _get(state, key).shape
    if len(shape) != rank or 0 in shape:
        raise StateError(f"`{key}` has shape {tuple(shape)}, which has not {rank} dimensions")
    return shape


def _outputs(state: dict[str, Tensor], layers: list[str], rank: int) -> list[int]:
    """Return how many outputs each of the layers has, whose weights have `rank` dimensions."""
    return [_shape(state, f"{layer}.weight", rank)[0] for layer in layers]


def _last(state: dict[str, Tensor], prefix: str) -> int:
    """Return the largest number that follows `prefix` in a key, -1 when there is none."""
    tails = (key.removeprefix(prefix).split(".")[0] for key in state if key.startswith(prefix))
    return max((int(tail) for tail in tails if tail.isdecimal()), default=-1)


def _check_blocks(blocks: int) -> None:
    if not 3 <= blocks <= 9:
        raise StateError(f"it has {blocks} resolutions where 3 (16x16) to 9 (1024x1024) are known")
