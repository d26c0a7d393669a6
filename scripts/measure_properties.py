"""Parse the filtered images of one shard and measure their eight raw scores."""

from vectorfind.data.archives import read_archive
from vectorfind.data.tables import read_table, write_table
from vectorfind.devices import claimed_device
from vectorfind.faces.parser import load_parser, measure_images
from vectorfind.joblog import start_job_log

start_job_log(snakemake.log[0])
parser = dict(snakemake.params.parser)
batch_size = parser.pop("batch_size")
filtered = snakemake.input.filtered
kept = read_table(filtered, "selection").image_id if filtered else None
ids, images = read_archive(snakemake.input.images, kept)
with claimed_device(snakemake.params.device) as device:
    scores = measure_images(load_parser(**parser, device=device), images, batch_size)
scores.insert(0, "image_id", ids)
write_table(snakemake.output[0], scores, "raw_properties")
