"""Tables and pictures of the image test: of what `generate` does, and of the exported vectors."""

import pandas as pd

from vectorfind.data.latents import merge_latents, read_latents, write_latents
from vectorfind.evaluation.results import merge_results, read_results
from vectorfind.evaluation.summary import cases_table, judgements_table, summarise
from vectorfind.files import read_json, write_csv, write_json
from vectorfind.pictures.judgements import draw_correlations, draw_responses
from vectorfind.workflow.job import Job

job = Job(snakemake)
source, output, pass_at = job.input, job.output, job.params.pass_at
found = read_json(source.found)
tested = {"edit": merge_results([read_results(path) for path in source.shards])}
if straight := source.get("straight"):
    tested["straight"] = merge_results([read_results(path) for path in straight])
method, unit, unit_why = found["method"], found["unit"], found["unit_why"]
summaries = {
    edit: summarise(results, method, unit, unit_why, pass_at) for edit, results in tested.items()
}
tables = {edit: judgements_table(results, pass_at) for edit, results in tested.items()}
judgements = pd.concat(table.assign(edit=edit) for edit, table in tables.items())
write_csv(output.cases, cases_table(tested["edit"], pass_at))
write_csv(output.judges, judgements)
if latents := source.get("latents"):
    write_latents(output.latents, *merge_latents([read_latents(path) for path in latents]))
lines = judgements.assign(line=judgements.judge + ", " + judgements.edit)
draw_correlations(output.correlations, lines, pass_at, by="line")
draw_responses(output.responses, summaries)
exported = summaries.get("straight", summaries["edit"])["judges"]
write_json(output.summary, summaries["edit"] | {"straight": {"judges": exported}})
