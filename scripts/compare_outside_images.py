"""Draw one shard of the comparison's faces, each unedited and with every edit, as an archive."""

from vectorfind.bundle import load_bundle
from vectorfind.data.archives import write_archive
from vectorfind.data.origin import origin_of
from vectorfind.directions.edits import combine_offsets
from vectorfind.evaluation.image_test import draw_edits
from vectorfind.judges.judge import scorer_judge
from vectorfind.judges.outside import image_numbers
from vectorfind.workflow.job import Job

job = Job(snakemake)
decides, bundle = job.params.images, job.input.bundle
offsets = combine_offsets(**decides["test_offsets"])
with job.device() as device:
    face = load_bundle(bundle, device=device)
    z, label = face.draw(decides["seed"], *decides["range"])
    images = draw_edits(
        face.generator,
        face.directions.edit,
        scorer_judge(face.scorer),
        face.directions.cutoffs,
        z,
        label,
        offsets=offsets,
        device=device,
    )
    write_archive(
        job.output[0],
        images,
        image_numbers(len(offsets), *decides["range"]).start,
        origin=origin_of("comparison's edits", decides["seed"], bundle=bundle),
    )
