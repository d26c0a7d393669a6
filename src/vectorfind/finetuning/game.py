"""The two players of a fine-tuning: what is trained, their optimizers, and one step of each."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from vectorfind.config.finetune import FineTuneConfig
from vectorfind.errors import InputError
from vectorfind.finetuning.losses import (
    discriminator_loss,
    draw_training_images,
    generator_loss,
    logistic_loss,
    non_saturating_loss,
    penalised_scores,
    score_batch,
)
from vectorfind.finetuning.trained import parameters_of, resting, set_trained
from vectorfind.stylegan.checkpoints import Networks
from vectorfind.training import place
from vectorfind.training.ranks import ALONE, Ranks

Player = TypeVar("Player", bound=nn.Module)
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
        *,
        ranks: Ranks = ALONE,
    ):
        """Copy the networks to the device; check that the parts to be trained exist.

        Of several processes each plays its own part of every batch, which is what its steps are
        given; the figures that they return are the whole batch's.

        Raises:
            InputError: a network is missing, or has no part of the configured name.
        """
        self.config, self.device, self.ranks = config, device, ranks
        self._copy(networks)
        self._choose_trained()
        self._make_optimizers()
        if config.compile:
            self.generator.synthesis.compile()

    def _copy(self, networks: Networks) -> None:
        if networks.generator is None or networks.discriminator is None:
            raise InputError("fine-tuning needs a checkpoint with generator and discriminator.")
        smooth = None if self.config.ema_decay is None else networks.generator_smooth
        start = networks.generator if smooth is None else smooth
        layout = torch.channels_last if self.config.channels_last else torch.contiguous_format
        self.generator = place(deepcopy(start), self.device, layout).train()
        self.average = deepcopy(self.generator).eval().requires_grad_(False)
        self.discriminator = place(deepcopy(networks.discriminator), self.device, layout).train()

    def _choose_trained(self) -> None:
        last = 2 * self.discriminator.num_blocks
        kept = range(last + 1 - self.config.discriminator_layers, last + 1)
        self._last_layers = parameters_of(self.discriminator, [f"layer{i}" for i in kept])
        self._generator_trained = parameters_of(self.generator, self.config.generator_parts)
        whole = self.config.warmup_steps > 0
        everything = dict(self.discriminator.named_parameters())
        self._discriminator_trained = everything if whole else self._last_layers
        self.generator.requires_grad_(False)
        self.discriminator.requires_grad_(False)
        set_trained(self._generator_trained, True)
        set_trained(self._discriminator_trained, True)

    def _make_optimizers(self) -> None:
        config = self.config
        mapping: list[nn.Parameter] = []
        others: list[nn.Parameter] = []
        for name, parameter in self._generator_trained.items():
            # The label matrix is not stored divided by 0.01, as the mapping's layers are.
            (mapping if name.startswith("mapping.dense") else others).append(parameter)
        groups = [
            {"params": mapping, "lr": config.mapping_learning_rate},
            {"params": others, "lr": config.generator_learning_rate},
        ]
        common: dict[str, Any] = {"betas": config.betas, "weight_decay": config.weight_decay}
        self._generator_optimizer = torch.optim.AdamW(groups, **common)
        self._discriminator_optimizer = torch.optim.AdamW(
            self._discriminator_trained.values(), lr=config.discriminator_learning_rate, **common
        )

    def freeze_features(self) -> None:
        """Train only the discriminator's last layers from here on (after the warm-up)."""
        self._discriminator_optimizer.zero_grad()
        set_trained(self._discriminator_trained, False)
        set_trained(self._last_layers, True)

    def draw(self, label: Tensor | None, count: int) -> Tensor:
        """Draw training images [count, 3, H, W], moving the mean `w`."""
        z = self.ranks.randn(count, self.generator.z_dim, device=self.device)
        with self._autocast():
            fakes = draw_training_images(
                self.generator,
                z,
                label,
                style_mixing=self.config.style_mixing,
                w_avg_decay=self.config.w_average_decay,
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
                self.discriminator, reals, fakes, label=label, r1_gamma=r1_gamma, ranks=self.ranks
            )
        self._descend(self._discriminator_optimizer, measured.loss)
        penalty = measured.r1_penalty if r1_gamma else None
        return self._figures(measured.logistic, measured.real_scores, measured.fake_scores, penalty)

    def step_generator(
        self, label: Tensor | None, drawn_label: Tensor | None, count: int
    ) -> Tensor:
        """Let the generator learn from `count` drawn images; return its loss."""
        fakes = self.draw(drawn_label, count)
        with self._autocast(), resting(self._discriminator_trained):
            loss = generator_loss(self.discriminator, fakes, label, ranks=self.ranks)
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
            _, penalty = penalised_scores(self.discriminator, penalised, label, ranks=self.ranks)
            d_loss = d_loss + 0.5 * self.config.r1_gamma * r1_weight * penalty
            penalty = self.ranks.mean(penalty.detach())
        self._descend(self._discriminator_optimizer, d_loss)
        with resting(self._last_layers):
            g_loss = non_saturating_loss(own(self._score(drawn, label)))
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
        return Networks(
            _finished(self.generator), _finished(self.discriminator), _finished(self.average)
        )

    def _autocast(self, enabled: bool = True) -> torch.autocast:
        wanted = enabled and use_bfloat16(self.config.precision, self.device)
        return torch.autocast(self.device.type, torch.bfloat16, enabled=wanted)

    def _score(self, features: Tensor, label: Tensor | None) -> Tensor:
        with self._autocast():
            return score_batch(self.discriminator, features, label, ranks=self.ranks).float()

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

    def _changing(self) -> Mapping[str, Mapping[str, Tensor]]:
        average = dict(self.average.named_parameters())
        return {
            "generator": self._generator_trained | {"w_avg": self.generator.truncation.w_avg},
            "average": {name: average[name] for name in self._generator_trained}
            | {"w_avg": self.average.truncation.w_avg},
            "discriminator": self._discriminator_trained,
        }


def _finished(network: Player) -> Player:
    """Return a copy on the CPU and in eval mode."""
    copy = place(deepcopy(network), torch.device("cpu"), torch.contiguous_format)
    return copy.eval().requires_grad_(True)


def use_bfloat16(precision: str, device: torch.device) -> bool:
    """Tell whether the networks' passes run in bfloat16; `auto` asks what the device can do."""
    if precision != "auto":
        return precision == "bfloat16"
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and bool(torch.cpu.get_capabilities().get("avx512_bf16"))
