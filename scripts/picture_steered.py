"""Faces steered by the published directions and by the bundle, and the candidates."""

import numpy as np
import pandas as pd

from vectorfind.bundle import load_bundle
from vectorfind.devices import claimed_device
from vectorfind.directions.edits import linear_edit
from vectorfind.directions.pictures import draw_candidates, draw_steered, in_turn
from vectorfind.directions.storage import read_directions
from vectorfind.joblog import start_job_log
from vectorfind.names import CONTROLLED
from vectorfind.stylegan import draw_latents

FACES, CANDIDATES = 4, 32
OFFSETS = dict.fromkeys(CONTROLLED, (-1.8, -0.9, 0.0, 0.9, 1.8))

start_job_log(snakemake.log[0])
cases = pd.read_csv(snakemake.input.cases)
cases["least"] = cases[[f"{name}_corr" for name in CONTROLLED]].min(axis=1)
best = cases.sort_values(["passed", "least"], ascending=False)
candidates = best[best.passed == 1].head(CANDIDATES)
with claimed_device(snakemake.params.device) as device:
    face = load_bundle(snakemake.input.bundle, device=device)
    generator = face.generator
    z, label = draw_latents(
        snakemake.params.seed, 0, cases.case.max() + 1, generator.z_dim, generator.label_dim
    )

    def rows(latents, table):
        """Pick the latents of a table's cases."""
        return None if latents is None else latents[table.case.to_numpy()]

    shown = best.head(FACES)
    published = linear_edit(read_directions(snakemake.input.published), face.unit)
    edits = {"svm": published} | ({} if face.method == "svm" else {face.method: face.edit})
    sweeps = [
        face.sweep(rows(z, shown), OFFSETS, rows(label, shown), edit) for edit in edits.values()
    ]
    images = np.empty((0, 1, 1, 3), np.uint8)
    if len(candidates):
        images = face.generate(rows(z, candidates), label=rows(label, candidates))
captions = [f"case {case}\n{method}" for case in shown.case for method in edits]
draw_steered(snakemake.output.steered, in_turn(sweeps), OFFSETS, captions)
captions = [f"case {row.case}  r >= {row.least:.2f}" for row in candidates.itertuples()]
draw_candidates(snakemake.output.candidates, images, captions)
