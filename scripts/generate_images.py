"""Generate one shard of a stage's images and keep their latents."""

import numpy as np

from vectorfind.data.latents import write_latents
from vectorfind.devices import claimed_device
from vectorfind.joblog import start_job_log
from vectorfind.stylegan import draw_latents, generate_archive, load_networks

start_job_log(snakemake.log[0])
params = snakemake.params
start, count = params.range
with claimed_device(params.device) as device:
    networks = load_networks(snakemake.input.networks, fused_scale=params.fused_scale)
    generator = networks.inference_generator
    z, label = draw_latents(params.seed, start, count, generator.z_dim, generator.label_dim)
    w = generate_archive(
        snakemake.output.images, generator, z, label, params.batch_size, device, start
    )
write_latents(snakemake.output.latents, np.arange(start, start + count), z, label, w)
