"""Edit one shard of new faces 50 times each and let both judges measure every image."""

from vectorfind.bundle import load_bundle
from vectorfind.devices import claimed_device
from vectorfind.directions.image_test import measure_faces
from vectorfind.directions.judges import parser_judges, scorer_judge
from vectorfind.directions.results import write_results
from vectorfind.faces.parser import load_parser
from vectorfind.joblog import start_job_log
from vectorfind.stylegan import draw_latents

start_job_log(snakemake.log[0])
params = snakemake.params
start, count = params.range
parser = dict(params.parser)
batch_size = parser.pop("batch_size")
with claimed_device(params.device) as device:
    face = load_bundle(snakemake.input.bundle, device=device)
    generator = face.generator
    z, label = draw_latents(params.seed, start, count, generator.z_dim, generator.label_dim)
    parsed, _ = parser_judges(load_parser(**parser, device=device))
    edit = face.straight if snakemake.wildcards.edit == "straight" else face.edit
    judges = [scorer_judge(face.scorer), parsed]
    results = measure_faces(
        generator, edit, judges, face.cutoffs, z, label, first_case=start, device=device
    )
write_results(snakemake.output[0], results)
