"""Check the user's checkpoint and keep a copy of the networks that the chain starts from."""

from vectorfind.checkpoints import import_checkpoint
from vectorfind.files import write_json
from vectorfind.hub import local_path
from vectorfind.workflow.job import Job

job = Job(snakemake)
second = job.config.discriminator_checkpoint
facts = import_checkpoint(
    local_path(job.config.checkpoint),
    job.output.networks,
    job.params.start_from,
    discriminator=second and local_path(second),
    fused_scale=job.params.fused_scale,
)
write_json(job.output.facts, facts)
