"""The field's figures of all methods, as tables and one page of pictures."""

import numpy as np
import pandas as pd

from vectorfind.evaluation.figures import field_tables
from vectorfind.evaluation.strength import read_strengths
from vectorfind.files import write_csv
from vectorfind.pictures.field_figures import draw_field_figures
from vectorfind.workflow.job import Job

job = Job(snakemake)
methods, output = job.params.methods, job.output
shards = np.reshape(job.input.shards, (len(methods), -1)).tolist()
results = {name: read_strengths(paths) for name, paths in zip(methods, shards, strict=True)}
tables = field_tables(results, job.params.judges)
found = map(pd.read_csv, job.input.layers)
layers = [table.assign(method=name) for name, table in zip(methods, found, strict=True)]
tables["layers"] = pd.concat(layers)
for name, table in tables.items():
    keys = [key for key in ("method", "judge", "property") if key in table]
    write_csv(output[name], table[[*keys, *table.columns.drop(keys)]].round(5))
draw_field_figures(output.picture, **tables)
