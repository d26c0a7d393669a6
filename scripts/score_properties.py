"""Score a stage's images with the scorer, instead of the parser (system.md 1.6, 1.13)."""

import pandas as pd

from vectorfind.data.archives import ArchivedImages
from vectorfind.data.tables import read_table, write_table
from vectorfind.scoring import load_scorer, merge_scorers, score_images
from vectorfind.workflow.job import Job

job = Job(snakemake)
filtered = job.input.get("filtered")
kept = read_table(filtered, "selection").image_id if filtered else None
images = ArchivedImages(job.input.images, kept)
scorer = merge_scorers([load_scorer(path) for path in job.input.weights])
with job.device() as device:
    scores = score_images(scorer, images, device=device)
table = pd.DataFrame(scores, columns=list(scorer.properties))
table.insert(0, "image_id", images.ids)
write_table(job.output[0], table, "properties")
