"""The directions by one method, their unit, and the population they belong to."""

from contextlib import ExitStack
from itertools import product

from vectorfind.checkpoints import load_generator
from vectorfind.directions.directions import (
    Directions,
    describe_directions,
    write_direction,
    write_directions,
)
from vectorfind.directions.edits import combine_offsets, explain_unit, resolve_unit
from vectorfind.directions.kept import KeptMeasures
from vectorfind.directions.methods import Means, method_named
from vectorfind.evaluation.held_out import held_out_edits
from vectorfind.faces.parser import load_parser
from vectorfind.files import read_json, write_json
from vectorfind.judges.judge import scorer_judge
from vectorfind.samples.files import open_samples
from vectorfind.scoring import load_ensemble, load_scorer
from vectorfind.stylegan import draw_latents
from vectorfind.vocabulary import Names
from vectorfind.workflow.job import Job

job = Job(snakemake)
source, output, finder = job.input, job.output, job.params.finder
method, names = method_named(finder["method"]), Names(**finder["names"])
samples = open_samples(source.w, source.scores, source.groups, names, source.sums or None)
asked = read_json(source.checkpoint)["unit"] if finder["unit"] is None else finder["unit"]
unit = read_json(source.resolved)["unit"] if source.get("resolved") else asked
cutoffs, means = read_json(source.cutoffs), {"svm": finder.get("svm", {}), "unit": unit}
with ExitStack() as stack:
    if method.draws:
        device, seed = stack.enter_context(job.device()), finder["seed"]
        generator = load_generator(source.networks, finder["fused_scale"]).to(device)
        scorer = load_scorer(source.scorer)
        offsets = combine_offsets(**finder["test_offsets"])
        means |= {"generator": generator, "scorer": scorer.to(device), "offsets": offsets}
        sizes = (generator.z_dim, generator.label_dim)
        faces = draw_latents(seed, 0, finder["validation_faces"], *sizes)
        judge, told = scorer_judge(scorer), {"unit": unit, "offsets": offsets, "device": device}
        means["validate"] = held_out_edits(generator, judge, samples, cutoffs, *faces, **told)
        means["seed"] = seed
    if method.keeps:
        ensembles = [load_ensemble(path).to(device) for path in source.attributes]
        parser = load_parser(**job.parser(finder["parser"]), device=device)
        means["kept"] = KeptMeasures(ensembles, parser)
        means |= {key: finder[key] for key in ("tries", "fit_steps")}
    found = method.finder(Means(**means)).fit(samples)
directions = Directions(
    method=finder["method"],
    unit=resolve_unit(unit, found.directions_, samples.w),
    vectors=found.directions_,
    cutoffs=cutoffs,
    properties=names.properties,
    population=samples.population,
    score_model=getattr(found, "score_model_", None),
)
write_directions(output.directions, directions)
for path, (name, group) in zip(
    output.vectors, product(names.steered, range(len(names.groups))), strict=True
):
    write_direction(path, directions.vectors[name][group])
facts = {"method": directions.method, "unit": directions.unit, "samples": samples.drawn}
facts["unit_why"] = explain_unit(asked)
write_json(output.figures, facts | describe_directions(directions, found.gain_))
