"""Score the attributes of one shard; hand labels count as scores where there are any."""

import pandas as pd

from vectorfind.data.archives import image_ids, read_images
from vectorfind.data.tables import read_table, write_table
from vectorfind.devices import claimed_device
from vectorfind.joblog import start_job_log
from vectorfind.scoring import load_ensemble, score_attributes

start_job_log(snakemake.log[0])
archive = snakemake.input.images
shard = image_ids([archive])
labels = read_table(snakemake.input.labels, "labels").set_index("image_id")
labels = labels[labels.index.isin(shard)]
unlabelled = [image_id for image_id in shard if image_id not in labels.index]
_, images = read_images([archive], unlabelled)
scores = pd.DataFrame(index=pd.Index(unlabelled, name="image_id"))
with claimed_device(snakemake.params.device) as device:
    for path in snakemake.input.weights:
        ensemble = load_ensemble(path)
        scores[ensemble.attribute] = score_attributes(ensemble, images, device=device)
scores = pd.concat([labels[list(scores)].astype(scores.dtypes), scores]).sort_index()
write_table(snakemake.output[0], scores.reset_index(), "attribute_scores")
