"""Label the first images of a population: from the user's CSV, a model, or the demo's annotator."""

from vectorfind.data.archives import ArchivedImages
from vectorfind.data.tables import write_table
from vectorfind.labels.annotator import label_from_annotator
from vectorfind.labels.hand_labels import label_from_file, labelling_command
from vectorfind.workflow.job import Job

job = Job(snakemake)
labels, ids, stage = job.params.labels, range(job.params.labelled), job.wildcards.stage
if labels["source"] == "file":
    path, wanted = getattr(job.config.labels, stage), labels["attributes"]
    command = labelling_command(stage, wanted, path, len(ids))
    table = label_from_file(path, ids, wanted, command)
else:
    images = ArchivedImages(job.input.images, ids)
    if labels["source"] == "demo":
        annotator = job.config.labels.annotator
        table = label_from_annotator(annotator, ids, images, labels["attributes"])
    else:
        # Imported late: it takes seconds.
        from vectorfind.labels.zero_shot import label_zero_shot

        with job.device() as device:
            model, revision, prompts = (labels[key] for key in ("model", "revision", "prompts"))
            table = label_zero_shot(model, ids, images, prompts, revision=revision, device=device)
write_table(job.output[0], table, "labels")
