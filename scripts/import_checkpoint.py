"""Check the user's checkpoint and keep a copy in the released layout."""

from vectorfind.errors import InputError
from vectorfind.files import write_json
from vectorfind.stylegan import (
    inspect_checkpoint,
    join_discriminator,
    load_networks,
    save_networks,
)
from vectorfind.workflow.job import Job

job = Job(snakemake)
path, second = job.config.checkpoint, job.config.discriminator_checkpoint
start_from = job.params.start_from
facts = inspect_checkpoint(path)
if start_from == "original" and facts["label_dim"]:
    raise InputError(
        f"{path}: is conditional, so already fine-tuned; "
        "set `start_from: finetune_v1` or `finetune_v8`."
    )
networks = load_networks(path, fused_scale=job.params.fused_scale)
if second:
    networks = join_discriminator(networks, second)
    facts["discriminator"] = inspect_checkpoint(second)
if start_from != "finetune_v8" and not (networks.generator and networks.discriminator):
    missing = "discriminator" if networks.generator else "generator"
    raise InputError(
        f"{path}: holds no `{missing}`, which `start_from: {start_from}` "
        "fine-tunes with; set `discriminator_checkpoint` to the file with its discriminator, give "
        "a checkpoint that holds both, or set `start_from: finetune_v8`, which does not fine-tune."
    )
save_networks(job.output.networks, networks)
write_json(job.output.facts, facts)
