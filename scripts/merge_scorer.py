"""Join the regressors of the properties into one scorer."""

import pandas as pd

from vectorfind.files import read_json, write_csv
from vectorfind.scoring import load_scorer, merge_scorers, save_scorer
from vectorfind.workflow.job import Job

job = Job(snakemake)
scorers = [load_scorer(path) for path in job.input.weights]
save_scorer(job.output.weights, merge_scorers(scorers, job.params.order))
rows = []
for figures in map(read_json, job.input.figures):
    for name, row in figures["properties"].items():
        rows.append({"property": name, "held_out": figures["held_out"], **row})
write_csv(job.output.figures, pd.DataFrame(rows))
