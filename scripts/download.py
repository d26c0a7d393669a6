"""Download a file or a model from the Hugging Face hub."""

from vectorfind.hub import HubReference, download
from vectorfind.workflow.job import Job

job = Job(snakemake)
reference = HubReference(job.wildcards.repo, job.wildcards.get("file", ""), job.wildcards.revision)
download(reference, job.output[0])
