"""The field's figures of all methods, as tables and one page of pictures."""

import pandas as pd

from vectorfind.evaluation.figures import (
    dependency_table,
    linearity_table,
    strength_table,
)
from vectorfind.evaluation.pictures import draw_field_figures
from vectorfind.evaluation.strength import read_strengths
from vectorfind.files import atomic_path
from vectorfind.joblog import start_job_log

start_job_log(snakemake.log[0])
params, source, output = snakemake.params, snakemake.input, snakemake.output
methods, per_method = params.methods, len(source.shards) // len(params.methods)
tables = {"strength": [], "dependency": [], "linearity": []}
for number, method in enumerate(methods):
    results = read_strengths(source.shards[number * per_method : (number + 1) * per_method])
    for judge in params.judges:
        strength = strength_table(results, judge)
        found = (strength, dependency_table(strength), linearity_table(results, judge))
        for name, table in zip(tables, found, strict=True):
            tables[name].append(table.assign(method=method, judge=judge))
layers = [
    pd.read_csv(path).assign(method=method)
    for method, path in zip(methods, source.layers, strict=True)
]
tables = {name: pd.concat(parts) for name, parts in (tables | {"layers": layers}).items()}
for name, table in tables.items():
    keys = [key for key in ("method", "judge", "property") if key in table]
    table = table[keys + [column for column in table if column not in keys]]
    with atomic_path(output[name]) as partial:
        table.round(5).to_csv(partial, index=False)
draw_field_figures(output.picture, **tables)
