"""Faces steered by the published directions and by the bundle, and the candidates."""

import pandas as pd

from vectorfind.bundle import load_bundle
from vectorfind.directions.edits import linear_edit
from vectorfind.evaluation.summary import best_first
from vectorfind.pictures.steered import SHOWN_OFFSETS, draw_candidates, draw_steered, in_turn
from vectorfind.samples.vectors import read_vectors
from vectorfind.workflow.job import Job

FACES, CANDIDATES = 4, 32

job = Job(snakemake)
cases = best_first(pd.read_csv(job.input.cases))
shown, candidates = cases.head(FACES), cases[cases.passed == 1].head(CANDIDATES)
with job.device() as device:
    face = load_bundle(job.input.bundle, device=device)
    directions, offsets = face.directions, dict.fromkeys(face.names.steered, SHOWN_OFFSETS)
    edits = {"svm": linear_edit(read_vectors(job.input.published), directions.unit)}
    edits |= {} if directions.method == "svm" else {directions.method: directions.edit}
    z, label = face.draw_cases(job.params.seed, shown.case)
    sweeps = [face.sweep(z, offsets, label, edit=edit) for edit in edits.values()]
    z, label = face.draw_cases(job.params.seed, candidates.case)
    images = face.generate(z, label=label)
captions = [f"case {case}\n{method}" for case in shown.case for method in edits]
draw_steered(job.output.steered, in_turn(sweeps), offsets, captions)
captions = [f"case {row.case}  r >= {row.least:.2f}" for row in candidates.itertuples()]
draw_candidates(job.output.candidates, images, captions)
