"""One file with everything that steers a face: `results/vectorfind_v8.pt`."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vectorfind.checkpoints import pack_generator, unpack_generator
from vectorfind.directions.directions import Directions, from_state
from vectorfind.errors import InputError
from vectorfind.files import write_weights
from vectorfind.networks import FaceGenerator
from vectorfind.scoring import PropertyScorer, load_scorer
from vectorfind.steering.face import SteerableFace
from vectorfind.stylegan.state import StateError
from vectorfind.stylegan.unpickling import read_torch_file

FORMAT = "vectorfind bundle"
FORMAT_VERSION = 3


def save_bundle(
    path: str | Path,
    generator: FaceGenerator,
    scorer_path: str | Path,
    directions: Directions,
    facts: dict[str, Any],
) -> None:
    """Write a bundle, atomically; it loads with `weights_only=True`.

    Args:
        path: file to write.
        generator: the generator that is steered.
        scorer_path: file of the merged scorer; it is embedded as it is.
        directions: in the generator's w, found with that scorer.
        facts: plain values that are kept beside it: unit_why, figures per direction, sample
            counts, seeds, sha256 of the source checkpoint, resolved configuration.
    """
    state = directions.state()
    bundle = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "generator": pack_generator(generator),
        "scorer": torch.frombuffer(bytearray(Path(scorer_path).read_bytes()), dtype=torch.uint8),
        "groups": list(directions.names.groups),
        "directions": _tensors(state.pop("vectors")),
        "facts": facts,
        **state,
        "population": _tensors(state["population"]),
    }
    write_weights(path, bundle)


def _tensors(arrays: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
    return {name: torch.as_tensor(array) for name, array in arrays.items()}


def load_bundle(path: str | Path, device: torch.device | str = "cpu") -> SteerableFace:
    """Load a bundle as a face that can be steered.

    Raises:
        InputError: the file is missing, damaged, no bundle, or of a newer format.
    """
    bundle = read_torch_file(path)
    _check_format(path, bundle)
    try:
        return SteerableFace(
            generator=unpack_generator(bundle["generator"]),
            scorer=_scorer(bundle["scorer"]),
            directions=from_state(bundle | {"vectors": bundle["directions"]}),
            facts=bundle["facts"],
        ).to(device)
    except (KeyError, TypeError, AttributeError, RuntimeError, StateError, InputError) as error:
        raise InputError(
            f"{path}: the bundle is incomplete or damaged ({error}); build it again with "
            "`snakemake results/vectorfind_v8.pt`."
        ) from error


def is_bundle(content: Any) -> bool:
    """Tell whether a file's content is that of a bundle."""
    return isinstance(content, dict) and content.get("format") == FORMAT


def describe_bundle(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what people ask of a bundle's content, as plain values."""
    generator, facts = content["generator"], content["facts"]
    source = facts.get("source", {})
    return {
        "kind": f"{FORMAT}, format {content['format_version']}",
        "family": source.get("family", "StyleGAN v1"),
        "resolution": source.get("resolution", generator.get("resolution")),
        "steered": list(content["directions"]),
        "groups": list(content["groups"]),
        "method": content["method"],
        "unit": round(float(content["unit"]), 4),
        "unit_why": facts.get("unit_why", ""),
        "samples": facts.get("samples", "unknown"),
        "seeds": facts.get("seeds", {}),
        "made_from": source.get("path", "unknown"),
        "made_from_sha256": source.get("sha256", "unknown"),
    }


def _check_format(path: str | Path, bundle: Any) -> None:
    if not is_bundle(bundle):
        raise InputError(
            f"{path}: not a VectorFind bundle; give the results/vectorfind_v8.pt of a run."
        )
    if bundle.get("format_version") != FORMAT_VERSION:
        raise InputError(
            f"{path}: bundle format {bundle.get('format_version')}, this version of VectorFind "
            f"reads format {FORMAT_VERSION}; build the bundle again or update VectorFind."
        )


def _scorer(stored: Tensor) -> PropertyScorer:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "scorer.safetensors")
        path.write_bytes(stored.numpy().tobytes())
        return load_scorer(path)
