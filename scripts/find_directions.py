"""The 48 directions by the configured method, their unit, and the population they belong to."""

from contextlib import ExitStack

import numpy as np

from vectorfind.devices import claimed_device
from vectorfind.directions.judges import scorer_judge
from vectorfind.directions.kept import KeptMeasures
from vectorfind.directions.methods import Means, describe_directions, method_named
from vectorfind.directions.population import measure_population, write_population
from vectorfind.directions.storage import write_direction, write_directions
from vectorfind.directions.unit import explain_unit, resolve_unit
from vectorfind.directions.validation import held_out_edits
from vectorfind.faces.parser import load_parser
from vectorfind.files import read_json, write_json
from vectorfind.joblog import start_job_log
from vectorfind.names import CONTROLLED, GROUPS
from vectorfind.scoring import load_ensemble, load_scorer
from vectorfind.stylegan import draw_latents, load_networks

start_job_log(snakemake.log[0])
params, source, output = snakemake.params, snakemake.input, snakemake.output
settings = params.directions
unit = read_json(source.resolved)["unit"] if source.get("resolved") else settings["unit"]
w = np.load(source.w, mmap_mode="r")
scores, groups = np.load(source.scores), np.load(source.groups)
method = method_named(settings["method"])
means = {"svm": params.svm, "tries": settings["tries"], "unit": unit}
seed = params.seed if method.draws else params.svm_seed
with ExitStack() as stack:
    if method.draws:
        device = stack.enter_context(claimed_device(params.device))
        networks = load_networks(source.networks, fused_scale=params.fused_scale)
        generator = networks.inference_generator.to(device)
        scorer = load_scorer(source.scorer).to(device)
        z, label = draw_latents(
            params.seed, 0, settings["validation_faces"], generator.z_dim, generator.label_dim
        )
        means |= {
            "generator": generator,
            "scorer": scorer,
            "validate": held_out_edits(
                generator,
                scorer_judge(scorer),
                read_json(source.cutoffs),
                z,
                label,
                unit,
                w,
                device,
            ),
        }
    if method.keeps:
        parser = {key: value for key, value in params.parser.items() if key != "batch_size"}
        means["kept"] = KeptMeasures(
            [load_ensemble(path).to(device) for path in source.attributes],
            load_parser(**parser, device=device),
        )
    finder = method.finder(Means(**means, seed=seed)).fit(w, scores, groups)
directions = finder.directions_
unit = resolve_unit(unit, directions, w)
write_directions(output.directions, directions, getattr(finder, "score_model_", None))
for path, (name, group) in zip(
    output.vectors, [(n, g) for n in CONTROLLED for g in range(len(GROUPS))], strict=True
):
    write_direction(path, directions[name][group])
write_population(output.population, measure_population(w, scores))
figures = describe_directions(directions, finder.gain_)
facts = {"method": settings["method"], "unit": unit, "unit_why": explain_unit(settings["unit"])}
write_json(output.figures, facts | {"samples": len(w)} | figures)
