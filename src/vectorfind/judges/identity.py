"""Who a face is: features by a face-recognition network that the user names."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from vectorfind.errors import InputError

ARCFACE_SIZE = 112
"""Height and width that ArcFace and its kin take where a file does not say another size."""
BATCH = 16


def load_embedder(
    model: str | Path,
    revision: str | None = None,
    crop: float = 1.0,
    *,
    mean: float = 127.5,
    std: float = 127.5,
    device: str | torch.device = "cpu",
) -> Callable[[Tensor], np.ndarray]:
    """Return a function from uint8 images [N, H, W, 3] to features float32 [N, D].

    Args:
        model: an ONNX file (ArcFace, SFace, ..), a folder with one, a folder in Hugging Face
            format, or the name of either on the hub.
        revision: commit of a hub repository.
        crop: share of the image's height and width, from its middle, that the network sees.
        mean: of an ONNX network's input: it takes (pixel - mean) / std, RGB.
        std: see `mean`.
        device: where a network in Hugging Face format runs; ONNX runs on the CPU.

    Raises:
        InputError: there is no such network, or it cannot be read.
    """
    folder = Path(model) if Path(model).exists() else _from_hub(str(model), revision)
    files = [folder] if folder.is_file() else sorted(folder.glob("*.onnx"))
    if len(files) == 1:
        embed = _onnx_embedder(files[0], mean, std)
    elif not files and (folder / "config.json").exists():
        embed = _hugging_face_embedder(folder, torch.device(device))
    else:
        raise InputError(
            f"{model}: holds {len(files)} ONNX files and no network in Hugging Face format; name "
            "one .onnx file, or a folder with config.json and model.safetensors."
        )
    return lambda images: _in_batches(embed, _middle(images.cpu().numpy(), crop))


def _from_hub(model: str, revision: str | None) -> Path:
    # Imported late: it takes most of a second.
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(model, revision=revision))
    except Exception as error:
        reason = str(error).strip().splitlines()[0]
        raise InputError(
            f"{model}: neither a file or folder here nor to be had from the hub ({reason}); give "
            "the path of a face-recognition network."
        ) from error


def _onnx_embedder(path: Path, mean: float, std: float) -> Callable[[np.ndarray], np.ndarray]:
    try:
        network = cv2.dnn.readNetFromONNX(str(path))
    except cv2.error as error:
        raise InputError(f"{path}: not a readable ONNX network ({error.err}).") from error
    size = (ARCFACE_SIZE, ARCFACE_SIZE)

    def embed(images: np.ndarray) -> np.ndarray:
        network.setInput(cv2.dnn.blobFromImages(list(images), 1 / std, size, (mean,) * 3))
        return network.forward().reshape(len(images), -1)

    try:
        embed(np.zeros((1, *size, 3), np.uint8))
    except cv2.error as error:
        raise InputError(
            f"{path}: does not take RGB faces [N, 3, {size[0]}, {size[1]}] ({error.err})."
        ) from error
    return embed


def _hugging_face_embedder(
    folder: Path, device: torch.device
) -> Callable[[np.ndarray], np.ndarray]:
    # Imported late: it takes seconds.
    from transformers import AutoImageProcessor, AutoModel

    try:
        options: dict[str, Any] = {"trust_remote_code": False}
        network = AutoModel.from_pretrained(folder, dtype=torch.float32, **options)
        network = network.eval().to(device)
        processor = AutoImageProcessor.from_pretrained(folder, **options)
    except Exception as error:
        raise InputError(f"{folder}: not a network in Hugging Face format ({error}).") from error

    @torch.inference_mode()
    def embed(images: np.ndarray) -> np.ndarray:
        pixels = processor(images=list(images), return_tensors="pt")["pixel_values"].to(device)
        found = network(pixel_values=pixels)
        pooled = getattr(found, "pooler_output", None)
        pooled = found.last_hidden_state.mean(1) if pooled is None else pooled
        return pooled.flatten(1).cpu().numpy()

    return embed


def _middle(images: np.ndarray, crop: float) -> np.ndarray:
    height, width = images.shape[1:3]
    top, left = round(height * (1 - crop) / 2), round(width * (1 - crop) / 2)
    return images[:, top : height - top, left : width - left]


def _in_batches(embed: Callable[[np.ndarray], np.ndarray], images: np.ndarray) -> np.ndarray:
    parts = [embed(images[start : start + BATCH]) for start in range(0, len(images), BATCH)]
    return np.concatenate(parts)
