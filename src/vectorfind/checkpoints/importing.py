"""Copies of checkpoints in our own forms: the one that the chain starts from, and GenForce's."""

from pathlib import Path
from typing import Any

from vectorfind.checkpoints.checkpoint import Checkpoint, open_checkpoint
from vectorfind.checkpoints.stored import save_generator
from vectorfind.errors import InputError
from vectorfind.families import FamilyGenerator
from vectorfind.stylegan import Networks, join_discriminator, save_networks
from vectorfind.stylegan.layers import FusedScale

LATEST = "finetune_v8"
"""The stage that any generator can start from, since it is not fine-tuned."""


def import_checkpoint(
    path: str | Path,
    output: str | Path,
    start_from: str,
    *,
    discriminator: str | Path | None = None,
    fused_scale: FusedScale = "auto",
) -> dict[str, Any]:
    """Check a checkpoint, write the chain's copy and return its facts.

    Args:
        path: the user's file.
        output: file to write: GenForce's released layout, or a generator of another family.
        start_from: the stage that is to begin with it.
        discriminator: file with the discriminator, where the first one lacks it.
        fused_scale: as `open_checkpoint`.

    Raises:
        InputError: as open_checkpoint; the stage cannot begin with these networks.
    """
    checkpoint = open_checkpoint(path, fused_scale)
    facts, networks = checkpoint.facts(), checkpoint.networks
    if not isinstance(networks, Networks):
        save_generator(output, _drawing_only(checkpoint, networks, start_from))
        return facts
    if start_from == "original" and facts["label_dim"]:
        raise InputError(
            f"{path}: is conditional, so already fine-tuned; "
            "set `start_from: finetune_v1` or `finetune_v8`."
        )
    if discriminator:
        other = open_checkpoint(discriminator)
        facts["discriminator"] = other.facts()
        given = other.networks if isinstance(other.networks, Networks) else Networks()
        networks = join_discriminator(networks, given, discriminator)
    if start_from != LATEST and not (networks.generator and networks.discriminator):
        missing = "discriminator" if networks.generator else "generator"
        raise InputError(
            f"{path}: holds no `{missing}`, which `start_from: {start_from}` fine-tunes with; set "
            "`discriminator_checkpoint` to the file with its discriminator, give a checkpoint that "
            f"holds both, or set `start_from: {LATEST}`, which does not fine-tune."
        )
    save_networks(output, networks)
    return facts


def convert_checkpoint(path: str | Path, output: str | Path) -> list[str]:
    """Write a StyleGAN v1 in GenForce's released layout; return what the file lacked and got.

    Raises:
        InputError: as open_checkpoint; the file holds another family, or is the output.
    """
    if Path(output).exists():
        raise InputError(f"{output}: is there already; give the name of a new file.")
    checkpoint = open_checkpoint(path)
    if not isinstance(checkpoint.networks, Networks):
        raise InputError(
            f"{path}: is a {checkpoint.family}, which GenForce's layout cannot hold; it holds "
            "StyleGAN v1 only."
        )
    save_networks(output, checkpoint.networks)
    return checkpoint.added


def _drawing_only(
    checkpoint: Checkpoint, generator: FamilyGenerator, start_from: str
) -> FamilyGenerator:
    what = f"{checkpoint.path}: is a {checkpoint.family}"
    if start_from != LATEST:
        raise InputError(
            f"{what}, and only StyleGAN v1 is fine-tuned here; set `start_from: {LATEST}`, which "
            "finds directions in it as it is."
        )
    if generator.label_dim:
        raise InputError(
            f"{what} of {generator.label_dim} classes; give one without classes, since "
            "the directions are those of one kind of face."
        )
    return generator
