"""From an unconditional checkpoint to a conditional one (system.md 5)."""

import math

import torch
from torch import Tensor, nn

from vectorfind.errors import InputError
from vectorfind.stylegan.checkpoints import Networks
from vectorfind.stylegan.discriminator import Discriminator
from vectorfind.stylegan.generator import Generator

NEW_IN_GENERATOR = ("mapping.label_weight", "mapping.dense0.weight")


def make_conditional(
    networks: Networks, label_dim: int = 7, embedding_dim: int = 16, *, seed: int = 0
) -> Networks:
    """Give unconditional networks a label input; new weights are random, drawn from `seed`.

    Starts from `generator`, not from `generator_smooth`, and has no `generator_smooth` itself.
    New are the mapping's label matrix and first weight, and the discriminator's last layer; all
    else is copied. Source: system.md 5.

    Raises:
        InputError: the generator or the discriminator is missing, or already conditional.
    """
    old_generator, old_discriminator = networks.players
    if old_generator.label_dim or old_discriminator.label_dim:
        raise InputError(
            "the checkpoint is conditional already; set `start_from` to finetune_v1 or finetune_v8"
        )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        generator = _new_generator(old_generator, label_dim, embedding_dim)
        discriminator = Discriminator(
            old_discriminator.channels, old_discriminator.dense_width, label_dim
        )
    last = f"layer{2 * discriminator.num_blocks}."
    _copy_all_but(old_generator, generator, NEW_IN_GENERATOR)
    _copy_all_but(old_discriminator, discriminator, (last,))
    return Networks(generator.eval(), discriminator.eval())


def _new_generator(old: Generator, label_dim: int, embedding_dim: int) -> Generator:
    return Generator(
        old.z_dim,
        old.mapping_widths,
        old.channels,
        label_dim=label_dim,
        embedding_dim=embedding_dim,
        fused_scale=old.fused_scale,
    )


@torch.no_grad()
def silence_labels(networks: Networks, original: Networks) -> None:
    """Let the labels of freshly conditional `networks` change nothing yet, in place.

    The faces and scores are then those of `original`, but for the pixel norm that the embedding
    takes part in; training finds out what labels do. Random new weights (`make_conditional`)
    instead shift every face, which costs variety and training time (docs/training.md).
    """
    (generator, discriminator), (old_generator, old_discriminator) = (
        networks.players,
        original.players,
    )
    mapping, old = generator.mapping, old_generator.mapping
    # Of labels N(0, 1) an embedding of unit variance, like z: the pixel norm stays what it was.
    mapping.label_weight.div_(math.sqrt(mapping.label_dim))
    _widen(mapping.dense(0).weight, old.dense(0).weight)
    last = f"layer{2 * discriminator.num_blocks}"
    judge, old_judge = getattr(discriminator, last), getattr(old_discriminator, last)
    _widen(judge.weight, old_judge.weight)
    judge.bias.copy_(old_judge.bias)


def _widen(weight: Tensor, old: Tensor) -> None:
    """Fill [O, I + more] from `old` [O, I]: zeros for more, scaled for the larger fan-in."""
    weight.zero_()
    weight[:, : old.shape[1]] = old * math.sqrt(weight.shape[1] / old.shape[1])


def _copy_all_but(source: nn.Module, target: nn.Module, new: tuple[str, ...]) -> None:
    """Load `source` into `target`, but for the keys that start with one of `new`."""
    kept = {key: value for key, value in source.state_dict().items() if not key.startswith(new)}
    target.load_state_dict(target.state_dict() | kept)
