"""Check the user's checkpoint and keep a copy in the released layout."""

from vectorfind.errors import InputError
from vectorfind.files import write_json
from vectorfind.joblog import start_job_log
from vectorfind.stylegan import (
    inspect_checkpoint,
    join_discriminator,
    load_networks,
    save_networks,
)

start_job_log(snakemake.log[0])
params = snakemake.params
facts = inspect_checkpoint(params.checkpoint)
if params.start_from == "original" and facts["label_dim"]:
    raise InputError(
        f"{params.checkpoint}: is conditional, so already fine-tuned; "
        "set `start_from: finetune_v1` or `finetune_v8`."
    )
networks = load_networks(params.checkpoint, fused_scale=params.fused_scale)
if params.discriminator_checkpoint:
    networks = join_discriminator(networks, params.discriminator_checkpoint)
    facts["discriminator"] = inspect_checkpoint(params.discriminator_checkpoint)
if params.start_from != "finetune_v8" and not (networks.generator and networks.discriminator):
    missing = "discriminator" if networks.generator else "generator"
    raise InputError(
        f"{params.checkpoint}: holds no `{missing}`, which `start_from: {params.start_from}` "
        "fine-tunes with; set `discriminator_checkpoint` to the file with its discriminator, give "
        "a checkpoint that holds both, or set `start_from: finetune_v8`, which does not fine-tune."
    )
save_networks(snakemake.output.networks, networks)
write_json(snakemake.output.facts, facts)
