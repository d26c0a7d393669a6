"""One table, one JSON and the pictures of all methods side by side."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from vectorfind.evaluation.comparison import comparison_table, pass_again
from vectorfind.evaluation.results import FaceResults, merge_results, read_results
from vectorfind.files import read_json, write_csv, write_json
from vectorfind.pictures.judgements import draw_judgements, draw_responses
from vectorfind.workflow.job import Job

job = Job(snakemake)
methods, source, output = job.params.methods, job.input, job.output
pass_at = job.params.pass_at


def by_method(paths: list[str], read: Callable[[list[str]], Any]) -> dict[str, Any]:
    """Read a list of files, as many of each method, into one result per method."""
    parts = np.reshape(paths, (len(methods), -1)).tolist()
    return {name: read(own) for name, own in zip(methods, parts, strict=True)}


def read_shards(paths: list[str]) -> FaceResults:
    """Read and join the results of several shards."""
    return merge_results([read_results(path) for path in paths])


summaries = by_method(source.summaries, lambda paths: read_json(paths[0]))
closed_loops = by_method(source.closed_loops, lambda paths: read_json(paths[0]))
first, again = by_method(source.first, read_shards), by_method(source.again, read_shards)
repeated = {name: pass_again(first[name], again[name], pass_at) for name in methods}
table = comparison_table(summaries)
table["passes_again"] = [repeated[row.method][row.judge] for row in table.itertuples()]
errors = {name: figures["error"] for name, figures in closed_loops.items()}
table["closed_loop_error"] = [errors[row.method][row.judge]["mean"] for row in table.itertuples()]
write_csv(output.table, table)
judgements = by_method(source.judges, lambda paths: pd.read_csv(paths[0]))
draw_judgements(output.correlations, judgements, pass_at)
draw_responses(output.responses, summaries)
write_json(
    output.figures,
    {
        name: summaries[name] | {"passes_again": repeated[name], "closed_loop": closed_loops[name]}
        for name in methods
    },
)
