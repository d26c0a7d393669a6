"""What Snakemake would run, asked of Snakemake itself; nothing is run, no result is touched."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from snakemake.api import SnakemakeApi
from snakemake.dag import DAG
from snakemake.settings.types import (
    ConfigSettings,
    DAGSettings,
    OutputSettings,
    Quietness,
    ResourceSettings,
)


@contextmanager
def planned_dag(
    config: Mapping[str, Any],
    files: Iterable[Path] = (),
    targets: Iterable[str] = (),
    cores: int = 1,
) -> Iterator[DAG]:
    """Yield the graph of all jobs as from nothing, whatever is there.

    Args:
        config: keys as after `--config`.
        files: as after `--configfile`.
        targets: rules or files; the default target without any.
        cores: of the machine: no job gets more threads.
    """
    before = Path.cwd()
    try:
        with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
            workflow_api = api.workflow(
                resource_settings=ResourceSettings(cores=cores),
                config_settings=ConfigSettings(config=config, configfiles=list(files)),
                snakefile=Path("Snakefile"),
            )
            workflow_api.dag(DAGSettings(targets=set(targets), forceall=True))
            workflow = workflow_api._workflow
            workflow._prepare_dag(forceall=True, ignore_incomplete=True, lock_warn_only=True)
            workflow._build_dag()
            workflow.dag.update_priority()
            yield workflow.dag
    finally:
        os.chdir(before)
