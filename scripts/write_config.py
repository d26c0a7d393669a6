"""Write the resolved configuration beside the results."""

from vectorfind.config import write_config
from vectorfind.workflow.job import Job

job = Job(snakemake)
write_config(job.output[0], job.config)
