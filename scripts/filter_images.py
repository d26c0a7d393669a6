"""Keep the images that pass the stage's filter."""

from vectorfind.data import passes
from vectorfind.data.tables import read_table, write_table
from vectorfind.errors import InputError
from vectorfind.joblog import start_job_log

LEAST = 100

start_job_log(snakemake.log[0])
scores = read_table(snakemake.input.scores, "attribute_scores")
kept = passes(scores, snakemake.params.filter)
if snakemake.params.exclude_labelled:
    kept &= ~scores.image_id.isin(read_table(snakemake.input.labels, "labels").image_id)
print(f"{kept.sum()} of {len(scores)} images pass {snakemake.params.filter}")
if kept.sum() < LEAST:
    raise InputError(
        f"{snakemake.input.scores}: only {kept.sum()} of {len(scores)} images pass the filter, "
        f"fewer than {LEAST}; loosen populations.{snakemake.wildcards.stage}.filter, raise its "
        "`images`, or look at the labels."
    )
write_table(snakemake.output[0], scores.loc[kept, ["image_id"]], "selection")
