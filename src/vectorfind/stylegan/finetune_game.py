"""The two players of a fine-tuning: what is trained, their optimizers, and one step of each."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from copy import deepcopy
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vectorfind.config import FineTuneConfig
from vectorfind.errors import InputError
from vectorfind.stylegan.checkpoints import Networks
from vectorfind.stylegan.losses import (
    discriminator_loss,
    draw_training_images,
    generator_loss,
    logistic_loss,
    r1_penalty,
    score_batch,
)
from vectorfind.training.ranks import ALONE, Ranks

Weights = dict[str, dict[str, Tensor]]
Step = dict[str, Tensor]
"""What a step measured, on the device: d_loss, g_loss, r1_penalty, real_scores, fake_scores."""


class Game:
    """Generator, its average and discriminator in training (system.md 5).

    The state holds only what is trained: everything else is in the networks it started from.
    """

    def __init__(
        self,
        networks: Networks,
        config: FineTuneConfig,
        device: torch.device,
        ranks: Ranks = ALONE,
    ):
        """Copy the networks to the device; check that the parts to be trained exist.

        Of several processes each plays its own part of every batch, which is what its steps are
        given; the figures that they return are the whole batch's.

        Raises:
            InputError: a network is missing, or has no part of the configured name.
        """
        if networks.generator is None or networks.discriminator is None:
            raise InputError("fine-tuning needs a checkpoint with generator and discriminator.")
        averaged = config.ema_decay is not None and networks.generator_smooth is not None
        start = networks.generator_smooth if averaged else networks.generator
        layout = torch.channels_last if config.channels_last else torch.contiguous_format
        self.config, self.device, self.ranks = config, device, ranks
        self.generator = deepcopy(start).to(device, memory_format=layout).train()
        self.average = deepcopy(self.generator).eval().requires_grad_(False)
        self.discriminator = deepcopy(networks.discriminator)
        self.discriminator = self.discriminator.to(device, memory_format=layout).train()
        self._choose_trained()
        self._make_optimizers()
        if config.compile:
            self.generator.synthesis.compile()

    def _choose_trained(self) -> None:
        last = 2 * self.discriminator.num_blocks
        kept = range(last + 1 - self.config.discriminator_layers, last + 1)
        self._last_layers = _parameters_of(self.discriminator, [f"layer{i}" for i in kept])
        self._generator_trained = _parameters_of(self.generator, self.config.generator_parts)
        whole = self.config.warmup_steps > 0
        everything = dict(self.discriminator.named_parameters())
        self._discriminator_trained = everything if whole else self._last_layers
        self.generator.requires_grad_(False)
        self.discriminator.requires_grad_(False)
        _set_trained(self._generator_trained, True)
        _set_trained(self._discriminator_trained, True)

    def _make_optimizers(self) -> None:
        config = self.config
        mapping, others = [], []
        for name, parameter in self._generator_trained.items():
            # The label matrix is not stored divided by 0.01, as the mapping's layers are.
            (mapping if name.startswith("mapping.dense") else others).append(parameter)
        groups = [
            {"params": mapping, "lr": config.mapping_learning_rate},
            {"params": others, "lr": config.generator_learning_rate},
        ]
        common = {"betas": config.betas, "weight_decay": config.weight_decay}
        self._generator_optimizer = torch.optim.AdamW(groups, **common)
        self._discriminator_optimizer = torch.optim.AdamW(
            self._discriminator_trained.values(), lr=config.discriminator_learning_rate, **common
        )

    def freeze_features(self) -> None:
        """Train only the discriminator's last layers from here on (after the warm-up)."""
        self._discriminator_optimizer.zero_grad()
        _set_trained(self._discriminator_trained, False)
        _set_trained(self._last_layers, True)

    def draw(self, label: Tensor | None, count: int) -> Tensor:
        """Draw training images [count, 3, H, W], moving the mean `w`."""
        z = self.ranks.randn(count, self.generator.z_dim, device=self.device)
        with self._autocast():
            fakes = draw_training_images(
                self.generator,
                z,
                label,
                self.config.style_mixing,
                self.config.w_average_decay,
                ranks=self.ranks,
            )
        return fakes.float()

    def step_discriminator(
        self, reals: Tensor, label: Tensor | None, drawn_label: Tensor | None, r1_weight: float
    ) -> Step:
        """Let the discriminator learn from reals [N, 3, H, W] and as many drawn images.

        `r1_weight` multiplies the configured gamma; 0 leaves the penalty out of this step.
        """
        r1_gamma = self.config.r1_gamma * r1_weight
        with torch.no_grad():
            fakes = self.draw(drawn_label, len(reals))
        # The penalty's second derivatives stay in float32.
        with self._autocast(enabled=not r1_gamma):
            measured = discriminator_loss(
                self.discriminator, reals, fakes, label, r1_gamma, self.ranks
            )
        self._descend(self._discriminator_optimizer, measured.loss)
        penalty = measured.r1_penalty if r1_gamma else None
        return self._figures(measured.logistic, measured.real_scores, measured.fake_scores, penalty)

    def step_generator(
        self, label: Tensor | None, drawn_label: Tensor | None, count: int
    ) -> Tensor:
        """Let the generator learn from `count` drawn images; return its loss."""
        fakes = self.draw(drawn_label, count)
        with self._autocast(), _resting(self._discriminator_trained):
            loss = generator_loss(self.discriminator, fakes, label, self.ranks)
        self._descend(self._generator_optimizer, loss)
        self._follow()
        return self.ranks.mean(loss.detach())

    def features(self, images: Tensor) -> Tensor:
        """What the discriminator's frozen layers make of images [N, 3, H, W]: [N, C, 4, 4]."""
        with self._autocast():
            return self.discriminator.features(images)

    def step_both(
        self,
        real_features: Tensor,
        label: Tensor | None,
        drawn_label: Tensor | None,
        penalised: Tensor | None,
        r1_weight: float,
    ) -> Step:
        """Let both players learn from one drawn batch, with the frozen layers run only once.

        Args:
            real_features: `features` of the reals, [N, C, 4, 4].
            label: what the discriminator is told, [N, L].
            drawn_label: what the generator is told, [N, L].
            penalised: the reals themselves, [N, 3, H, W]; None leaves R1 out of this step.
            r1_weight: multiplies the configured gamma.
        """
        drawn = self.features(self.draw(drawn_label, len(real_features)))
        real_scores = self._score(real_features, label)
        fake_scores = self._score(drawn.detach(), label)
        own = self.ranks.own
        d_loss, penalty = logistic_loss(own(real_scores), own(fake_scores)), None
        if penalised is not None:
            reals = penalised.detach().requires_grad_(True)
            features = self.discriminator.features(reals)
            scores = score_batch(self.discriminator, features, label, self.ranks)
            penalty = r1_penalty(reals, own(scores))
            d_loss = d_loss + 0.5 * self.config.r1_gamma * r1_weight * penalty
            penalty = self.ranks.mean(penalty.detach())
        self._descend(self._discriminator_optimizer, d_loss)
        with _resting(self._last_layers):
            g_loss = F.softplus(-own(self._score(drawn, label))).mean()
        self._descend(self._generator_optimizer, g_loss)
        self._follow()
        real_scores, fake_scores = real_scores.detach(), fake_scores.detach()
        loss = logistic_loss(real_scores, fake_scores)
        figures = self._figures(loss, real_scores, fake_scores, penalty)
        return figures | {"g_loss": self.ranks.mean(g_loss.detach())}

    def weights(self) -> Weights:
        """Return copies, on the CPU, of everything that training changes."""
        return {
            name: {key: value.detach().cpu().clone() for key, value in values.items()}
            for name, values in self._changing().items()
        }

    @torch.no_grad()
    def load_weights(self, weights: Mapping[str, Mapping[str, Tensor]]) -> None:
        """Put back what `weights` returned."""
        for name, values in self._changing().items():
            for key, value in values.items():
                value.copy_(weights[name][key])

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps: weights and optimizers."""
        return {
            "weights": self.weights(),
            "generator_optimizer": self._generator_optimizer.state_dict(),
            "discriminator_optimizer": self._discriminator_optimizer.state_dict(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a checkpoint."""
        self.load_weights(state["weights"])
        self._generator_optimizer.load_state_dict(state["generator_optimizer"])
        self._discriminator_optimizer.load_state_dict(state["discriminator_optimizer"])

    def networks(self) -> Networks:
        """Return generator, discriminator and average, on the CPU and in eval mode."""
        played = (self.generator, self.discriminator, self.average)
        copies = (
            deepcopy(network).to("cpu", memory_format=torch.contiguous_format) for network in played
        )
        return Networks(*(network.eval().requires_grad_(True) for network in copies))

    def _autocast(self, enabled: bool = True) -> AbstractContextManager:
        wanted = enabled and use_bfloat16(self.config.precision, self.device)
        return torch.autocast(self.device.type, torch.bfloat16, enabled=wanted)

    def _score(self, features: Tensor, label: Tensor | None) -> Tensor:
        with self._autocast():
            return score_batch(self.discriminator, features, label, self.ranks).float()

    def _figures(
        self, loss: Tensor, real_scores: Tensor, fake_scores: Tensor, penalty: Tensor | None
    ) -> Step:
        """The discriminator's figures; the penalty counts once, however seldom it is taken."""
        figures = {"real_scores": real_scores, "fake_scores": fake_scores}
        if penalty is None:
            return figures | {"d_loss": loss}
        return figures | {
            "d_loss": loss + 0.5 * self.config.r1_gamma * penalty,
            "r1_penalty": penalty,
        }

    def _descend(self, optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
        optimizer.zero_grad()
        loss.backward()
        self.ranks.average_gradients(
            parameter for group in optimizer.param_groups for parameter in group["params"]
        )
        optimizer.step()

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the average towards the generator; without a decay it equals the generator."""
        average = dict(self.average.named_parameters())
        for name, parameter in self._generator_trained.items():
            average[name].lerp_(parameter, 1 - (self.config.ema_decay or 0.0))
        self.average.truncation.w_avg.copy_(self.generator.truncation.w_avg)

    def _changing(self) -> Weights:
        average = dict(self.average.named_parameters())
        return {
            "generator": self._generator_trained | {"w_avg": self.generator.truncation.w_avg},
            "average": {name: average[name] for name in self._generator_trained}
            | {"w_avg": self.average.truncation.w_avg},
            "discriminator": self._discriminator_trained,
        }


def use_bfloat16(precision: str, device: torch.device) -> bool:
    """Tell whether the networks' passes run in bfloat16; `auto` asks what the device can do."""
    if precision != "auto":
        return precision == "bfloat16"
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and bool(torch.cpu.get_capabilities().get("avx512_bf16"))


def _parameters_of(network: nn.Module, parts: Iterable[str]) -> dict[str, nn.Parameter]:
    """The parameters of the named submodules, by their name in the network."""
    modules = dict(network.named_modules())
    if missing := [part for part in parts if part not in modules]:
        there = ", ".join(name for name in modules if len(name) > 0 and name.count(".") < 2)
        raise InputError(
            f"fine-tuning: the {type(network).__name__.lower()} has no part {missing[0]!r}; "
            f"change `generator_parts` to some of {there}."
        )
    inside = tuple(f"{part}." for part in parts)
    return {name: value for name, value in network.named_parameters() if name.startswith(inside)}


def _set_trained(parameters: Mapping[str, nn.Parameter], trained: bool) -> None:
    for parameter in parameters.values():
        parameter.requires_grad_(trained)


@contextmanager
def _resting(parameters: Mapping[str, nn.Parameter]) -> Iterator[None]:
    """Within the block the parameters get no gradients; what flows through them still does."""
    trained = {name: value for name, value in parameters.items() if value.requires_grad}
    _set_trained(trained, False)
    try:
        yield
    finally:
        _set_trained(trained, True)
