"""Looks at the same faces as a fine-tuning goes: figures, a strip over time, the best weights."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from vectorfind.config.finetune import FineTuneConfig
from vectorfind.finetuning.game import Game
from vectorfind.finetuning.watch import Monitor, Watch
from vectorfind.pictures.sheets import contact_sheet, save_png
from vectorfind.stylegan.sampling import draw_latents, generate

STRIP_FACES = 8
STRIP_SIDE = 64
BATCH = 32


class Looks:
    """Draws the same random faces from the average now and then, and keeps the best weights."""

    def __init__(
        self, game: Game, config: FineTuneConfig, seed: int, monitor: Monitor | None, watch: Watch
    ):
        self._game, self._monitor, self._watch = game, monitor, watch
        generator = game.average
        count = max(config.monitor_images, STRIP_FACES)
        # As in sampling, labels are random, also where training gives none (system.md 1.8, 1.14).
        self._latents = draw_latents(seed, 0, count, generator.z_dim, generator.label_dim)
        self._best = game.weights()
        self._strip: list[Tensor] = []

    def take(self) -> dict[str, float]:
        """Look at the faces as they are now; return the figures.

        Raises:
            InputError: their variety has collapsed.
        """
        drawn = generate(self._game.average, *self._latents, BATCH, self._game.device)
        images = torch.cat([part for _, part in drawn])
        self._strip.append(_reduced(images[:STRIP_FACES]))
        figures, best = self._watch.look(images.numpy(), self._monitor)
        if best:
            self._best = self._game.weights()
        return figures

    def restore_best(self) -> None:
        """Put the weights of the best look back into the game."""
        self._game.load_weights(self._best)

    def save_strip(self, path: str | Path) -> None:
        """Write the first faces over time: a column per face, a row per look from the top."""
        save_png(path, contact_sheet(torch.cat(self._strip).numpy(), STRIP_FACES))

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps."""
        return {"best": self._best, "strip": self._strip, "watch": self._watch.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a checkpoint."""
        self._best, self._strip = state["best"], list(state["strip"])
        self._watch.load_state_dict(state["watch"])


def _reduced(images: Tensor) -> Tensor:
    """Shrink uint8 [N,H,W,3] to at most STRIP_SIDE pixels a side."""
    if images.shape[1] <= STRIP_SIDE:
        return images.clone()
    planes = images.permute(0, 3, 1, 2).float()
    small = functional.adaptive_avg_pool2d(planes, STRIP_SIDE).round().to(torch.uint8)
    return small.permute(0, 2, 3, 1).contiguous()
