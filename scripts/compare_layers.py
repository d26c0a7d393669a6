"""How much of one method's edits each synthesis layer makes."""

import torch

from vectorfind.bundle import load_bundle
from vectorfind.devices import claimed_device
from vectorfind.evaluation.layer_responses import layer_responses
from vectorfind.files import atomic_path
from vectorfind.joblog import start_job_log
from vectorfind.stylegan import draw_latents

FACES = 50

start_job_log(snakemake.log[0])
params = snakemake.params
with claimed_device(params.device) as device:
    face = load_bundle(snakemake.input.bundle, device=device)
    generator = face.generator
    z, label = draw_latents(params.seed, 0, FACES, generator.z_dim, generator.label_dim)
    w = face.map(z, label)
    groups = torch.as_tensor(face.groups(w)).to(device)
    table = layer_responses(generator, face.scorer, face.edit, w, groups, face.population.score_std)
with atomic_path(snakemake.output[0]) as partial:
    table.to_csv(partial, index=False)
