"""Train the five folds of one attribute's CNN."""

from vectorfind.config import AttributeCnnConfig
from vectorfind.data.archives import read_images
from vectorfind.data.tables import read_table
from vectorfind.devices import claimed_device
from vectorfind.files import write_json
from vectorfind.joblog import start_job_log
from vectorfind.scoring import load_ensemble, save_ensemble
from vectorfind.scoring.attribute_training import train_attribute

start_job_log(snakemake.log[0])
params, attribute = snakemake.params, snakemake.wildcards.attribute
labels = read_table(snakemake.input.labels, "labels")
_, images = read_images(snakemake.input.images, labels.image_id)
initial = snakemake.input.get("initial")
with claimed_device(params.device) as device:
    ensemble, figures = train_attribute(
        attribute,
        images,
        labels[attribute].to_numpy(),
        AttributeCnnConfig(**params.settings),
        seed=params.seed,
        work_folder=params.work,
        device=device,
        initial=load_ensemble(initial) if initial else None,
        source=snakemake.input.labels,
    )
save_ensemble(snakemake.output.weights, ensemble)
write_json(snakemake.output.figures, figures)
