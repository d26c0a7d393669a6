"""The medians that split the population into groups."""

from vectorfind.data.tables import read_table
from vectorfind.files import write_json
from vectorfind.samples.groups import group_cutoffs
from vectorfind.workflow.job import Job

job = Job(snakemake)
scores = read_table(job.input.scores, "properties")
write_json(job.output[0], group_cutoffs(scores, job.params.grouping))
