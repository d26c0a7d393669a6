"""Put everything that steers a face into one file."""

import pandas as pd

from vectorfind.bundle import save_bundle
from vectorfind.checkpoints import load_generator
from vectorfind.directions.directions import read_directions
from vectorfind.files import read_json
from vectorfind.workflow.job import Job

job = Job(snakemake)
source, params = job.input, job.params
generator = load_generator(source.networks, params.fused_scale)
directions = read_directions(source.directions)
svms = dict(zip(directions.vectors, map(pd.read_csv, source.svm_figures), strict=True))
counts = pd.read_csv(source.counts)
facts = read_json(source.figures) | {
    "svm": {name: table.to_dict("list") for name, table in svms.items()},
    "samples_per_group": dict(zip(counts.group, counts.samples.tolist(), strict=True)),
    "seeds": params.seeds,
    "sliders": params.sliders,
    "source": read_json(source.source),
    "config": job.config.model_dump(mode="json"),
}
save_bundle(job.output[0], generator, source.scorer, directions, facts)
for name, table in svms.items():
    print(f"{name}: mean validation accuracy of the SVMs {table.validation_accuracy.mean():.4f}")
