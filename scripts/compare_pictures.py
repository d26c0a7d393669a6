"""The same five faces steered by every method."""

from vectorfind.bundle import load_bundle
from vectorfind.devices import claimed_device
from vectorfind.directions.pictures import draw_steered, in_turn
from vectorfind.joblog import start_job_log
from vectorfind.names import CONTROLLED
from vectorfind.stylegan import draw_latents

FACES = 5
OFFSETS = dict.fromkeys(CONTROLLED, (-1.8, -0.9, 0.0, 0.9, 1.8))

start_job_log(snakemake.log[0])
params, sweeps = snakemake.params, []
with claimed_device(params.device) as device:
    for path in snakemake.input.bundles:
        face = load_bundle(path, device=device)
        z, label = draw_latents(
            params.seed, 0, FACES, face.generator.z_dim, face.generator.label_dim
        )
        sweeps.append(face.sweep(z, OFFSETS, label))
rows = [f"{case}  {method}" for case in range(FACES) for method in params.methods]
draw_steered(snakemake.output[0], in_turn(sweeps), OFFSETS, rows)
