"""Steer new faces to requested scores with one method, and see how far its offsets reach."""

import numpy as np

from vectorfind.bundle import load_bundle
from vectorfind.evaluation.closed_loop import (
    closed_loop_errors,
    closed_loop_table,
    reachable_offsets,
)
from vectorfind.evaluation.results import merge_results, read_results
from vectorfind.files import write_csv, write_json
from vectorfind.judges.panel import independent_judges
from vectorfind.workflow.job import Job

OFFSETS = np.arange(0.25, 8.1, 0.25)

job = Job(snakemake)
params, source = job.params, job.input
tested = merge_results([read_results(path) for path in source.shards]).judges
with job.device() as device:
    face = load_bundle(source.bundle, device=device)
    z, label = face.draw(params.seed, 0, params.faces)
    parser = job.parser(params.parser)
    judges = independent_judges(parser, params.measures, source.second, device)
    table = closed_loop_table(face, z, label, judges, tested, seed=params.request_seed)
    reach = reachable_offsets(face, z, label, OFFSETS)
write_csv(job.output.table, table)
write_json(
    job.output.figures,
    {
        "faces": len(table),
        "error": closed_loop_errors(table, face.names.steered, list(tested)),
        "reached": float(table.reached.mean()),
        "reachable_offset": reach,
    },
)
