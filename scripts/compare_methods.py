"""One table, one JSON and the pictures of all methods side by side."""

import numpy as np
import pandas as pd

from vectorfind.directions.comparison import comparison_table, pass_again
from vectorfind.directions.pictures import draw_judgements, draw_responses
from vectorfind.directions.results import merge_results, read_results
from vectorfind.files import atomic_path, read_json, write_json
from vectorfind.joblog import start_job_log

start_job_log(snakemake.log[0])
params, source, output = snakemake.params, snakemake.input, snakemake.output
methods = params.methods


def by_method(paths):
    """Split a list of files, method by method, into one list each."""
    return dict(zip(methods, np.reshape(paths, (len(methods), -1)).tolist(), strict=True))


summaries = {name: read_json(path) for name, [path] in by_method(source.summaries).items()}
closed_loops = {name: read_json(path) for name, [path] in by_method(source.closed_loops).items()}
first, again = by_method(source.first), by_method(source.again)
repeated = {
    name: pass_again(
        merge_results([read_results(path) for path in first[name]]),
        merge_results([read_results(path) for path in again[name]]),
        params.pass_at,
    )
    for name in methods
}
table = comparison_table(summaries)
table["passes_again"] = [repeated[row.method][row.judge] for row in table.itertuples()]
table["closed_loop_error"] = [
    closed_loops[row.method]["error"][row.judge]["mean"] for row in table.itertuples()
]
with atomic_path(output.table) as partial:
    table.to_csv(partial, index=False)
judgements = {name: pd.read_csv(path) for name, [path] in by_method(source.judges).items()}
draw_judgements(output.correlations, judgements, params.pass_at)
draw_responses(output.responses, summaries)
write_json(
    output.figures,
    {
        name: summaries[name] | {"passes_again": repeated[name], "closed_loop": closed_loops[name]}
        for name in methods
    },
)
