"""Train the regressors of one or several properties on a population's parser scores."""

from vectorfind.config.scoring import PropertyCnnConfig
from vectorfind.data.archives import ArchivedImages
from vectorfind.data.tables import read_table
from vectorfind.files import write_csv, write_json
from vectorfind.scoring import save_scorer
from vectorfind.scoring.property_training import train_property_scorer
from vectorfind.scoring.views import read_view
from vectorfind.vocabulary import Input
from vectorfind.workflow.job import Job

job = Job(snakemake)
params = job.params
inputs = {name: Input(read_view(view), negated) for name, (*view, negated) in params.inputs.items()}
properties = read_table(job.input.properties, "properties")
with job.device() as device:
    scorer, figures, held_out = train_property_scorer(
        ArchivedImages(job.input.images, properties.image_id),
        properties,
        inputs,
        PropertyCnnConfig(**params.settings),
        seed=params.seed,
        numbers=params.numbers,
        work_folder=params.work,
        device=device,
    )
save_scorer(job.output.weights, scorer)
write_json(job.output.figures, figures)
held_out.insert(0, "image_id", properties.image_id.to_numpy()[held_out.pop("place")])
write_csv(job.output.held_out, held_out)
