"""Score the attributes of one shard; hand labels count as scores where there are any."""

import pandas as pd

from vectorfind.data.archives import ArchivedImages, image_ids
from vectorfind.data.tables import read_table, write_table
from vectorfind.scoring import load_ensemble, score_each
from vectorfind.workflow.job import Job

job = Job(snakemake)
archive = job.input.images
shard = image_ids([archive])
labels = read_table(job.input.labels, "labels").set_index("image_id")
labels = labels[labels.index.isin(shard)]
unlabelled = [image_id for image_id in shard if image_id not in labels.index]
ensembles = [load_ensemble(path) for path in job.input.weights]
with job.device() as device:
    found = score_each(ensembles, ArchivedImages([archive], unlabelled), device=device)
scores = pd.DataFrame(
    found,
    index=pd.Index(unlabelled, name="image_id"),
    columns=[ensemble.attribute for ensemble in ensembles],
)
scores = pd.concat([labels[list(scores)].astype(scores.dtypes), scores]).sort_index()
write_table(job.output[0], scores.reset_index(), "attribute_scores")
