"""The results of a run as the page reads them, by the names that the rules give them."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vectorfind.config import Config
from vectorfind.files import read_json
from vectorfind.vocabulary import Names, names_of
from vectorfind.workflow.plan import labelled_stages, learned_from, property_parts, stages


@dataclass(frozen=True)
class Run:
    """A folder of results and the configuration that made them."""

    folder: Path
    config: Config

    def path(self, *parts: str) -> Path:
        """Return a file of the results."""
        return self.folder.joinpath(*parts)

    def table(self, *parts: str) -> pd.DataFrame:
        """Read a CSV of the results."""
        return pd.read_csv(self.path(*parts))

    def json(self, *parts: str) -> Any:
        """Read a JSON file of the results."""
        return read_json(self.path(*parts))

    @cached_property
    def stages(self) -> tuple[str, ...]:
        """The stages of the chain, in order."""
        return stages(self.config)

    @cached_property
    def labelled(self) -> tuple[str, ...]:
        """The stages whose images are labelled and filtered."""
        return labelled_stages(self.config)

    @cached_property
    def trained(self) -> tuple[str, ...]:
        """The stages whose generators this run has fine-tuned."""
        return self.stages[1:]

    @cached_property
    def names(self) -> Names:
        """Names of properties, of those that are steered, and of groups."""
        return names_of(self.config.vocabulary)

    def filter_of(self, stage: str) -> dict[str, dict[str, float | None]]:
        """Return a stage's filter as plain values."""
        rows = self.config.population(stage).filter
        return {name: row.model_dump() for name, row in rows.items()}

    def learned(self, stage: str) -> list[str]:
        """Return the properties whose regressors learned from a stage's images."""
        return learned_from(self.config, stage)

    def held_out(self, stage: str) -> pd.DataFrame:
        """Return measured and predicted scores of the images that regressors did not learn."""
        parts = property_parts(self.config, self.learned(stage))
        return pd.concat(self.table(stage, "property_cnn", f"{part}.csv") for part in parts)

    @cached_property
    def fresh(self) -> dict[str, pd.DataFrame]:
        """By stage the scores of its fresh images; empty where no pass share was measured."""
        if "finetune_v1" not in self.stages:
            return {}
        return {stage: self.table("pass_share", f"{stage}.csv") for stage in self.stages}

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The image test's summary."""
        return self.json("image_test", "summary.json")

    @cached_property
    def pass_at(self) -> dict[str, float]:
        """The pass rule of the image test."""
        rows = self.config.vocabulary.properties
        return {name: rows[name].pass_at for name in self.names.steered}

    def samples(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the sampled w [n, w_dim], left on the disk, scores [n, P] and groups [n]."""
        w = np.load(self.path("samples", "w.npy"), mmap_mode="r")
        scores, groups = (
            np.load(self.path("samples", f"{name}.npy")) for name in ("scores", "groups")
        )
        return w, scores, groups


TITLES = {
    "original": "Original generator",
    "finetune_v1": "FineTune-v1",
    "finetune_v8": "FineTune-v8",
}
"""What the page calls the stages."""


def title_of(stage: str) -> str:
    """Return what the page calls a stage."""
    return TITLES.get(stage, stage)
