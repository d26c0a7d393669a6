"""Steer new faces to requested scores with one method, and see how far its offsets reach."""

import numpy as np
import torch

from vectorfind.bundle import load_bundle
from vectorfind.devices import claimed_device
from vectorfind.directions.comparison import (
    closed_loop_error,
    closed_loop_table,
    reachable_offsets,
)
from vectorfind.directions.judges import on_scale_of, parser_judges, scorer_judge
from vectorfind.directions.results import merge_results, read_results
from vectorfind.faces.parser import load_parser
from vectorfind.files import atomic_path, write_json
from vectorfind.joblog import start_job_log
from vectorfind.scoring import load_scorer
from vectorfind.stylegan import draw_latents

OFFSETS = np.arange(0.25, 8.1, 0.25)

start_job_log(snakemake.log[0])
params, source, output = snakemake.params, snakemake.input, snakemake.output
parser = dict(params.parser)
batch_size = parser.pop("batch_size")
tested = merge_results([read_results(path) for path in source.shards]).judges
with claimed_device(params.device) as device:
    face = load_bundle(source.bundle, device=device)
    generator = face.generator
    z, label = draw_latents(params.seed, 0, params.faces, generator.z_dim, generator.label_dim)
    judges = [
        parser_judges(load_parser(**parser, device=device))[0],
        scorer_judge(load_scorer(source.second).to(device), "second scorer"),
    ]
    own = face.population
    wanted = (tested["scorer"].unedited - own.score_mean) / own.score_std
    judges = [on_scale_of(judge, tested[judge.name].unedited, wanted) for judge in judges]
    table = closed_loop_table(face, z, label, judges, params.request_seed)
    w = face.map(z, label)
    reach = reachable_offsets(
        face.edit, w, torch.as_tensor(face.groups(w)), face.population, OFFSETS
    )
with atomic_path(output.table) as partial:
    table.to_csv(partial, index=False)
errors = {name: closed_loop_error(table, name) for name in ("scorer", *(j.name for j in judges))}
write_json(
    output.figures,
    {
        "faces": len(table),
        "error": errors,
        "reached": float(table.reached.mean()),
        "reachable_offset": reach,
    },
)
