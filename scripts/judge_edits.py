"""Edit one shard of new faces many times each and let both judges measure every image."""

from dataclasses import replace

from vectorfind.bundle import load_bundle
from vectorfind.data.latents import write_latents
from vectorfind.data.origin import origin_of
from vectorfind.directions.edits import combine_offsets
from vectorfind.evaluation.image_test import measure_faces
from vectorfind.evaluation.results import write_results
from vectorfind.faces.measures import load_measures
from vectorfind.faces.parser import load_parser
from vectorfind.judges.judge import parser_judges, scorer_judge
from vectorfind.workflow.job import Job

job = Job(snakemake)
params = job.params
with job.device() as device:
    face = load_bundle(job.input.bundle, device=device)
    z, label = face.draw(params.seed, *params.range)
    w = face.map(z, label).cpu().numpy()
    parser = load_parser(**job.parser(params.parser), device=device)
    parsed, _ = parser_judges(parser, load_measures(params.measures))
    directions = face.directions
    results = measure_faces(
        face.generator,
        directions.straight if job.wildcards.edit == "straight" else directions.edit,
        [scorer_judge(face.scorer), *([parsed] if params.measures else [])],
        directions.cutoffs,
        z,
        label,
        names=face.names,
        offsets=combine_offsets(**params.test_offsets),
        first_case=params.range[0],
        device=device,
    )
results = replace(
    results,
    origin=origin_of(f"image test {job.wildcards.edit}", params.seed, bundle=job.input.bundle),
)
write_results(job.output.results, results)
write_latents(job.output.latents, results.cases, z, label, w)
