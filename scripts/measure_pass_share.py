"""Score fresh images of one generator by FineTune-v1's attribute CNNs and the property scorer."""

import numpy as np
import pandas as pd

from vectorfind.devices import claimed_device
from vectorfind.files import atomic_path
from vectorfind.joblog import start_job_log
from vectorfind.scoring import load_ensemble, load_scorer, score_attributes, score_images
from vectorfind.stylegan import draw_latents, generate, load_networks

start_job_log(snakemake.log[0])
params = snakemake.params
with claimed_device(params.device) as device:
    networks = load_networks(snakemake.input.networks, fused_scale=params.fused_scale)
    generator = networks.inference_generator
    z, label = draw_latents(params.seed, 0, params.images, generator.z_dim, generator.label_dim)
    batches = generate(generator, z, label, params.batch_size, device)
    images = np.concatenate([batch for _, batch in batches])
    scores = {}
    for ensemble in map(load_ensemble, snakemake.input.attributes):
        scores[ensemble.attribute] = score_attributes(ensemble, images, device=device)
    scorer = load_scorer(snakemake.input.scorer)
    properties = score_images(scorer, images, device=device)
table = pd.DataFrame(scores | dict(zip(scorer.properties, properties.T, strict=True)))
table.insert(0, "image_id", np.arange(len(table)))
with atomic_path(snakemake.output.scores) as partial:
    table.round(5).to_csv(partial, index=False)
