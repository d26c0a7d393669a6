"""Tables and pictures of the image test: of what `generate` does, and of the exported vectors."""

import pandas as pd

from vectorfind.directions.pictures import draw_correlations, draw_responses
from vectorfind.directions.results import merge_results, read_results
from vectorfind.directions.summary import cases_table, judgements_table, summarise
from vectorfind.files import atomic_path, read_json, write_json
from vectorfind.joblog import start_job_log

start_job_log(snakemake.log[0])
source, output, pass_at = snakemake.input, snakemake.output, snakemake.params.pass_at
found = read_json(source.found)
shards = {"edit": source.shards, "straight": source.get("straight", [])}
tested = {
    edit: merge_results([read_results(path) for path in paths])
    for edit, paths in shards.items()
    if paths
}
summaries = {
    edit: summarise(results, found["method"], found["unit"], found["unit_why"], pass_at)
    for edit, results in tested.items()
}
judgements = pd.concat(
    judgements_table(results, pass_at).assign(edit=edit) for edit, results in tested.items()
)
tables = {output.cases: cases_table(tested["edit"], pass_at), output.judges: judgements}
for path, table in tables.items():
    with atomic_path(path) as partial:
        table.to_csv(partial, index=False)
lines = judgements.assign(line=judgements.judge + ", " + judgements.edit)
draw_correlations(output.correlations, lines, pass_at, by="line")
draw_responses(output.responses, summaries)
straight = (
    {"straight": {"judges": summaries["straight"]["judges"]}} if source.get("straight") else {}
)
write_json(output.summary, summaries["edit"] | straight)
