"""Join the scores of all shards of a population."""

import pandas as pd

from vectorfind.data.tables import read_table, write_table
from vectorfind.workflow.job import Job

job = Job(snakemake)
kind = job.params.kind
scores = pd.concat([read_table(path, kind) for path in job.input.scores])
write_table(job.output[0], scores, kind)
