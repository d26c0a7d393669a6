"""Generate one shard of a stage's images and keep their latents."""

import numpy as np

from vectorfind.checkpoints import load_generator
from vectorfind.data.latents import write_latents
from vectorfind.data.origin import origin_of
from vectorfind.stylegan import draw_latents, generate_archive
from vectorfind.workflow.job import Job

job = Job(snakemake)
params, output, at_once = job.params, job.output, job.config.populations.batch_size
start, count = params.range
with job.device() as device:
    generator = load_generator(job.input.networks, params.fused_scale)
    z, label = draw_latents(params.seed, start, count, generator.z_dim, generator.label_dim)
    w = generate_archive(
        output.images,
        generator,
        z,
        label,
        at_once,
        device,
        first_id=start,
        origin=origin_of(job.wildcards.stage, params.seed, networks=job.input.networks),
    )
write_latents(output.latents, np.arange(start, start + count), z, label, w)
