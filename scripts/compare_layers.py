"""How much of one method's edits each synthesis layer makes."""

import torch

from vectorfind.bundle import load_bundle
from vectorfind.evaluation.layer_responses import layer_responses
from vectorfind.files import write_csv
from vectorfind.workflow.job import Job

FACES = 50

job = Job(snakemake)
with job.device() as device:
    face = load_bundle(job.input.bundle, device=device)
    w = face.map(*face.draw(job.params.seed, 0, FACES))
    table = layer_responses(
        face.generator,
        face.scorer,
        face.directions.edit,
        w,
        torch.as_tensor(face.groups(w)).to(device),
        face.population.score_std,
        face.names.steered,
    )
write_csv(job.output[0], table)
