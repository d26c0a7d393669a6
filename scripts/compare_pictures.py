"""The same five faces steered by every method."""

from vectorfind.bundle import load_bundle
from vectorfind.pictures.steered import SHOWN_OFFSETS, draw_steered, in_turn
from vectorfind.workflow.job import Job

FACES = 5

job = Job(snakemake)
sweeps = []
with job.device() as device:
    for path in job.input.bundles:
        face = load_bundle(path, device=device)
        z, label = face.draw(job.params.seed, 0, FACES)
        offsets = dict.fromkeys(face.names.steered, SHOWN_OFFSETS)
        sweeps.append(face.sweep(z, offsets, label))
rows = [f"{case}  {method}" for case in range(FACES) for method in job.params.methods]
draw_steered(job.output[0], in_turn(sweeps), offsets, rows)
