"""Join the raw scores of all shards and normalise them over the set."""

import pandas as pd

from vectorfind.data.tables import read_table, write_table
from vectorfind.faces import apply_normalisation, fit_normalisation
from vectorfind.files import write_json
from vectorfind.workflow.job import Job

job = Job(snakemake)
raw = pd.concat([read_table(path, "raw_properties") for path in job.input.scores])
normalisation = fit_normalisation(raw)
write_table(job.output.properties, apply_normalisation(raw, normalisation), "properties")
write_json(job.output.normalisation, normalisation)
