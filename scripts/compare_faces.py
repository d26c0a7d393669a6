"""Edit one shard of new faces with one method; two scorers, parser and bystanders measure."""

from dataclasses import replace

from vectorfind.bundle import load_bundle
from vectorfind.data.origin import origin_of
from vectorfind.directions.edits import combine_offsets
from vectorfind.evaluation.image_test import measure_faces
from vectorfind.evaluation.results import write_results
from vectorfind.judges.panel import choose_embedder, load_judges
from vectorfind.workflow.job import Job

job = Job(snakemake)
params, source = job.params, job.input
with job.device() as device:
    face = load_bundle(source.bundle, device=device)
    z, label = face.draw(params.seed, *params.range)
    results = measure_faces(
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
        z,
        label,
        names=face.names,
        offsets=combine_offsets(**params.test_offsets),
        first_case=params.range[0],
        device=device,
        embed=choose_embedder(params.identity, source.annotator or None, device),
        noise_seed=params.noise_seed,
    )
results = replace(
    results, origin=origin_of("comparison", params.seed, bundle=source.bundle, second=source.second)
)
write_results(job.output[0], results)
