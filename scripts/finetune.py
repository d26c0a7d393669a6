"""Fine-tune the generator on a population's filtered images: FineTune-v1, with labels, or -v8."""

import shutil
from pathlib import Path

from vectorfind.config.finetune import FineTuneConfig
from vectorfind.data.tables import read_table
from vectorfind.files import sha256_of
from vectorfind.finetuning.reals import map_images
from vectorfind.finetuning.start import conditional_networks
from vectorfind.finetuning.train import finetune
from vectorfind.finetuning.watch import scoring_monitor
from vectorfind.scoring import load_ensemble, load_scorer, merge_scorers
from vectorfind.stylegan import load_networks, save_networks
from vectorfind.workflow.devices import claimed_devices
from vectorfind.workflow.job import Job


def main() -> None:
    """Train with what the rule gives and write what it declares."""
    job = Job(snakemake)
    params, source, work = job.params, job.input, Path(job.params.work)
    settings = FineTuneConfig(**params.settings)
    kept = read_table(source.filtered, "selection").image_id
    labels = None
    if table := source.get("labels"):
        scores = read_table(table, "properties").set_index("image_id")
        labels = scores.loc[kept, params.labels].to_numpy("float32")
    plain = load_networks(source.networks, fused_scale=params.fused_scale)
    scorer = merge_scorers([load_scorer(path) for path in source.scorer])
    ensembles = [load_ensemble(path) for path in source.attributes]
    count = job.resources.gpu or 1
    with claimed_devices(job.config.device, count) as devices:
        tuned = finetune(
            conditional_networks(plain, len(params.labels), settings.label_start, params.seed),
            map_images(source.images, kept, work / "reals.npy"),
            labels,
            settings,
            seed=params.seed,
            work_folder=work,
            devices=devices,
            monitor=scoring_monitor(ensembles, scorer, params.filter, device=devices[0]),
            name=params.section,
            fingerprint={"monitor": [sha256_of(p) for p in (*source.attributes, *source.scorer)]},
        )
    save_networks(job.output.networks, tuned)
    for name in ("metrics.jsonl", "curves.png", "strip.png"):
        shutil.copyfile(work / name, Path(job.output.networks).with_name(name))


# With several devices each process of the training imports this file.
if __name__ == "__main__":
    main()
