"""Score fresh images of one generator by FineTune-v1's attribute CNNs and the property scorer."""

import numpy as np
import pandas as pd

from vectorfind.files import write_csv
from vectorfind.scoring import load_ensemble, load_scorer, score_attributes, score_images
from vectorfind.stylegan import draw_latents, generate, load_networks
from vectorfind.workflow.job import Job

job = Job(snakemake)
params = job.params
with job.device() as device:
    networks = load_networks(job.input.networks, fused_scale=params.fused_scale)
    generator = networks.inference_generator
    z, label = draw_latents(params.seed, 0, params.images, generator.z_dim, generator.label_dim)
    batches = generate(generator, z, label, job.config.populations.batch_size, device)
    images = np.concatenate([batch for _, batch in batches])
    scores = {}
    for ensemble in map(load_ensemble, job.input.attributes):
        scores[ensemble.attribute] = score_attributes(ensemble, images, device=device)
    scorer = load_scorer(job.input.scorer)
    properties = score_images(scorer, images, device=device)
table = pd.DataFrame(scores | dict(zip(scorer.properties, properties.T, strict=True)))
table.insert(0, "image_id", np.arange(len(table)))
write_csv(job.output.scores, table.round(5))
