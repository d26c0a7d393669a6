"""Keep the images that pass the stage's filter."""

from vectorfind.data.filters import passes
from vectorfind.data.tables import read_table, write_table
from vectorfind.errors import InputError
from vectorfind.workflow.job import Job

LEAST = 100

job = Job(snakemake)
path, conditions = job.input.scores, job.params.filter
scores = read_table(path, "attribute_scores")
kept = passes(scores, conditions)
if job.params.exclude_labelled:
    kept &= ~scores.image_id.isin(read_table(job.input.labels, "labels").image_id)
print(f"{kept.sum()} of {len(scores)} images pass {conditions}")
if kept.sum() < LEAST:
    raise InputError(
        f"{path}: only {kept.sum()} of {len(scores)} images pass the filter, fewer than {LEAST}; "
        f"loosen populations.{job.wildcards.stage}.filter, raise its `images`, or look at the "
        "labels."
    )
write_table(job.output[0], scores.loc[kept, ["image_id"]], "selection")
