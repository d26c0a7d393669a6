"""Weights and what describes them in one safetensors file."""

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from vectorfind.errors import InputError
from vectorfind.files import atomic_path


def save_module(path: str | Path, module: nn.Module, kind: str, description: Any) -> None:
    """Write a module's state and its JSON `description`, atomically and in equal bytes."""
    state = {name: value.contiguous() for name, value in module.state_dict().items()}
    with atomic_path(path) as partial:
        # The library writes several entries of metadata in any order.
        save_file(state, partial, {kind: json.dumps(description)})


def load_module(path: str | Path, kind: str) -> tuple[dict[str, Any], Any]:
    """Read the state and the description that `save_module` wrote for this `kind`.

    Raises:
        InputError: the file is missing, damaged or of another kind.
    """
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise InputError(
            f"{path}: cannot be read as safetensors ({error}); delete it and run again."
        ) from None
    if list(metadata) != [kind]:
        held = ", ".join(metadata) or "unknown weights"
        raise InputError(f"{path}: holds {held}, not {kind}; delete it and run again.")
    try:
        return state, json.loads(metadata[kind])
    except ValueError:
        raise InputError(f"{path}: its description is damaged; delete it and run again.") from None
