"""Score one shard's images with the scorer, instead of the parser (system.md 1.6, 1.13)."""

from functools import reduce

import pandas as pd

from vectorfind.data.archives import read_archive
from vectorfind.data.tables import read_table, write_table
from vectorfind.devices import claimed_device
from vectorfind.joblog import start_job_log
from vectorfind.scoring import load_scorer, merge_scorers, score_images

start_job_log(snakemake.log[0])
filtered = snakemake.input.get("filtered")
kept = read_table(filtered, "selection").image_id if filtered else None
ids, images = read_archive(snakemake.input.images, kept)
paths = snakemake.input.weights
scorer = reduce(merge_scorers, map(load_scorer, [paths] if isinstance(paths, str) else paths))
with claimed_device(snakemake.params.device) as device:
    scores = score_images(scorer, images, device=device)
table = pd.DataFrame(scores, columns=list(scorer.properties))
table.insert(0, "image_id", ids)
write_table(snakemake.output[0], table, "properties")
