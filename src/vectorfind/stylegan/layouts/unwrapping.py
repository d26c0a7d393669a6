"""The state dicts in what a torch file holds, whatever they are wrapped in."""

import re
from collections.abc import Mapping
from typing import Any

from torch import Tensor

NETWORK_NAMES = ("generator", "discriminator", "generator_smooth")
WRAPPERS = ("state_dict", "g_ema")
PREFIX = re.compile(r"^(?:(?:module|_orig_mod)\.)+")
"""What DataParallel, DistributedDataParallel and torch.compile put before every name."""


def unwrap(content: Any) -> tuple[dict[str, dict[str, Tensor]], str]:
    """Return the state dicts by network, and the layout: released, training_run or bare.

    Empty where there are none; a lone generator's or discriminator's state is told by its names.
    """
    if not isinstance(content, Mapping):
        return {}, "bare"
    if isinstance(content.get("models"), Mapping):
        return unwrap(content["models"])[0], "training_run"
    found = {name: content.get(name) for name in NETWORK_NAMES}
    states = {name: _tensors(state) for name, state in found.items() if isinstance(state, Mapping)}
    if states:
        return states, "released"
    for wrapper in WRAPPERS:
        if isinstance(content.get(wrapper), Mapping):
            return unwrap(content[wrapper])
    state = _tensors(content)
    if parts := _by_network(state):
        return parts, "released"
    name = "discriminator" if any(key.startswith("input0.") for key in state) else "generator"
    return ({name: state} if state else {}), "bare"


def _tensors(state: Mapping[Any, Any]) -> dict[str, Tensor]:
    return {PREFIX.sub("", str(k)): v for k, v in state.items() if isinstance(v, Tensor)}


def _by_network(state: dict[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    """Return the states of a flat one whose names begin with "generator." and so on."""
    parts: dict[str, dict[str, Tensor]] = {}
    for key, value in state.items():
        network, _, name = key.partition(".")
        if network in NETWORK_NAMES:
            parts.setdefault(network, {})[PREFIX.sub("", name)] = value
    return parts
