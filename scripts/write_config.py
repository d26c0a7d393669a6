"""Write the resolved configuration beside the results."""

from vectorfind.config import resolve_config, write_config
from vectorfind.joblog import start_job_log

start_job_log(snakemake.log[0])
write_config(snakemake.output[0], resolve_config(snakemake.params.config))
