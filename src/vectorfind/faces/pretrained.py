"""Segmentation models in Hugging Face format: network, names of the classes, what it takes.

SegFormers are built here; any other architecture is left to transformers.
"""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, NamedTuple

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from vectorfind.errors import InputError
from vectorfind.faces.segformer import MODEL_TYPE, Segformer

WEIGHTS = ("model.safetensors", "pytorch_model.bin")
RGB = 3
UNNAMED = 2
"""Classes of a config.json without names; LABEL_0, LABEL_1."""
SIDES = (
    *({"height", "width"}, {"shortest_edge"}, {"shortest_edge", "longest_edge"}, {"longest_edge"}),
    *({"max_height", "max_width"}, {"min_pixels", "max_pixels"}),
)
"""What a size in preprocessor_config.json may consist of."""


class InputFormat(NamedTuple):
    """What a parser takes; the defaults are what SegFormer was published with.

    Attributes:
        size: height and width.
        mean, std: per channel, of pixels in 0..1.
    """

    size: tuple[int, int] = (512, 512)
    mean: tuple[float, ...] = (0.485, 0.456, 0.406)
    std: tuple[float, ...] = (0.229, 0.224, 0.225)


class _Found(NamedTuple):
    network: nn.Module
    labels: dict[int, str]
    missing: list[str]


def load_pretrained(
    model: str | Path, revision: str | None = None
) -> tuple[nn.Module, dict[int, str], InputFormat]:
    """Load a folder or, by name, a model of the hub, on the CPU in float32.

    Returns:
        A network whose answer to `pixel_values` [N,3,H,W] has `logits` [N,C,h,w], the names of
        the classes, and what it takes.

    Raises:
        InputError: it cannot be loaded.
    """
    try:
        found = _segformer(model, revision) or _by_transformers(model, revision)
    except Exception as error:  # a damaged model can fail in any way
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        if isinstance(error, UnpicklingError):
            reason = "its weights are damaged or could run code"
        raise InputError(
            f"{model}: is no segmentation model in Hugging Face format ({reason}); give a folder "
            "with config.json and model.safetensors, or a hub name with its own revision"
            " while online."
        ) from error
    if found.missing:
        raise InputError(
            f"{model}: {len(found.missing)} of the model's tensors are not in its file, "
            f"{found.missing[0]} first; export or copy the parser again."
        )
    own = isinstance(found.network, Segformer)
    try:
        taken = (_input_format if own else _format_by_transformers)(model, revision)
    except Exception as error:  # a damaged description can fail in any way
        raise InputError(
            f"{model}: preprocessor_config.json cannot be used ({error}); copy the parser again."
        ) from error
    return found.network, found.labels, taken


def _segformer(model: str | Path, revision: str | None) -> _Found | None:
    """Load a SegFormer; None for what transformers is to load, or to say why it is none."""
    config = _json(model, revision, "config.json")
    if config.get("model_type") != MODEL_TYPE:
        return None
    weights = next(filter(None, (_file(model, revision, name) for name in WEIGHTS)), None)
    if weights is None:
        return None
    labels = _labels(config)
    network = Segformer(config, len(labels))
    if network.channels != RGB:
        raise ValueError(f"it takes {network.channels} channels, not RGB")
    return _Found(network, labels, _fill(network, _state(weights)))


def _labels(config: Mapping[str, Any]) -> dict[int, str]:
    count = config.get("num_labels", UNNAMED)
    named = config.get("id2label") or {index: f"LABEL_{index}" for index in range(count)}
    labels = {int(index): str(label) for index, label in named.items()}
    if sorted(labels) != list(range(len(labels))):
        raise ValueError(f"id2label numbers its classes {sorted(labels)}, not from 0 on")
    return labels


def _state(weights: Path) -> Mapping[str, Any]:
    if weights.suffix == ".safetensors":
        return load_file(weights)
    state = torch.load(weights, map_location="cpu", weights_only=True)
    if not isinstance(state, dict) or not all(isinstance(each, Tensor) for each in state.values()):
        raise ValueError(f"{weights.name} holds something else than tensors by name")
    return state


