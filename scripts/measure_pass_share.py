"""Score fresh images of one generator by FineTune-v1's attribute CNNs and the property scorer."""

import numpy as np
import pandas as pd

from vectorfind.checkpoints import load_generator
from vectorfind.files import write_csv
from vectorfind.images import regrouped
from vectorfind.scoring import load_ensemble, load_scorer, score_each, score_images
from vectorfind.scoring.attribute_cnn import BATCH
from vectorfind.stylegan import draw_latents, generate
from vectorfind.workflow.job import Job

job = Job(snakemake)
params = job.params
with job.device() as device:
    generator = load_generator(job.input.networks, params.fused_scale)
    z, label = draw_latents(params.seed, 0, params.images, generator.z_dim, generator.label_dim)
    batches = generate(generator, z, label, job.config.populations.batch_size, device)
    ensembles, scorer = (
        list(map(load_ensemble, job.input.attributes)),
        load_scorer(job.input.scorer),
    )
    rows = []
    for images in regrouped((batch.numpy() for _, batch in batches), BATCH):
        found = score_each(ensembles, images, device=device)
        rows.append(np.hstack([found, score_images(scorer, images, device=device)]))
names = [ensemble.attribute for ensemble in ensembles] + list(scorer.properties)
table = pd.DataFrame(np.concatenate(rows), columns=names)
table.insert(0, "image_id", np.arange(len(table)))
write_csv(job.output.scores, table.round(5))
