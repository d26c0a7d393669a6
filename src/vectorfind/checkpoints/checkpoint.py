"""A user's checkpoint: its networks, and what is known of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from vectorfind.errors import InputError
from vectorfind.families import FamilyGenerator, StyleGAN3, read_family
from vectorfind.files import sha256_of
from vectorfind.networks import FaceGenerator
from vectorfind.stylegan import Discriminator, Generator, Networks
from vectorfind.stylegan.checkpoints import build_networks, read_states
from vectorfind.stylegan.content import read_content
from vectorfind.stylegan.layers import FusedScale
from vectorfind.stylegan.state import StateError, check

STYLEGAN1, STYLEGAN2, STYLEGAN3 = "StyleGAN v1", "StyleGAN2", "StyleGAN3"
LICENCE = "ask who made the weights; NVIDIA's are for non-commercial use only"
PUBLISHED_UNIT = 1.0
LICENCES = {"official": "NVIDIA's: for non-commercial use only"}


@dataclass(frozen=True)
class Checkpoint:
    """What a file holds.

    Attributes:
        path: of the file.
        family: STYLEGAN1, STYLEGAN2 or STYLEGAN3; StyleGAN2-ADA is a StyleGAN2.
        layout: whose form of the file it is.
        added: what the file lacks and got, for people.
        networks: those of StyleGAN v1, or the generator of another family.
    """

    path: str
    family: str
    layout: str
    added: list[str]
    networks: Networks | FamilyGenerator

    @property
    def generator(self) -> FaceGenerator:
        """The generator that images are made with.

        Raises:
            InputError: the file holds a discriminator only.
        """
        networks = self.networks
        return networks.inference_generator if isinstance(networks, Networks) else networks

    @property
    def present(self) -> dict[str, nn.Module]:
        """The networks by name."""
        if isinstance(self.networks, Networks):
            return dict(self.networks.present)
        return {"generator": self.networks}

    @property
    def start_from(self) -> list[str]:
        """The stages that can begin with it: none with a bare discriminator."""
        if not isinstance(self.networks, Networks):
            return [] if self.networks.label_dim else ["finetune_v8"]
        if not (self.networks.generator or self.networks.generator_smooth):
            return []
        labels = self.generator.label_dim > 0
        return ["finetune_v1" if labels else "original", "finetune_v8"]

    def facts(self) -> dict[str, Any]:
        """Return what JSON can hold of it.

        Keys: `path`, `sha256`, `family`, `layout`, `added`, `licence`, `networks`, `parameters`
        (per network), `start_from`, `unit` (what `directions.unit: null` means), `resolution`,
        `label_dim` and, of generators, `z_dim`, `w_dim`, `num_layers` and `activations` (numbers
        that its layers store of one image); of StyleGAN v1 also `fmaps` (resolution -> maps),
        `mapping_dims` and `embedding_dim`.
        """
        facts: dict[str, Any] = {
            "path": self.path,
            "sha256": sha256_of(self.path),
            "family": self.family,
            "layout": self.layout,
            "added": self.added,
            "licence": LICENCES.get(self.layout, LICENCE),
            "networks": list(self.present),
            "parameters": {name: _parameters(net) for name, net in self.present.items()},
            "start_from": self.start_from,
            "unit": PUBLISHED_UNIT if self.family == STYLEGAN1 else "auto",
        }
        for network in self.present.values():
            facts |= _sizes(network)
        if self.start_from:
            facts["activations"] = self.generator.activations
        return facts


def open_checkpoint(path: str | Path, fused_scale: FusedScale = "auto") -> Checkpoint:
    """Load a checkpoint of any known family and layout, on the CPU and in eval mode.

    `fused_scale`: as `stylegan.load_networks`.

    Raises:
        InputError: the file is missing, damaged, unsafe to load or not such a checkpoint.
    """
    return checkpoint_of(read_content(path), path, fused_scale)


def checkpoint_of(content: Any, path: str | Path, fused_scale: FusedScale = "auto") -> Checkpoint:
    """Return the checkpoint in what `read_content` returned of the file at `path`.

    Raises:
        InputError: it is not such a checkpoint.
    """
    try:
        family = read_family(content)
    except InputError as error:
        raise InputError(f"{path}: {error}.") from error
    if family:
        try:
            check(family.generator, family.generator.state_dict())
        except StateError as error:
            raise InputError(f"{path}: {error}; download or copy it again.") from None
        name = STYLEGAN3 if isinstance(family.generator, StyleGAN3) else STYLEGAN2
        added = [family.remark] if family.remark else []
        return Checkpoint(str(path), name, family.layout, added, family.generator)
    states, layout, added = read_states(content, path)
    networks = build_networks(states, path, fused_scale)
    return Checkpoint(str(path), STYLEGAN1, layout, added, networks)


def _parameters(network: nn.Module) -> int:
    return sum(weight.numel() for weight in network.parameters())


def _sizes(network: nn.Module) -> dict[str, Any]:
    sizes = ("resolution", "label_dim", "z_dim", "w_dim", "num_layers")
    facts: dict[str, Any] = {
        name: getattr(network, name) for name in sizes if hasattr(network, name)
    }
    if isinstance(network, Generator | Discriminator):
        maps = {4 * 2**block: count for block, count in enumerate(network.channels)}
        facts["fmaps"] = {str(side): count for side, count in maps.items()}
    if isinstance(network, Generator):
        facts["mapping_dims"] = list(network.mapping_widths)
        facts["embedding_dim"] = network.embedding_dim
    return facts
