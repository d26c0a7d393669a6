"""Score the attributes of one shard; hand labels count as scores where there are any."""

import pandas as pd

from vectorfind.data.archives import image_ids, read_images
from vectorfind.data.tables import read_table, write_table
from vectorfind.scoring import load_ensemble, score_attributes
from vectorfind.workflow.job import Job

job = Job(snakemake)
archive = job.input.images
shard = image_ids([archive])
labels = read_table(job.input.labels, "labels").set_index("image_id")
labels = labels[labels.index.isin(shard)]
unlabelled = [image_id for image_id in shard if image_id not in labels.index]
_, images = read_images([archive], unlabelled)
scores = pd.DataFrame(index=pd.Index(unlabelled, name="image_id"))
with job.device() as device:
    for ensemble in map(load_ensemble, job.input.weights):
        scores[ensemble.attribute] = score_attributes(ensemble, images, device=device)
scores = pd.concat([labels[list(scores)].astype(scores.dtypes), scores]).sort_index()
write_table(job.output[0], scores.reset_index(), "attribute_scores")
