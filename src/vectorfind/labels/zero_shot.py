"""Labels from a vision-language model that was never trained on them (SigLIP 2)."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from transformers import AutoModel, AutoProcessor

from vectorfind.errors import InputError
from vectorfind.images import Images, blocks
from vectorfind.labels.rounding import labels_of


def label_zero_shot(
    model: str,
    ids: Sequence[int],
    images: Images,
    prompts: Mapping[str, tuple[str, str]],
    *,
    revision: str | None = None,
    device: torch.device | str = "cpu",
    batch_size: int = 32,
) -> pd.DataFrame:
    """Return image_id and, per attribute, 0 or 1: the prompt that fits the image better.

    Args:
        model: Hugging Face name or folder of a SigLIP model with its processor.
        ids: N image ids.
        images: uint8 [N,H,W,3] RGB, in the order of `ids`.
        prompts: per attribute, what an image with label 0, and one with label 1, is a picture of.
        revision: the pinned revision of a model from the hub.
        device: where the model runs.
        batch_size: images at once.

    Raises:
        InputError: the model cannot be loaded.
    """
    texts = list(prompts.values())
    probabilities = zero_shot_probabilities(
        model, images, texts, revision=revision, device=device, batch_size=batch_size
    )
    return labels_of(ids, dict(zip(prompts, probabilities.T, strict=True)))


@torch.inference_mode()
def zero_shot_probabilities(
    model: str,
    images: Images,
    prompts: Sequence[tuple[str, str]],
    *,
    revision: str | None = None,
    device: torch.device | str = "cpu",
    batch_size: int = 32,
) -> np.ndarray:
    """Return [N, A] probabilities of label 1, one per pair of prompts; see `label_zero_shot`."""
    network, processor = _load(model, revision)
    network = network.to(device).eval()
    texts = [prompt for pair in prompts for prompt in pair]
    results = [np.zeros((0, len(prompts)), np.float32)]
    for _, batch in blocks(images, batch_size):
        inputs = _inputs(processor, texts, batch)
        fit = network(**inputs.to(device)).logits_per_image.unflatten(1, (len(prompts), 2))
        results.append(fit.softmax(2)[..., 1].float().cpu().numpy())
    return np.concatenate(results)


def _inputs(processor: Any, texts: list[str], images: np.ndarray) -> Any:
    return processor(
        text=texts,
        images=list(images),
        # SigLIP was trained with texts padded to 64 tokens.
        padding="max_length",
        max_length=64,
        truncation=True,
        return_tensors="pt",
    )


def _load(model: str, revision: str | None) -> tuple[Any, Any]:
    try:
        options: dict[str, Any] = {"revision": revision, "trust_remote_code": False}
        network = AutoModel.from_pretrained(model, **options)
        return network, AutoProcessor.from_pretrained(model, **options)
    except (OSError, ValueError, ImportError) as error:
        reason = str(error).strip().splitlines()[0]
        raise InputError(
            f"labels.zero_shot_model {model!r} cannot be loaded ({reason}); give a SigLIP model "
            "on the hub or a folder with its files."
        ) from error
