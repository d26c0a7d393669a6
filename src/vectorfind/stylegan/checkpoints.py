"""GenForce's checkpoint layouts: reading, checking and writing them.

Released: {'generator', 'discriminator', 'generator_smooth'}. Training run: those under `models`,
beside optimizers. Bare: one network's state dict. Keys may carry a `module.` prefix.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from vectorfind.errors import InputError
from vectorfind.files import sha256_of, write_weights
from vectorfind.stylegan.discriminator import Discriminator
from vectorfind.stylegan.generator import Generator
from vectorfind.stylegan.layers import FusedScale
from vectorfind.stylegan.state import (
    StateError,
    check,
    discriminator_sizes,
    fill,
    generator_sizes,
)
from vectorfind.stylegan.unpickling import read_torch_file

NETWORK_NAMES = ("generator", "discriminator", "generator_smooth")
REMEDY = "give a StyleGAN v1 checkpoint of GenForce (released, training run, or one network's)"
START_FROM = {False: ["original", "finetune_v8"], True: ["finetune_v1", "finetune_v8"]}


@dataclass
class Networks:
    """The networks of one checkpoint; None where the file has none."""

    generator: Generator | None = None
    discriminator: Discriminator | None = None
    generator_smooth: Generator | None = None

    @property
    def players(self) -> tuple[Generator, Discriminator]:
        """The generator and the discriminator, which train together.

        Raises:
            InputError: the checkpoint lacks one of them.
        """
        if self.generator is None or self.discriminator is None:
            raise InputError(
                "the checkpoint lacks the generator or the discriminator, and fine-tuning needs "
                "both; give a checkpoint in the released or the training-run layout"
            )
        return self.generator, self.discriminator

    @property
    def inference_generator(self) -> Generator:
        """The generator that images are made with: the averaged one where there is one.

        Raises:
            InputError: the checkpoint holds a discriminator only.
        """
        found = self.generator_smooth or self.generator
        if found is None:
            raise InputError(f"the checkpoint holds no generator; {REMEDY}")
        return found


def load_networks(path: str | Path, fused_scale: FusedScale = "auto") -> Networks:
    """Load a StyleGAN v1 checkpoint in any GenForce layout, on the CPU and in eval mode.

    Sizes are read off the tensors. `fused_scale` cannot be: "auto" fuses from 128 pixels up, as
    the released checkpoints do. Every network owns its weights, also where the file shares them.

    Raises:
        InputError: the file is missing, damaged, unsafe to load or not such a checkpoint.
    """
    states, _ = read_states(path)
    networks = Networks()
    for name, network in _networks(path, states, fused_scale, fill).items():
        setattr(networks, name, network)
    return networks


def join_discriminator(networks: Networks, path: str | Path) -> Networks:
    """Return the networks with the discriminator that another checkpoint holds.

    Raises:
        InputError: as load_networks; the file has no discriminator, or that of other networks.
    """
    discriminator, generator = load_networks(path).discriminator, networks.inference_generator
    if discriminator is None:
        raise InputError(f"{path}: holds no discriminator; give the file that holds it.")
    kinds = [(net.resolution, net.label_dim) for net in (generator, discriminator)]
    if kinds[0] != kinds[1]:
        raise InputError(
            f"{path}: a discriminator of (resolution, label length) {kinds[1]} for a generator of "
            f"{kinds[0]}; give the one that was trained with the generator."
        )
    return replace(networks, discriminator=discriminator)


def save_networks(path: str | Path, networks: Networks) -> None:
    """Write the networks that are there in the released layout, atomically.

    Weights of `generator_smooth` that equal those of `generator` are stored once.
    """
    present = {name: getattr(networks, name) for name in NETWORK_NAMES}
    states = {name: _plain_state(net) for name, net in present.items() if net is not None}
    originals = states.get("generator", {})
    smooth = states.get("generator_smooth", {})
    for key in smooth.keys() & originals.keys():
        if torch.equal(smooth[key], originals[key]):
            smooth[key] = originals[key]
    write_weights(path, states)


def inspect_checkpoint(path: str | Path) -> dict[str, Any]:
    """Describe a checkpoint without building its networks.

    Returns a dict that JSON can hold: `path`, `sha256`, `layout` (released, training_run or
    bare), `networks`, `resolution`, `z_dim`, `w_dim`, `mapping_dims`, `label_dim`,
    `embedding_dim`, `fmaps` (resolution -> maps), `parameters` (per network) and `start_from`
    (the configuration's stages that can begin with it, none for a bare discriminator).

    Raises:
        InputError: as load_networks.
    """
    states, layout = read_states(path)
    facts: dict[str, Any] = {"path": str(path), "sha256": sha256_of(path), "layout": layout}
    facts |= {"networks": list(states), "parameters": {}, "start_from": []}
    for name, network in _networks(path, states, "auto", check).items():
        facts["parameters"][name] = sum(weight.numel() for weight in network.parameters())
        facts |= _sizes(network)
    return facts


def read_states(path: str | Path) -> tuple[dict[str, dict[str, Tensor]], str]:
    """Return the state dicts by network name, without `module.` prefixes, and the layout's name.

    Raises:
        InputError: as load_networks.
    """
    content = read_torch_file(path)
    layout = "released"
    if isinstance(content, Mapping) and isinstance(content.get("models"), Mapping):
        content, layout = content["models"], "training_run"
    if not isinstance(content, Mapping):
        raise InputError(f"{path}: holds no StyleGAN networks; {REMEDY}")
    states = {
        name: _without_prefix(content[name])
        for name in NETWORK_NAMES
        if isinstance(content.get(name), Mapping)
    }
    if states:
        return states, layout
    state = _without_prefix(content)
    if any(key.startswith(("synthesis.", "mapping.")) for key in state):
        return {"generator": state}, "bare"
    if any(key.startswith("input0.") for key in state):
        return {"discriminator": state}, "bare"
    raise InputError(f"{path}: holds no StyleGAN networks; {REMEDY}")


def _without_prefix(state: Mapping[Any, Any]) -> dict[str, Tensor]:
    return {
        str(key).removeprefix("module."): value
        for key, value in state.items()
        if isinstance(value, Tensor)
    }


def _networks(
    path: str | Path,
    states: dict[str, dict[str, Tensor]],
    fused_scale: FusedScale,
    complete: Callable[[nn.Module, dict[str, Tensor]], object],
) -> dict[str, Generator | Discriminator]:
    """Build networks and `complete` each with its state, which checks it."""
    networks: dict[str, Generator | Discriminator] = {}
    for name, state in states.items():
        try:
            # What the layers draw is replaced; the meta device would import torch's compiler.
            with torch.random.fork_rng(devices=[]):
                network = _shaped(name, state, fused_scale)
            complete(network, state)
            networks[name] = network.eval()
        except StateError as error:
            raise InputError(f"{path}: `{name}`: {error}; {REMEDY}") from None
    kinds = {(network.resolution, network.label_dim) for network in networks.values()}
    if len(kinds) > 1:
        raise InputError(
            f"{path}: its networks differ in (resolution, label length): {sorted(kinds)}; {REMEDY}"
        )
    return networks


def _shaped(
    name: str, state: dict[str, Tensor], fused_scale: FusedScale
) -> Generator | Discriminator:
    if name == "discriminator":
        return Discriminator(**discriminator_sizes(state))
    return Generator(**generator_sizes(state), fused_scale=fused_scale)


def _sizes(network: Generator | Discriminator) -> dict[str, Any]:
    fmaps = {4 * 2**block: maps for block, maps in enumerate(network.channels)}
    facts: dict[str, Any] = {
        "resolution": network.resolution,
        "label_dim": network.label_dim,
        "fmaps": {str(side): maps for side, maps in fmaps.items()},
    }
    if isinstance(network, Discriminator):
        return facts
    return facts | {
        "z_dim": network.z_dim,
        "w_dim": network.w_dim,
        "mapping_dims": list(network.mapping_widths),
        "embedding_dim": network.embedding_dim,
        "start_from": START_FROM[network.label_dim > 0],
    }


def _plain_state(network: nn.Module) -> dict[str, Tensor]:
    return {key: value.detach().cpu() for key, value in network.state_dict().items()}
