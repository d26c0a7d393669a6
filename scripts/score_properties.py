"""Score one shard's images with the scorer, instead of the parser (system.md 1.6, 1.13)."""

import pandas as pd

from vectorfind.data.archives import open_archive
from vectorfind.data.tables import read_table, write_table
from vectorfind.scoring import load_scorer, merge_scorers, score_images
from vectorfind.workflow.job import Job

job = Job(snakemake)
filtered, paths = job.input.get("filtered"), job.input.weights
kept = read_table(filtered, "selection").image_id if filtered else None
images = open_archive(job.input.images, kept)
scorer = merge_scorers(
    [load_scorer(path) for path in ([paths] if isinstance(paths, str) else paths)]
)
with job.device() as device:
    scores = score_images(scorer, images, device=device)
table = pd.DataFrame(scores, columns=list(scorer.properties))
table.insert(0, "image_id", images.ids)
write_table(job.output[0], table, "properties")
