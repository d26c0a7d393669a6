"""The 48 directions by the configured method, their unit, and the population they belong to."""

import numpy as np

from vectorfind.devices import claimed_device
from vectorfind.directions.finders import describe_directions, make_finder, svm_directions
from vectorfind.directions.judges import scorer_judge
from vectorfind.directions.population import measure_population, write_population
from vectorfind.directions.samples import slope_along
from vectorfind.directions.storage import write_direction, write_directions
from vectorfind.directions.svm_files import read_svm
from vectorfind.directions.unit import explain_unit, resolve_unit
from vectorfind.directions.validation import held_out_edits
from vectorfind.files import read_json, write_json
from vectorfind.joblog import start_job_log
from vectorfind.names import CONTROLLED, GROUPS, PROPERTIES
from vectorfind.scoring import load_scorer
from vectorfind.stylegan import draw_latents, load_networks

start_job_log(snakemake.log[0])
params, source, output = snakemake.params, snakemake.input, snakemake.output
settings = params.directions
unit = read_json(source.resolved)["unit"] if source.get("resolved") else settings["unit"]
w = np.load(source.w, mmap_mode="r")
scores, groups = np.load(source.scores), np.load(source.groups)
if settings["method"] == "svm":
    paths = np.reshape(source.svms, (len(CONTROLLED), len(GROUPS)))
    models = {
        name: [read_svm(path) for path in row] for name, row in zip(CONTROLLED, paths, strict=True)
    }
    directions, score_model = svm_directions(models), None
    gain = {
        name: [
            slope_along(w[groups == k], scores[groups == k, PROPERTIES.index(name)], vector)
            for k, vector in enumerate(directions[name])
        ]
        for name in CONTROLLED
    }
else:
    with claimed_device(params.device) as device:
        networks = load_networks(source.networks, fused_scale=params.fused_scale)
        generator = networks.inference_generator.to(device)
        scorer = load_scorer(source.scorer).to(device)
        z, label = draw_latents(
            params.seed, 0, settings["validation_faces"], generator.z_dim, generator.label_dim
        )
        validate = held_out_edits(
            generator,
            scorer_judge(scorer),
            read_json(source.cutoffs),
            z,
            label,
            unit,
            w,
            device,
        )
        finder = make_finder(
            settings["method"], generator, scorer, unit=unit, seed=params.seed, validate=validate
        ).fit(w, scores, groups)
    directions, gain = finder.directions_, finder.gain_
    score_model = getattr(finder, "score_model_", None)
unit = resolve_unit(unit, directions, w)
write_directions(output.directions, directions, score_model)
for path, (name, group) in zip(
    output.vectors, [(n, g) for n in CONTROLLED for g in range(len(GROUPS))], strict=True
):
    write_direction(path, directions[name][group])
write_population(output.population, measure_population(w, scores))
figures = describe_directions(directions, gain)
facts = {"method": settings["method"], "unit": unit, "unit_why": explain_unit(settings["unit"])}
write_json(output.figures, facts | {"samples": len(w)} | figures)