def _fill(network: nn.Module, state: Mapping[str, Tensor]) -> list[str]:
    """Copy the tensors of a file into the network; returns the names of those that it lacks."""
    shapes = {name: list(tensor.shape) for name, tensor in network.state_dict().items()}
    for name, tensor in state.items():
        if name not in shapes:
            raise ValueError(f"config.json describes no {name}, which is in its file")
        if list(tensor.shape) != shapes[name]:
            raise ValueError(
                f"{name} is {list(tensor.shape)} in its file, {shapes[name]} by config.json"
            )
    return sorted(network.load_state_dict(state, strict=False).missing_keys)


def _input_format(model: str | Path, revision: str | None) -> InputFormat:
    found = _json(model, revision, "preprocessor_config.json")
    default = InputFormat()
    return InputFormat(
        _size(found.get("size", default.size)),
        _of_channels(found, "image_mean", default.mean),
        _of_channels(found, "image_std", default.std),
    )


def _size(value: Any) -> tuple[int, int]:
    """Return height and width of a side, a pair, or sides by name."""
    sides = value
    if isinstance(value, Mapping):
        if set(value) not in SIDES:
            raise ValueError(f"size is {value!r}, not height and width")
        shortest = value.get("shortest_edge") or InputFormat().size[0]
        sides = (value.get("height") or shortest, value.get("width") or shortest)
    elif isinstance(value, int):
        sides = (value, value)
    height, width = sides
    if not all(type(side) is int and side > 0 for side in (height, width)):
        raise ValueError(f"size is {value!r}, not height and width")
    return height, width


def _of_channels(
    found: Mapping[str, Any], key: str, default: tuple[float, ...]
) -> tuple[float, ...]:
    values = tuple(map(float, found.get(key, default)))
    positive = key != "image_std" or min(values) > 0
    if len(values) != RGB or not all(map(math.isfinite, values)) or not positive:
        raise ValueError(f"{key} is {list(values)}, not three numbers that fit")
    return values


def _json(model: str | Path, revision: str | None, name: str) -> Mapping[str, Any]:
    """Read a JSON object; an empty one where there is no such file."""
    path = _file(model, revision, name)
    content = json.loads(path.read_text(encoding="utf-8")) if path else {}
    if not isinstance(content, dict):
        raise ValueError(f"{name} holds no object")
    return content


def _file(model: str | Path, revision: str | None, name: str) -> Path | None:
    """Return where a file of the model is, fetched if need be; None where it is not to be had."""
    if Path(model).is_dir():
        return path if (path := Path(model, name)).is_file() else None
    # Imported late: a parser in a folder needs none of it.
    from huggingface_hub import hf_hub_download

    try:
        return Path(hf_hub_download(str(model), name, revision=revision))
    except Exception:  # a download can fail in any way; transformers tells them apart
        return None


def _by_transformers(model: str | Path, revision: str | None) -> _Found:
    # Imported late: it takes seconds, and SegFormers need none of it.
    from transformers import AutoModelForSemanticSegmentation

    network, found = AutoModelForSemanticSegmentation.from_pretrained(
        model,
        revision=revision,
        dtype=torch.float32,
        output_loading_info=True,
        trust_remote_code=False,
    )
    return _Found(network, network.config.id2label, sorted(found["missing_keys"]))


def _format_by_transformers(model: str | Path, revision: str | None) -> InputFormat:
    from transformers import AutoImageProcessor

    try:
        processor = AutoImageProcessor.from_pretrained(
            model, revision=revision, trust_remote_code=False
        )
    except OSError:  # without preprocessor_config.json
        return InputFormat()
    sides = dict(processor.size)
    shortest = sides.get("shortest_edge") or InputFormat().size[0]
    size = (sides.get("height") or shortest, sides.get("width") or shortest)
    return InputFormat(size, tuple(processor.image_mean), tuple(processor.image_std))
