"""Table and picture of the generators' pass shares and variety."""

import pandas as pd

from vectorfind.files import atomic_path
from vectorfind.joblog import start_job_log
from vectorfind.pass_share import compare_generators, draw_comparison

start_job_log(snakemake.log[0])
scores = dict(zip(snakemake.params.stages, map(pd.read_csv, snakemake.input.scores), strict=True))
comparison = compare_generators(scores, snakemake.params.filter)
print(comparison.to_string())
with atomic_path(snakemake.output.table) as partial:
    comparison.round(5).to_csv(partial, index=False)
draw_comparison(snakemake.output.picture, comparison)
