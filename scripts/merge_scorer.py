"""Join the regressors of the eight properties into one scorer."""

from functools import reduce

import pandas as pd

from vectorfind.files import atomic_path, read_json
from vectorfind.joblog import start_job_log
from vectorfind.scoring import load_scorer, merge_scorers, save_scorer

start_job_log(snakemake.log[0])
scorers = [load_scorer(path) for path in snakemake.input.weights]
save_scorer(snakemake.output.weights, reduce(merge_scorers, scorers))
rows = []
for figures in map(read_json, snakemake.input.figures):
    for name, row in figures["properties"].items():
        rows.append({"property": name, "held_out": figures["held_out"], **row})
with atomic_path(snakemake.output.figures) as partial:
    pd.DataFrame(rows).to_csv(partial, index=False)
