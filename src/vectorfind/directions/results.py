"""What the judges of an image test measured, in memory and on disk; without torch."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vectorfind.errors import InputError
from vectorfind.files import atomic_path
from vectorfind.names import CONTROLLED


@dataclass(frozen=True)
class Measurements:
    """What one judge measured on n faces, for its P columns and the three offsets.

    `correlations` and `slopes` are [n, P, 3]: Pearson correlation of each score with each offset
    over a face's 50 images (0 for a score that does not move), and its change per unit of offset;
    `unedited` [n, P] are the scores before any edit.
    """

    columns: tuple[str, ...]
    correlations: np.ndarray
    slopes: np.ndarray
    unedited: np.ndarray

    def own_correlations(self) -> np.ndarray:
        """Return the correlation of eyes, mouth and pose with their own offsets, [n, 3]."""
        rows = [self.columns.index(name) for name in CONTROLLED]
        return self.correlations[:, rows, range(len(CONTROLLED))]


@dataclass(frozen=True)
class FaceResults:
    """The image test of n faces: case numbers [n], group indices [n], one entry per judge.

    `identity` [n], where an embedding is given: mean cosine between a face's 50 images and itself.
    """

    cases: np.ndarray
    groups: np.ndarray
    judges: dict[str, Measurements]
    identity: np.ndarray | None = None


def merge_results(parts: list[FaceResults]) -> FaceResults:
    """Join the results of several shards, in the order given."""
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
    )


def write_results(path: str | Path, results: FaceResults) -> None:
    """Write results as `.npz`, atomically."""
    arrays = {"cases": results.cases, "groups": results.groups}
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
            return FaceResults(file["cases"], file["groups"], judges, file.get("identity"))
    except Exception as error:
        raise InputError(f"{path}: not a readable shard of the image test ({error}).") from error
