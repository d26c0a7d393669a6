"""What Snakemake would compare to decide on a rerun, for many configurations in one process."""

import json
from typing import Any

from benchmarks._plan import planned_dag

TARGETS = ("all", "compare_directions")
Job = tuple[str, tuple[tuple[str, str], ...]]
"""A rule's name and its wildcards."""


def planned(
    config: dict[str, Any], targets: tuple[str, ...] = TARGETS
) -> dict[Job, tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Return params, inputs and outputs of every job of a configuration laid over the demo's."""
    with planned_dag(config, targets=targets) as dag:
        return {
            (job.rule.name, tuple(sorted(job.wildcards_dict.items()))): (
                json.dumps(dict(job.params.items()), default=str, sort_keys=True),
                tuple(map(str, job.input)),
                tuple(map(str, job.output)),
            )
            for job in dag.jobs
        }


def changed_rules(before: dict[Job, tuple], after: dict[Job, tuple]) -> set[str]:
    """Return the rules of which a job is new or has other params, inputs or outputs.

    What only follows from those, since an input is made anew, is left out.
    """
    return {
        rule for rule, wildcards in after if before.get((rule, wildcards)) != after[rule, wildcards]
    }
