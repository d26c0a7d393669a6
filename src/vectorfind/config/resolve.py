"""From a configuration's values to the checked whole, and what follows from it."""

import hashlib
import re
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from vectorfind.config.config import Config
from vectorfind.errors import InputError
from vectorfind.files import atomic_path


def resolve_config(values: dict[str, Any], source: str = "the configuration") -> Config:
    """Check `values` and fill in the defaults, key by key: part of a section keeps the rest.

    Raises:
        InputError: naming every key that is unknown, of a wrong type or out of range.
    """
    try:
        return Config.model_validate(lay_over(Config().model_dump(), values))
    except ValidationError as error:
        raise InputError(_explain(error, source)) from None


def lay_over(values: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Return `values` with those of `over` on top, section by section, as Snakemake does."""
    result = dict(values)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = lay_over(result[key], value) if both else value
    return result


def _explain(error: ValidationError, source: str) -> str:
    problems: dict[str, list[str]] = {}
    for problem in error.errors():
        unknown = problem["type"] == "extra_forbidden"
        # pydantic ends the place of a union's problem with the name of the alternative.
        place = [str(part) for part in problem["loc"] if unknown or not _ALTERNATIVE(str(part))]
        messages = problems.setdefault(".".join(place) or "configuration", [])
        messages.append("unknown key" if unknown else problem["msg"])
    lines = "\n".join(f"  {key}: {', or '.join(texts)}" for key, texts in problems.items())
    return f"{source} has {len(problems)} problem(s):\n{lines}\nconfig/README.md lists every key."


_ALTERNATIVE = re.compile(r"literal\[|constrained-|(bool|int|float|str)$").match


def stage_seed(seed: int, name: str) -> int:
    """Return the seed of one stage, below 2**32: stable, and unlike that of any other stage."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{name}".encode()).digest()[:4], "big")


def write_config(path: str | Path, config: Config) -> None:
    """Write the resolved configuration as YAML; it resolves to the same again."""
    values = _with_gaps(config.model_dump(mode="json"), Config().model_dump(mode="json"))
    with atomic_path(path) as partial:
        partial.write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")


def _with_gaps(values: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """Return `values` with null where a row that is there by default was taken out."""
    gaps = {key: None for key in defaults if key not in values}
    return gaps | {
        key: _with_gaps(value, defaults.get(key) or {}) if isinstance(value, dict) else value
        for key, value in values.items()
    }
