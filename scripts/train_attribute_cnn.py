"""Train the folds of one attribute's CNN."""

from vectorfind.config.scoring import AttributeCnnConfig
from vectorfind.data.archives import ArchivedImages
from vectorfind.data.tables import read_table
from vectorfind.files import write_csv, write_json
from vectorfind.scoring import load_ensemble, save_ensemble
from vectorfind.scoring.attribute_training import train_attribute
from vectorfind.scoring.views import read_view
from vectorfind.workflow.job import Job

job = Job(snakemake)
params, attribute, initial = job.params, job.wildcards.attribute, job.input.get("initial")
labels = read_table(job.input.labels, "labels", [attribute])
with job.device() as device:
    ensemble, figures, held_out = train_attribute(
        attribute,
        ArchivedImages(job.input.images, labels.image_id),
        labels[attribute].to_numpy(),
        AttributeCnnConfig(**params.settings, tries=job.config.attribute_cnn.tries),
        view=read_view(params.view),
        seed=params.seed,
        work_folder=params.work,
        device=device,
        initial=load_ensemble(initial) if initial else None,
        source=job.input.labels,
    )
save_ensemble(job.output.weights, ensemble)
write_json(job.output.figures, figures)
held_out.insert(0, "image_id", labels.image_id.to_numpy()[held_out.pop("place")])
write_csv(job.output.held_out, held_out)
