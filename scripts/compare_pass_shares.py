"""Table and picture of the generators' pass shares and variety."""

import pandas as pd

from vectorfind.evaluation.pass_share import compare_generators
from vectorfind.files import write_csv
from vectorfind.finetuning.metrics import kept_step, read_metrics
from vectorfind.pictures.pass_share import draw_comparison
from vectorfind.workflow.job import Job

job = Job(snakemake)
params = job.params
scores = dict(zip(params.stages, map(pd.read_csv, job.input.scores), strict=True))
kept = [kept_step(read_metrics(path)) for path in job.input.metrics]
comparison = compare_generators(scores, params.filter, params.properties)
comparison.insert(1, "kept_step", [0, *kept])
print(comparison.to_string())
write_csv(job.output.table, comparison.round(5))
draw_comparison(job.output.picture, comparison)
