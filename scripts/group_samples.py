"""Join the shards of samples and put each sample into its group."""

from vectorfind.files import read_json
from vectorfind.samples.files import join_samples
from vectorfind.workflow.job import Job

job = Job(snakemake)
join_samples(
    job.input.samples,
    job.params.properties,
    read_json(job.input.cutoffs),
    w_path=job.output.w,
    scores_path=job.output.scores,
    groups_path=job.output.groups,
    counts_path=job.output.counts,
    sums_path=job.output.sums or None,
)
