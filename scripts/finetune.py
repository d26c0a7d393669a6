"""Fine-tune the generator on a population's filtered images: FineTune-v1, with labels, or -v8."""

import shutil
from functools import partial, reduce
from pathlib import Path

import pandas as pd

from vectorfind.config import FineTuneConfig
from vectorfind.data.tables import read_table
from vectorfind.devices import claimed_devices
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


def main():
    """Train with what the rule gives and write what it declares."""
    start_job_log(snakemake.log[0])
    params, sources, work = snakemake.params, snakemake.input, Path(snakemake.params.work)
    settings = FineTuneConfig(**params.settings)
    kept = read_table(sources.filtered, "selection").image_id
    labels = None
    if table := sources.get("labels"):
        labels = read_table(table, "properties").set_index("image_id").loc[kept, list(LABELS)]
    count = snakemake.resources.gpu or 1
    with claimed_devices(params.device, count, threads=snakemake.threads) as devices:
        tuned = finetune(
            conditional_networks(settings),
            map_images(sources.images, kept, work / "reals.npy"),
            None if labels is None else labels.to_numpy("float32"),
            settings,
            seed=params.seed,
            work_folder=work,
            devices=devices,
            monitor=monitor_on(devices[0]),
            name=params.section,
            fingerprint={
                "monitor": [sha256_of(path) for path in (*sources.attributes, *sources.scorer)]
            },
        )
    save_networks(snakemake.output.networks, tuned)
    for name in ("metrics.jsonl", "curves.png", "strip.png"):
        shutil.copyfile(work / name, Path(snakemake.output.networks).with_name(name))


def conditional_networks(settings):
    """Load the networks; plain ones get a label input."""
    params = snakemake.params
    plain = load_networks(snakemake.input.networks, fused_scale=params.fused_scale)
    if plain.generator.label_dim:
        return plain
    networks = make_conditional(plain, seed=params.seed)
    if settings.label_start == "silent":
        silence_labels(networks, plain)
    return networks


def monitor_on(device):
    """Make the monitor of attribute scores, pass share and the spread of the properties."""
    ensembles = [load_ensemble(path) for path in snakemake.input.attributes]
    scores = {
        ensemble.attribute: partial(score_attributes, ensemble, device=device)
        for ensemble in ensembles
    }
    scorer = reduce(merge_scorers, map(load_scorer, snakemake.input.scorer))
    properties = partial(score_properties, scorer, device)
    return attribute_monitor(scores, snakemake.params.filter, properties)


def score_properties(scorer, device, images):
    """Tabulate the property scores of uint8 [N,H,W,3]."""
    return pd.DataFrame(score_images(scorer, images, device=device), columns=scorer.properties)


# With several devices each process of the training imports this file.
if __name__ == "__main__":
    main()
