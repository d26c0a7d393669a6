"""Score the attributes of a stage's images; hand labels count as scores where there are any."""

import pandas as pd

from vectorfind.data.archives import ArchivedImages, image_ids
from vectorfind.data.tables import read_table, write_table
from vectorfind.scoring import load_ensemble, score_each
from vectorfind.workflow.job import Job

job = Job(snakemake)
labels = read_table(job.input.labels, "labels").set_index("image_id")
everything = image_ids(job.input.images)
labels = labels[labels.index.isin(everything)]
unlabelled = [image_id for image_id in everything if image_id not in labels.index]
ensembles = [load_ensemble(path) for path in job.input.weights]
with job.device() as device:
    found = score_each(ensembles, ArchivedImages(job.input.images, unlabelled), device=device)
scores = pd.DataFrame(
    found,
    index=pd.Index(unlabelled, name="image_id"),
    columns=[ensemble.attribute for ensemble in ensembles],
)
scores = pd.concat([labels[list(scores)].astype(scores.dtypes), scores]).sort_index()
write_table(job.output[0], scores.reset_index(), "attribute_scores")
