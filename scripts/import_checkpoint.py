"""Check the user's checkpoint and keep a copy in the released layout."""

from vectorfind.errors import InputError
from vectorfind.files import write_json
from vectorfind.joblog import start_job_log
from vectorfind.stylegan import inspect_checkpoint, load_networks, save_networks

start_job_log(snakemake.log[0])
facts = inspect_checkpoint(snakemake.params.checkpoint)
if snakemake.params.start_from == "original" and facts["label_dim"]:
    raise InputError(
        f"{snakemake.params.checkpoint}: is conditional, so already fine-tuned; "
        "set `start_from: finetune_v1` or `finetune_v8`."
    )
networks = load_networks(snakemake.params.checkpoint, fused_scale=snakemake.params.fused_scale)
save_networks(snakemake.output.networks, networks)
write_json(snakemake.output.facts, facts)
