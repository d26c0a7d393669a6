"""Edit one shard of new faces with one method; two scorers, parser and bystanders measure."""

from vectorfind.bundle import load_bundle
from vectorfind.demo.annotator import features, load_annotator
from vectorfind.devices import claimed_device
from vectorfind.directions.image_test import measure_faces
from vectorfind.directions.judges import attribute_judge, parser_judge, scorer_judge
from vectorfind.directions.results import write_results
from vectorfind.faces.parser import load_parser
from vectorfind.joblog import start_job_log
from vectorfind.scoring import load_ensemble, load_scorer
from vectorfind.stylegan import draw_latents

start_job_log(snakemake.log[0])
params, source = snakemake.params, snakemake.input
start, count = params.range
parser = dict(params.parser)
batch_size = parser.pop("batch_size")
with claimed_device(params.device) as device:
    face = load_bundle(source.bundle, device=device)
    generator = face.generator
    z, label = draw_latents(params.seed, start, count, generator.z_dim, generator.label_dim)
    judges = [
        scorer_judge(face.scorer),
        parser_judge(load_parser(**parser, device=device)),
        scorer_judge(load_scorer(source.second).to(device), "second scorer"),
    ]
    if source.attributes:
        judges.append(attribute_judge([load_ensemble(path) for path in source.attributes], device))
    embed = None
    if source.annotator:
        annotator = load_annotator(source.annotator).to(device)

        def embed(images):
            """Describe who a face is."""
            return features(annotator, images.cpu().numpy())

    results = measure_faces(
        generator,
        face.edit,
        judges,
        face.cutoffs,
        z,
        label,
        first_case=start,
        device=device,
        embed=embed,
        noise_seed=params.noise_seed,
    )
write_results(snakemake.output[0], results)
