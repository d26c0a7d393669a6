"""Edit one shard of new faces by one property at a time, from faint to strong."""

from vectorfind.bundle import load_bundle
from vectorfind.devices import claimed_device
from vectorfind.evaluation.panel import choose_embedder, load_judges
from vectorfind.evaluation.strength import measure_strengths, write_strengths
from vectorfind.joblog import start_job_log
from vectorfind.stylegan import draw_latents

start_job_log(snakemake.log[0])
params, source = snakemake.params, snakemake.input
start, count = params.range
with claimed_device(params.device) as device:
    face = load_bundle(source.bundle, device=device)
    generator = face.generator
    z, label = draw_latents(params.seed, start, count, generator.z_dim, generator.label_dim)
    results = measure_strengths(
        generator,
        face.edit,
        load_judges(face.scorer, params.parser, source.second, source.attributes, device),
        face.cutoffs,
        choose_embedder(params.identity, source.annotator or None, device),
        z=z,
        label=label,
        device=device,
    )
write_strengths(snakemake.output[0], results)
