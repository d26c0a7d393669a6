"""Which stages, shards and files a configuration asks for. The Snakefile imports it: no torch."""

import platform
import shutil
from collections.abc import Sequence
from pathlib import Path

from vectorfind.config import STAGES, Config
from vectorfind.names import LABELS, STAGE_ATTRIBUTES


def stages(config: Config) -> tuple[str, ...]:
    """Return the stages whose generators the chain uses, from `start_from` on (system.md 1)."""
    return STAGES[STAGES.index(config.start_from) :]


def labelled_stages(config: Config) -> tuple[str, ...]:
    """Return the stages whose images are labelled, scored and filtered."""
    return tuple(stage for stage in stages(config) if stage in STAGE_ATTRIBUTES)


def scorer_stage(config: Config, name: str) -> str:
    """Return the stage on whose images a property's part of the scorer is trained.

    The seven label properties come from the first population of the chain, hairstyle from
    FineTune-v1's (system.md 1.6, 1.11); a chain that starts later uses what it has.
    """
    first = stages(config)[0]
    if first == "original" and name not in LABELS:
        return "finetune_v1"
    return first


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
