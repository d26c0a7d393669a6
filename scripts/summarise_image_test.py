"""Tables and pictures of the image test."""

from vectorfind.bundle import load_bundle
from vectorfind.directions.image_test import merge_results, read_results
from vectorfind.directions.pictures import draw_correlations, draw_responses
from vectorfind.directions.summary import cases_table, judgements_table, summarise
from vectorfind.files import atomic_path, write_json
from vectorfind.joblog import start_job_log

start_job_log(snakemake.log[0])
output, pass_at = snakemake.output, snakemake.params.pass_at
face = load_bundle(snakemake.input.bundle)
results = merge_results([read_results(path) for path in snakemake.input.shards])
judgements = judgements_table(results, pass_at)
for path, table in ((output.cases, cases_table(results, pass_at)), (output.judges, judgements)):
    with atomic_path(path) as partial:
        table.to_csv(partial, index=False)
summary = summarise(results, face.method, face.unit, face.unit_why, pass_at)
draw_correlations(output.correlations, judgements, pass_at)
draw_responses(output.responses, summary)
write_json(output.summary, summary)
