"""A contact sheet of a population's first images, or of the first that passed its filter."""

from vectorfind.data.archives import read_images
from vectorfind.data.tables import read_table
from vectorfind.pictures.sheets import contact_sheet, save_png
from vectorfind.workflow.job import Job

COUNT, COLUMNS, LEAST_WIDTH = 64, 16, 1024

job = Job(snakemake)
filtered = job.input.get("filtered")
ids = read_table(filtered, "selection").image_id[:COUNT] if filtered else range(COUNT)
_, images = read_images(job.input.images, ids)
scale = max(1, LEAST_WIDTH // (COLUMNS * images.shape[2]))
save_png(job.output[0], contact_sheet(images, COLUMNS, scale))
