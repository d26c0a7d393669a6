"""Train the regressors of one or several properties on a population's parser scores."""

from vectorfind.config import PropertyCnnConfig
from vectorfind.data.archives import read_images
from vectorfind.data.tables import read_table
from vectorfind.devices import claimed_device
from vectorfind.files import write_json
from vectorfind.joblog import start_job_log
from vectorfind.scoring import save_scorer
from vectorfind.scoring.property_training import train_property_scorer

start_job_log(snakemake.log[0])
params = snakemake.params
properties = read_table(snakemake.input.properties, "properties")
_, images = read_images(snakemake.input.images, properties.image_id)
with claimed_device(params.device) as device:
    scorer, figures = train_property_scorer(
        images,
        properties[snakemake.wildcards.part.split("+")],
        PropertyCnnConfig(**params.settings),
        seed=params.seed,
        work_folder=params.work,
        device=device,
    )
save_scorer(snakemake.output.weights, scorer)
write_json(snakemake.output.figures, figures)
