"""What the judges of an image test measured, in memory and on disk; without torch."""

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from vectorfind.data.origin import require_one_origin
from vectorfind.errors import InputError
from vectorfind.files import atomic_path
from vectorfind.vocabulary import PUBLISHED_NAMES, Names


@dataclass(frozen=True)
class Measurements:
    """What one judge measured on n faces, for its P columns and the offsets of S properties.

    `correlations` and `slopes` are [n, P, S]: Pearson correlation of each score with each offset
    over a face's K images (0 for a score that does not move), and its change per unit of offset;
    `unedited` [n, P] are the scores before any edit.
    """

    columns: tuple[str, ...]
    correlations: np.ndarray
    slopes: np.ndarray
    unedited: np.ndarray


@dataclass(frozen=True)
class FaceResults:
    """The image test of n faces: case numbers [n], group indices [n], one entry per judge.

    `names` are those of steered properties and groups; `identity` [n], where an embedding is given:
    mean cosine between a face's K images and itself; `origin` says what they were made from.
    """

    cases: np.ndarray
    groups: np.ndarray
    judges: dict[str, Measurements]
    identity: np.ndarray | None = None
    names: Names = PUBLISHED_NAMES
    origin: str = ""

    def own_columns(self, judge: str) -> list[int]:
        """Return where a judge's columns have the steered properties, in their order."""
        return [self.judges[judge].columns.index(name) for name in self.names.steered]

    def own_correlations(self, judge: str) -> np.ndarray:
        """Return the correlation of the steered properties with their own offsets, [n, S]."""
        rows = self.own_columns(judge)
        return self.judges[judge].correlations[:, rows, range(len(rows))]


def merge_results(parts: list[FaceResults]) -> FaceResults:
    """Join the results of several shards, in the order given.

    Raises:
        InputError: they are of several runs.
    """
    require_one_origin((f"faces from {part.cases[0]} on", part.origin) for part in parts)
    judges = {
        name: Measurements(
            first.columns,
            *(
                np.concatenate([getattr(part.judges[name], field) for part in parts])
                for field in ("correlations", "slopes", "unedited")
            ),
        )
        for name, first in parts[0].judges.items()
    }
    return FaceResults(
        np.concatenate([part.cases for part in parts]),
        np.concatenate([part.groups for part in parts]),
        judges,
        None if parts[0].identity is None else np.concatenate([part.identity for part in parts]),
        parts[0].names,
        parts[0].origin,
    )


def write_results(path: str | Path, results: FaceResults) -> None:
    """Write results as `.npz`, atomically."""
    arrays: dict[str, Any] = {"cases": results.cases, "groups": results.groups}
    arrays["origin"] = np.array(results.origin)
    arrays |= {f"names.{key}": np.array(value, str) for key, value in asdict(results.names).items()}
    if results.identity is not None:
        arrays["identity"] = results.identity
    for name, measured in results.judges.items():
        for field, values in vars(measured).items():
            arrays[f"{name}.{field}"] = np.asarray(values)
    with atomic_path(path) as partial:
        np.savez(partial, judges=np.array(list(results.judges)), **arrays)


def read_results(path: str | Path) -> FaceResults:
    """Read what `write_results` wrote.

    Raises:
        InputError: the file is damaged.
    """
    try:
        with np.load(path) as file:
            judges = {
                str(name): Measurements(
                    tuple(map(str, file[f"{name}.columns"])),
                    *(file[f"{name}.{field}"] for field in ("correlations", "slopes", "unedited")),
                )
                for name in file["judges"]
            }
            names = Names(
                *(tuple(map(str, file[f"names.{field.name}"])) for field in fields(Names))
            )
            origin = str(file["origin"])
            return FaceResults(
                file["cases"], file["groups"], judges, file.get("identity"), names, origin
            )
    except Exception as error:
        raise InputError(
            f"{path}: not a readable shard of the image test ({error}); delete it and run again."
        ) from error
