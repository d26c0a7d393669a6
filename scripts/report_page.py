"""One page of a finished run that opens offline."""

from pathlib import Path

from vectorfind.report.page import write_page
from vectorfind.workflow.job import Job

job = Job(snakemake)
results = Path(job.output[0]).parent
write_page(job.output[0], job.config, results, "characters")
