"""Join the scores of all shards of a population."""

import pandas as pd

from vectorfind.data.tables import read_table, write_table
from vectorfind.joblog import start_job_log

start_job_log(snakemake.log[0])
kind = snakemake.params.kind
scores = pd.concat([read_table(path, kind) for path in snakemake.input.scores])
write_table(snakemake.output[0], scores, kind)
