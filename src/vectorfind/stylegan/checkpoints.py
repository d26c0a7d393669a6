"""Checkpoints of StyleGAN v1: reading every known layout, checking, and writing GenForce's.

Released: {'generator', 'discriminator', 'generator_smooth'}. Training run: those under `models`,
beside optimizers. Bare: one network's state dict. Other layouts: `layouts/`.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from vectorfind.errors import InputError
from vectorfind.files import sha256_of, write_weights
from vectorfind.stylegan.discriminator import Discriminator
from vectorfind.stylegan.generator import Generator
from vectorfind.stylegan.layers import FusedScale
from vectorfind.stylegan.layouts.completion import complete
from vectorfind.stylegan.layouts.official import family_of, is_official_v1, official_states
from vectorfind.stylegan.layouts.renamed import layout_of, rename
from vectorfind.stylegan.layouts.unwrapping import NETWORK_NAMES, unwrap
from vectorfind.stylegan.plain_pickle import is_plain_pickle, read_plain_pickle
from vectorfind.stylegan.state import (
    StateError,
    check,
    discriminator_sizes,
    fill,
    generator_sizes,
)
from vectorfind.stylegan.unpickling import read_torch_file

log = logging.getLogger(__name__)
GENFORCE = ("released", "training_run", "bare")
REMEDY = (
    "give a StyleGAN v1 checkpoint: GenForce's, NVIDIA's pickle, InterFaceGAN's, HiGAN's, "
    "lernapparat's or huangzh13's"
)
LICENCE = "ask who made the weights; NVIDIA's are for non-commercial use only"
LICENCES = {"official": "NVIDIA's: for non-commercial use only"}
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
    """Load a StyleGAN v1 checkpoint in any known layout, on the CPU and in eval mode.

    Sizes are read off the tensors. `fused_scale` cannot be: "auto" fuses from 128 pixels up, as
    the released checkpoints do. Every network owns its weights, also where the file shares them.

    Raises:
        InputError: the file is missing, damaged, unsafe to load or not such a checkpoint.
    """
    states = read_states(path).by_network
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

    Returns a dict that JSON can hold: `path`, `sha256`, `family`, `layout`, `added` (what the file
    lacks and got), `licence`, `networks`, `resolution`, `z_dim`, `w_dim`, `mapping_dims`,
    `label_dim`, `embedding_dim`, `fmaps` (resolution -> maps), `parameters` (per network)
    and `start_from` (the stages that can begin with it, none for a bare discriminator).

    Raises:
        InputError: as load_networks.
    """
    states, layout, added = read_states(path)
    facts: dict[str, Any] = {"path": str(path), "sha256": sha256_of(path), "layout": layout}
    facts |= {"family": "StyleGAN v1", "added": added, "licence": LICENCES.get(layout, LICENCE)}
    facts |= {"networks": list(states), "parameters": {}, "start_from": []}
    for name, network in _networks(path, states, "auto", check).items():
        facts["parameters"][name] = sum(weight.numel() for weight in network.parameters())
        facts |= _sizes(network)
    return facts


class States(NamedTuple):
    """What a checkpoint's file holds, with GenForce's names."""

    by_network: dict[str, dict[str, Tensor]]
    layout: str
    added: list[str]
    """What the file lacks and got, for people."""


def read_states(path: str | Path) -> States:
    """Read a checkpoint in any known layout.

    Raises:
        InputError: as load_networks.
    """
    states, layout = _read_layout(path)
    added = []
    if layout not in GENFORCE:
        for name, state in states.items():
            try:
                states[name], remarks = complete(name, state)
            except StateError as error:
                raise InputError(f"{path}: `{name}`: {error}; {REMEDY}") from None
            added += [f"{name}: {remark}" for remark in remarks]
    for remark in added:
        log.warning("%s: %s", path, remark)
    return States(states, layout, added)


def _read_layout(path: str | Path) -> tuple[dict[str, dict[str, Tensor]], str]:
    """Return the states with GenForce's names, as far as the file has them, and the layout."""
    if Path(path).is_file() and is_plain_pickle(path):
        content = read_plain_pickle(path)
        try:
            if not is_official_v1(content):
                raise InputError(f"{path}: this is {family_of(content)}; {REMEDY}")
            return official_states(content), "official"
        except (LookupError, AttributeError, TypeError, ValueError, RuntimeError) as error:
            raise InputError(
                f"{path}: a pickle of networks of another form ({error!r}); {REMEDY}"
            ) from error
    content = read_torch_file(path)
    states, layout = unwrap(content)
    foreign = {name: layout_of(state) for name, state in states.items()}
    for name, found in foreign.items():
        if found:
            states[name], layout = rename(states[name]), found
    known = ("synthesis.", "mapping.", "input0.")
    if not any(key.startswith(known) for state in states.values() for key in state):
        kind = "a StyleGAN2 of rosinality; " if _is_rosinality(states) else ""
        raise InputError(f"{path}: {kind}holds no StyleGAN networks; {REMEDY}")
    return states, layout


def _is_rosinality(states: dict[str, dict[str, Tensor]]) -> bool:
    return any("conv1.conv.modulation.weight" in state for state in states.values())


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
