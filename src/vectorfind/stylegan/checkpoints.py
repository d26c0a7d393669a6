"""Checkpoints of StyleGAN v1: reading every known layout, checking, and writing GenForce's.

Released: {'generator', 'discriminator', 'generator_smooth'}. Training run: those under `models`,
beside optimizers. Bare: one network's state dict. Other layouts: `layouts/`.
"""

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from vectorfind.errors import InputError
from vectorfind.files import write_weights
from vectorfind.stylegan.content import read_content
from vectorfind.stylegan.discriminator import Discriminator
from vectorfind.stylegan.generator import Generator
from vectorfind.stylegan.layers import FusedScale
from vectorfind.stylegan.layouts.completion import complete
from vectorfind.stylegan.layouts.official import family_of, is_official_v1, official_states
from vectorfind.stylegan.layouts.renamed import layout_of, rename
from vectorfind.stylegan.layouts.unwrapping import NETWORK_NAMES, unwrap
from vectorfind.stylegan.plain_pickle import holds_records
from vectorfind.stylegan.state import (
    StateError,
    discriminator_sizes,
    fill,
    generator_sizes,
)

log = logging.getLogger(__name__)
GENFORCE = ("released", "training_run", "bare")
REMEDY = (
    "give a StyleGAN v1 checkpoint: GenForce's, NVIDIA's pickle, InterFaceGAN's, HiGAN's, "
    "lernapparat's or huangzh13's"
)


@dataclass
class Networks:
    """The networks of one checkpoint; None where the file has none."""

    generator: Generator | None = None
    discriminator: Discriminator | None = None
    generator_smooth: Generator | None = None

    @property
    def present(self) -> dict[str, Generator | Discriminator]:
        """The networks that are there, by name."""
        found = {name: getattr(self, name) for name in NETWORK_NAMES}
        return {name: network for name, network in found.items() if network is not None}

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
    content = read_content(path)
    return build_networks(read_states(content, path).by_network, path, fused_scale)


def build_networks(
    states: dict[str, dict[str, Tensor]], path: str | Path, fused_scale: FusedScale = "auto"
) -> Networks:
    """Build the networks of the states that `read_states` found in the file at `path`.

    Raises:
        InputError: tensors are missing, or of other shapes than such networks have.
    """
    networks = Networks()
    for name, state in states.items():
        try:
            # What the layers draw is replaced; the meta device would import torch's compiler.
            with torch.random.fork_rng(devices=[]):
                network = _shaped(name, state, fused_scale)
            fill(network, state)
        except StateError as error:
            raise InputError(f"{path}: `{name}`: {error}; {REMEDY}") from None
        setattr(networks, name, network.eval())
    kinds = {(network.resolution, network.label_dim) for network in networks.present.values()}
    if len(kinds) > 1:
        raise InputError(
            f"{path}: its networks differ in (resolution, label length): {sorted(kinds)}; {REMEDY}"
        )
    return networks


def join_discriminator(networks: Networks, other: Networks, path: str | Path) -> Networks:
    """Return the networks with the discriminator of the `other` ones, of the file at `path`.

    Raises:
        InputError: they have no discriminator, or that of other networks.
    """
    discriminator, generator = other.discriminator, networks.inference_generator
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
    states = {name: _plain_state(net) for name, net in networks.present.items()}
    originals = states.get("generator", {})
    smooth = states.get("generator_smooth", {})
    for key in smooth.keys() & originals.keys():
        if torch.equal(smooth[key], originals[key]):
            smooth[key] = originals[key]
    write_weights(path, states)


class States(NamedTuple):
    """What a checkpoint's file holds, with GenForce's names."""

    by_network: dict[str, dict[str, Tensor]]
    layout: str
    added: list[str]
    """What the file lacks and got, for people."""


def read_states(content: Any, path: str | Path) -> States:
    """Find the networks' states in what a file holds, in any known layout.

    Args:
        content: what `read_content` returned.
        path: of the file, for messages.

    Raises:
        InputError: it holds no StyleGAN v1.
    """
    states, layout = _read_layout(content, path)
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


def _read_layout(content: Any, path: str | Path) -> tuple[dict[str, dict[str, Tensor]], str]:
    """Return the states with GenForce's names, as far as the content has them, and the layout."""
    if holds_records(content):
        try:
            if not is_official_v1(content):
                raise InputError(f"{path}: this is {family_of(content)}; {REMEDY}")
            return official_states(content), "official"
        except (LookupError, AttributeError, TypeError, ValueError, RuntimeError) as error:
            raise InputError(
                f"{path}: a pickle of networks of another form ({error!r}); {REMEDY}"
            ) from error
    states, layout = unwrap(content)
    foreign = {name: layout_of(state) for name, state in states.items()}
    for name, found in foreign.items():
        if found:
            states[name], layout = rename(states[name]), found
    known = ("synthesis.", "mapping.", "input0.")
    if not any(key.startswith(known) for state in states.values() for key in state):
        raise InputError(f"{path}: holds no StyleGAN networks; {REMEDY}")
    return states, layout


def _shaped(
    name: str, state: dict[str, Tensor], fused_scale: FusedScale
) -> Generator | Discriminator:
    if name == "discriminator":
        return Discriminator(**discriminator_sizes(state))
    return Generator(**generator_sizes(state), fused_scale=fused_scale)


def _plain_state(network: nn.Module) -> dict[str, Tensor]:
    return {key: value.detach().cpu() for key, value in network.state_dict().items()}
