"""Which stages, shards and files a configuration asks for. The Snakefile imports it: no torch."""

import ast
import platform
import shutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from vectorfind.config import Config, lay_over
from vectorfind.errors import InputError
from vectorfind.files import read_json, sha256_of
from vectorfind.hub import hub_reference
from vectorfind.vocabulary import STAGES, split_measure, stages_from


def stages(config: Config) -> tuple[str, ...]:
    """Return the stages whose generators the chain uses, from `start_from` on (system.md 1)."""
    return stages_from(config.start_from)


def labelled_stages(config: Config) -> tuple[str, ...]:
    """Return the stages whose images are labelled, scored and filtered."""
    return tuple(name for name in stages(config) if STAGES[name].labelled)


def scorer_stage(config: Config, name: str) -> str:
    """Return the stage on whose images a property's part of the scorer is trained.

    Each stage says what it teaches (system.md 1.6, 1.11); a chain that starts later uses the first
    stage that it has for what an earlier one would have taught.
    """
    teaches = "labels" if config.vocabulary.properties[name].label else "others"
    here = stages(config)
    return next((stage for stage in here if STAGES[stage].teaches == teaches), here[0])


def learned_from(config: Config, stage: str) -> list[str]:
    """Return the properties whose part of the scorer is trained on a stage's images."""
    return [name for name in config.vocabulary.properties if scorer_stage(config, name) == stage]


def property_parts(config: Config, names: Sequence[str]) -> list[str]:
    """Return which properties' regressors one job trains, in parts such as `eyes+mouth`."""
    size = config.property_cnn.per_job
    return ["+".join(names[start : start + size]) for start in range(0, len(names), size)]


def shard_names(total: int, shard_size: int) -> list[str]:
    """Return the names of the shards that hold `total` items: `0000`, `0001`, .."""
    return [f"{index:04d}" for index in range(-(-total // shard_size))]


def shard_range(shard: str, total: int, shard_size: int) -> tuple[int, int]:
    """Return the first item of a shard and how many it holds."""
    start = int(shard) * shard_size
    return start, min(shard_size, total - start)


def gpus_per_job(config: Config) -> int:
    """Return how many of Snakemake's `gpu` resource a network job takes: 1, or 0 on a CPU.

    `device: auto` looks for NVIDIA's driver or Apple silicon; set the device by name where the
    machine that plans the workflow is not the one that runs it.
    """
    if config.device == "auto":
        apple = platform.system() == "Darwin" and platform.machine() == "arm64"
        return int(apple or shutil.which("nvidia-smi") is not None)
    return int(config.device != "cpu")


def if_there(path: str | None) -> list[str]:
    """Return the path as a list when it is set and the file exists.

    A user's file that is still missing must not stop a dry run; the job that reads it says
    where it belongs.
    """
    return [path] if path and Path(path).exists() else []


@cache
def content_of(path: str | None, imported: str = "results/import/checkpoint.json") -> str | None:
    """Return the SHA-256 of a checkpoint, or the one it had when it was imported and is gone.

    An unmounted disk then plans nothing anew; None where the file was never there. A file of the
    hub is what its reference says.
    """
    if hub_reference(path):
        return path
    if path is None or Path(path).is_file():
        return sha256_of(path) if path else None
    facts = read_json(imported) if Path(imported).exists() else {}
    known = [facts, facts.get("discriminator") or {}]
    return next((one["sha256"] for one in known if one.get("path") == path), None)


def check_measures(config: Config) -> None:
    """Look for the user's functions that measure properties, before hours are spent.

    Raises:
        InputError: a file is missing or no Python, or has no such function.
    """
    for name, row in config.vocabulary.properties.items():
        path, function = split_measure(row.measure or "")
        if path is None:
            continue
        key = f"vocabulary.properties.{name}.measure"
        if not Path(path).is_file():
            raise InputError(f"{key}: there is no Python file {path}; correct the path.")
        try:
            parts = ast.parse(Path(path).read_bytes(), path).body
        except (SyntaxError, ValueError) as error:
            raise InputError(f"{key}: {path} cannot be read as Python ({error}).") from error
        if function not in [part.name for part in parts if isinstance(part, ast.FunctionDef)]:
            raise InputError(f"{key}: {path} has no function {function!r}; correct the name.")


def check_pinned(config: Config) -> None:
    """Look for models of the hub without a revision: a change there would alter scores unseen.

    Raises:
        InputError: naming the key.
    """
    identity, labels = config.compare.identity, config.labels
    models = {
        "parser.revision": (config.parser.model, config.parser.revision),
        "compare.identity.revision": (identity.model, identity.revision),
    }
    if labels.source == "zero_shot":
        key = "labels.zero_shot_revision"
        models[key] = (labels.zero_shot_model, labels.zero_shot_revision)
    for key, (model, revision) in models.items():
        if model and revision is None and not hub_reference(model) and not Path(model).exists():
            raise InputError(
                f"{key}: {model} is no file or folder here, and a model of the hub needs its "
                "revision, since a change there would alter scores unseen; give the commit's "
                f"hash, from https://huggingface.co/{model}/commits/main, or a folder as the model."
            )


def with_paths_beside(values: dict[str, Any], folder: str | Path) -> dict[str, Any]:
    """Return a configuration whose relative paths, where absent here, are those in `folder`.

    So a run in another directory finds what the demo's configuration names beside the Snakefile. A
    command is no path.
    """
    return lay_over(values, _paths_beside(lay_over(Config().model_dump(), values), Path(folder)))


def _paths_beside(values: dict[str, Any], folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            found[key] = _paths_beside(value, folder)
        elif isinstance(value, str) and "/" in value and key != "command":
            # A measure is `file.py:function`.
            path = split_measure(value)[0] or value
            if not Path(path).exists() and (folder / path).exists():
                found[key] = str(folder / value)
    return {key: value for key, value in found.items() if value != {}}


def measure_files(config: Config) -> list[str]:
    """Return the user's files that measure properties."""
    measures = [row.measure for row in config.vocabulary.properties.values() if row.measure]
    return sorted({path for measure in measures if (path := split_measure(measure)[0])})


def own_scores(config: Config, stage: str) -> dict[str, str]:
    """Return the user's CSVs of scores, by property, that are of a stage's images."""
    rows = config.vocabulary.properties
    return {name: path for name in learned_from(config, stage) if (path := rows[name].scores)}
