"""Label the first images of a population: from the user's CSV, a model, or the demo's annotator."""

from vectorfind.data.archives import read_images
from vectorfind.data.tables import write_table
from vectorfind.devices import claimed_device
from vectorfind.joblog import start_job_log
from vectorfind.labelling import label_from_annotator, label_from_file, labelling_command

start_job_log(snakemake.log[0])
params = snakemake.params
stage, labels = snakemake.wildcards.stage, params.labels
ids = range(params.labelled)
if labels["source"] == "file":
    command = labelling_command(stage, params.attributes, labels[stage], params.labelled)
    table = label_from_file(labels[stage], ids, params.attributes, command)
else:
    _, images = read_images(snakemake.input.images, ids)
    # The simulated annotator is too small to wait for a GPU.
    with claimed_device("cpu" if labels["source"] == "demo" else params.device) as device:
        if labels["source"] == "demo":
            table = label_from_annotator(labels["annotator"], ids, images, params.attributes)
        else:
            from vectorfind.zero_shot import label_zero_shot

            model, revision = labels["zero_shot_model"], labels["zero_shot_revision"]
            table = label_zero_shot(model, ids, images, params.attributes, revision, device)
write_table(snakemake.output[0], table, "labels")
