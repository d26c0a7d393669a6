"""The medians that split the population into groups."""

from vectorfind.data.tables import read_table
from vectorfind.directions.groups import group_cutoffs
from vectorfind.files import write_json
from vectorfind.joblog import start_job_log

start_job_log(snakemake.log[0])
write_json(snakemake.output[0], group_cutoffs(read_table(snakemake.input.scores, "properties")))
