"""Tables and pictures of the image test."""

from vectorfind.directions.pictures import draw_correlations, draw_responses
from vectorfind.directions.results import merge_results, read_results
from vectorfind.directions.summary import cases_table, judgements_table, summarise
from vectorfind.files import atomic_path, read_json, write_json
from vectorfind.joblog import start_job_log

start_job_log(snakemake.log[0])
output, pass_at = snakemake.output, snakemake.params.pass_at
found = read_json(snakemake.input.found)
results = merge_results([read_results(path) for path in snakemake.input.shards])
judgements = judgements_table(results, pass_at)
for path, table in ((output.cases, cases_table(results, pass_at)), (output.judges, judgements)):
    with atomic_path(path) as partial:
        table.to_csv(partial, index=False)
summary = summarise(results, found["method"], found["unit"], found["unit_why"], pass_at)
draw_correlations(output.correlations, judgements, pass_at)
draw_responses(output.responses, summary)
write_json(output.summary, summary)
