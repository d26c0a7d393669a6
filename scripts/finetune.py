"""Fine-tune the generator on a population's filtered images: FineTune-v1, with labels, or -v8."""

import shutil
from functools import partial, reduce
from pathlib import Path

import pandas as pd

from vectorfind.config import FineTuneConfig
from vectorfind.data.tables import read_table
from vectorfind.devices import claimed_device
from vectorfind.files import sha256_of
from vectorfind.joblog import start_job_log
from vectorfind.names import LABELS
from vectorfind.scoring import (
    load_ensemble,
    load_scorer,
    merge_scorers,
    score_attributes,
    score_images,
)
from vectorfind.stylegan import load_networks, make_conditional, save_networks, silence_labels
from vectorfind.stylegan.finetune import finetune
from vectorfind.stylegan.finetune_data import map_images
from vectorfind.stylegan.finetune_watch import attribute_monitor


def score_properties(scorer, device, images):
    """Tabulate the property scores of uint8 [N,H,W,3]."""
    return pd.DataFrame(score_images(scorer, images, device=device), columns=scorer.properties)


start_job_log(snakemake.log[0])
params, output, work = snakemake.params, snakemake.output, Path(snakemake.params.work)
settings = FineTuneConfig(**params.settings)
table = snakemake.input.get("labels")
kept = read_table(snakemake.input.filtered, "selection").image_id
labels = None
if table:
    labels = read_table(table, "properties").set_index("image_id").loc[kept, list(LABELS)]
with claimed_device(params.device) as device:
    networks = load_networks(snakemake.input.networks, fused_scale=params.fused_scale)
    if networks.generator.label_dim == 0:
        original, networks = networks, make_conditional(networks, seed=params.seed)
        if settings.label_start == "silent":
            silence_labels(networks, original)
    ensembles = [load_ensemble(path) for path in snakemake.input.attributes]
    scores = {
        ensemble.attribute: partial(score_attributes, ensemble, device=device)
        for ensemble in ensembles
    }
    scorer = reduce(merge_scorers, map(load_scorer, snakemake.input.scorer))
    tuned = finetune(
        networks,
        map_images(snakemake.input.images, kept, work / "reals.npy"),
        None if labels is None else labels.to_numpy("float32"),
        settings,
        seed=params.seed,
        work_folder=work,
        device=device,
        monitor=attribute_monitor(scores, params.filter, partial(score_properties, scorer, device)),
        name=params.section,
        fingerprint={
            "monitor": [
                sha256_of(path) for path in (*snakemake.input.attributes, *snakemake.input.scorer)
            ]
        },
    )
save_networks(output.networks, tuned)
for name in ("metrics.jsonl", "curves.png", "strip.png"):
    shutil.copyfile(work / name, Path(output.networks).with_name(name))
