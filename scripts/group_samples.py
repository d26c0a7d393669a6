"""Join the shards of samples and put each sample into its group."""

from vectorfind.directions.sample_files import join_samples
from vectorfind.files import read_json
from vectorfind.joblog import start_job_log

start_job_log(snakemake.log[0])
output = snakemake.output
join_samples(
    snakemake.input.samples,
    read_json(snakemake.input.cutoffs),
    w_path=output.w,
    scores_path=output.scores,
    groups_path=output.groups,
    counts_path=output.counts,
)
