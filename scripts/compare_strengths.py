"""Edit one shard of new faces by one property at a time, from faint to strong."""

from vectorfind.bundle import load_bundle
from vectorfind.evaluation.strength import measure_strengths, write_strengths
from vectorfind.judges.panel import choose_embedder, load_judges
from vectorfind.workflow.job import Job

job = Job(snakemake)
params, source = job.params, job.input
with job.device() as device:
    face = load_bundle(source.bundle, device=device)
    z, label = face.draw(params.seed, *params.range)
    results = measure_strengths(
        face.generator,
        face.directions.edit,
        load_judges(
            face.scorer,
            job.parser(params.parser),
            params.measures,
            source.second,
            source.attributes,
            device,
        ),
        face.directions.cutoffs,
        choose_embedder(params.identity, source.annotator or None, device),
        steered=face.names.steered,
        z=z,
        label=label,
        device=device,
    )
write_strengths(job.output[0], results)
