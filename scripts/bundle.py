"""Put everything that steers a face into one file."""

import numpy as np
import pandas as pd

from vectorfind.bundle import save_bundle
from vectorfind.directions.population import read_population
from vectorfind.directions.storage import read_directions, read_score_model
from vectorfind.files import read_json
from vectorfind.joblog import start_job_log
from vectorfind.names import CONTROLLED
from vectorfind.stylegan import load_networks

start_job_log(snakemake.log[0])
source, config = snakemake.input, snakemake.params.config
networks = load_networks(source.networks, fused_scale=config["fused_scale"])
found = read_json(source.figures)
svms = dict(zip(CONTROLLED, map(pd.read_csv, source.svm_figures), strict=True))
counts = pd.read_csv(source.counts)
facts = found | {
    "svm": {name: table.to_dict("list") for name, table in svms.items()},
    "samples_per_group": dict(zip(counts.group, counts.samples.tolist(), strict=True)),
    "seeds": snakemake.params.seeds,
    "source": read_json(source.source),
    "config": config,
}
save_bundle(
    snakemake.output[0],
    networks.inference_generator,
    source.scorer,
    read_directions(source.directions),
    found["unit"],
    read_json(source.cutoffs),
    read_population(source.population),
    found["method"],
    facts,
    read_score_model(source.directions),
)
accuracy = {name: np.mean(table.validation_accuracy) for name, table in svms.items()}
print(f"unit {found['unit']:.3f}, mean validation accuracy of the SVMs {accuracy}")
