"""Edit one shard of new faces with one method; two scorers, parser and bystanders measure."""

from vectorfind.bundle import load_bundle
from vectorfind.devices import claimed_device
from vectorfind.directions.image_test import measure_faces
from vectorfind.directions.results import write_results
from vectorfind.evaluation.panel import choose_embedder, load_judges
from vectorfind.joblog import start_job_log
from vectorfind.stylegan import draw_latents

start_job_log(snakemake.log[0])
params, source = snakemake.params, snakemake.input
start, count = params.range
with claimed_device(params.device) as device:
    face = load_bundle(source.bundle, device=device)
    generator = face.generator
    z, label = draw_latents(params.seed, start, count, generator.z_dim, generator.label_dim)
    results = measure_faces(
        generator,
        face.edit,
        load_judges(face.scorer, params.parser, source.second, source.attributes, device),
        face.cutoffs,
        z,
        label,
        first_case=start,
        device=device,
        embed=choose_embedder(params.identity, source.annotator or None, device),
        noise_seed=params.noise_seed,
    )
write_results(snakemake.output[0], results)
