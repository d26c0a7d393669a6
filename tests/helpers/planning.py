"""What Snakemake would compare to decide on a rerun, for many configurations in one process."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from snakemake.api import SnakemakeApi
from snakemake.settings.types import (
    ConfigSettings,
    DAGSettings,
    OutputSettings,
    Quietness,
    ResourceSettings,
)

TARGETS = ("all", "compare_directions")
Job = tuple[str, tuple[tuple[str, str], ...]]
"""A rule's name and its wildcards."""


def planned(
    config: dict[str, Any], targets: tuple[str, ...] = TARGETS
) -> dict[Job, tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Return params, inputs and outputs of every job of a configuration laid over the demo's."""
    with (
        _working_directory_kept(),
        SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api,
    ):
        workflow_api = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            config_settings=ConfigSettings(config=config),
            snakefile=Path("Snakefile"),
        )
        workflow_api.dag(DAGSettings(targets=set(targets), forceall=True))
        workflow = workflow_api._workflow
        workflow._prepare_dag(forceall=True, ignore_incomplete=True, lock_warn_only=True)
        workflow._build_dag()
        return {
            (job.rule.name, tuple(sorted(job.wildcards_dict.items()))): (
                json.dumps(dict(job.params.items()), default=str, sort_keys=True),
                tuple(map(str, job.input)),
                tuple(map(str, job.output)),
            )
            for job in workflow.dag.jobs
        }


@contextmanager
def _working_directory_kept() -> Iterator[None]:
    before = Path.cwd()
    try:
        yield
    finally:
        os.chdir(before)


def changed_rules(before: dict[Job, tuple], after: dict[Job, tuple]) -> set[str]:
    """Return the rules of which a job is new or has other params, inputs or outputs.

    What only follows from those, since an input is made anew, is left out.
    """
    return {
        rule for rule, wildcards in after if before.get((rule, wildcards)) != after[rule, wildcards]
    }
