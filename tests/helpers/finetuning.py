"""Small networks, fine-tuned on noise."""

import json
import time

import numpy as np
import torch

from vectorfind.config.finetune import FineTuneConfig
from vectorfind.finetuning.train import finetune
from vectorfind.stylegan import (
    Networks,
    build_discriminator,
    build_generator,
    make_conditional,
)

IMAGES = np.random.default_rng(0).integers(0, 255, (40, 16, 16, 3), dtype=np.uint8)
LABELS = np.random.default_rng(1).normal(size=(40, 7)).astype(np.float32)
SMALL = {"steps": 12, "batch_size": 4, "monitor_interval": 4, "monitor_images": 8}
FAST = {"reuse_fakes": True, "r1_interval": 4, "warmup_steps": 5, "ema_decay": 0.9}
V8_PARTS = ("mapping", "synthesis.layer0", "synthesis.layer1", "synthesis.output0")


def small_networks():
    plain = Networks(build_generator(16, 16, 16, 128, 16), build_discriminator(16, 128, 16))
    return make_conditional(plain, seed=3)


def train(folder, labels=None, monitor=None, save_every_s=30.0, processes=1, **config):
    """Fine-tune the small networks; a config key overrides SMALL."""
    torch.set_num_threads(1)
    config = FineTuneConfig(**SMALL | config)
    return finetune(
        small_networks(),
        IMAGES,
        labels,
        config,
        seed=5,
        work_folder=folder,
        devices=["cpu"] * processes,
        monitor=monitor,
        name="finetune.v8",
        save_every_s=save_every_s,
    )


def rows(folder):
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    return [{k: v for k, v in json.loads(line).items() if k != "seconds"} for line in lines]


def changed(before, after):
    return {
        name
        for name, value in before.named_parameters()
        if not torch.equal(value, after.get_parameter(name))
    }


def same(first, second):
    return all(
        torch.equal(value, other)
        for name in ("generator", "discriminator", "generator_smooth")
        for value, other in zip(
            getattr(first, name).state_dict().values(),
            getattr(second, name).state_dict().values(),
            strict=True,
        )
    )


def slow_monitor(images):
    """Figures that rise and fall, and time enough for a kill."""
    time.sleep(0.02)
    return {"pass_share": float(images.astype(float).mean() % 1)}


def saved_step(folder):
    path = folder / "checkpoint.pt"
    return torch.load(path, weights_only=True)["step"] if path.exists() else -1
