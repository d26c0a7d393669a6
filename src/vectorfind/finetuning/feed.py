"""Which images, labels and penalty each step of a fine-tuning gets, and in which order."""

import torch
from torch import Tensor

from vectorfind.finetuning.game import Game, Step
from vectorfind.finetuning.reals import RealBatches
from vectorfind.training import seed_step

FEATURE_BATCH = 64
"""Reals run at once through the frozen layers."""


class Feed:
    """Plays the game on the reals, in the way that the recipe and the step call for."""

    def __init__(self, game: Game, reals: RealBatches):
        self.game, self._reals, self._config = game, reals, game.config
        self._share = game.ranks.share(game.config.batch_size)
        self._real_features: Tensor | None = None

    def step(self, step: int) -> Step:
        """Play one step: warm-up, both players on the same images, or the published order.

        Seeds torch, numpy and random for it.
        """
        seed_step(self._reals.seed, step)
        if step < self._config.warmup_steps:
            return self._step_discriminator(step)
        self.game.freeze_features()
        return self._step_both(step) if self._config.reuse_fakes else self._step_in_turn(step)

    def _step_in_turn(self, step: int) -> Step:
        """The discriminator's step, then the generator's until it has caught up (system.md 5)."""
        config, label, drawn = self._config, *self._labels(step)
        measured = self._step_discriminator(step)
        for turn in range(config.generator_steps):
            measured["g_loss"] = self.game.step_generator(label, drawn, self._share)
            # Comparing waits for the device, so not where there is nothing to decide.
            last = turn + 1 == config.generator_steps
            if last or measured["g_loss"] < config.loss_ratio * measured["d_loss"]:
                break
        return measured

    def _step_discriminator(self, step: int) -> Step:
        images, labels = self._reals.images(step), self._labels(step)
        return self.game.step_discriminator(images, *labels, self._r1_weight(step))

    def _step_both(self, step: int) -> Step:
        features = self._cached_features()[self._reals.indices(step)]
        weight = self._r1_weight(step)
        penalised = self._reals.images(step) if weight else None
        return self.game.step_both(features, *self._labels(step), penalised, weight)

    def _labels(self, step: int) -> tuple[Tensor | None, Tensor | None]:
        """Return what the discriminator and the generator are told, [B, L] each."""
        generator, device = self.game.generator, self.game.device
        if not generator.label_dim:
            return None, None
        label = self._reals.labels(step)
        if label is not None:
            return label, label
        zeros = torch.zeros(self._share, generator.label_dim, device=device)
        random = self._config.generator_labels == "random"
        return zeros, self.game.ranks.randn(*zeros.shape, device=device) if random else zeros

    def _r1_weight(self, step: int) -> float:
        """Lazy regularisation: the interval's whole weight on its first step, else none."""
        interval = self._config.r1_interval
        return float(interval) if self._config.r1_gamma and step % interval == 0 else 0.0

    @torch.no_grad()
    def _cached_features(self) -> Tensor:
        if self._real_features is None:
            parts = [self.game.features(part) for part in self._reals.in_order(FEATURE_BATCH)]
            self._real_features = torch.cat(parts)
        return self._real_features
