"""Parse the filtered images of one shard and measure their raw scores."""

from vectorfind.data.archives import open_archive
from vectorfind.data.tables import read_table, write_table
from vectorfind.faces.measures import load_measures, with_own_scores
from vectorfind.faces.parser import load_parser, measure_images
from vectorfind.workflow.job import Job

job = Job(snakemake)
params, filtered = job.params, job.input.filtered
kept = read_table(filtered, "selection").image_id if filtered else None
images = open_archive(job.input.images, kept)
with job.device() as device:
    parser = load_parser(**job.parser(params.parser), device=device)
    at_once = parser.batch_size
    scores = measure_images(parser, images, at_once, measures=load_measures(params.measures))
scores.insert(0, "image_id", images.ids)
scores = with_own_scores(scores, params.scores)
rows = job.config.vocabulary.properties
ranges = {name: (row.least, row.most) for name, row in rows.items()}
write_table(job.output[0], scores, "raw_properties", ranges=ranges)
