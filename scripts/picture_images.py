"""A contact sheet of a population's first images, or of the first that passed its filter."""

from vectorfind.data.archives import read_images
from vectorfind.data.tables import read_table
from vectorfind.joblog import start_job_log
from vectorfind.sheets import contact_sheet, save_png

COUNT, COLUMNS, LEAST_WIDTH = 64, 16, 1024

start_job_log(snakemake.log[0])
filtered = snakemake.input.get("filtered")
ids = read_table(filtered, "selection").image_id[:COUNT] if filtered else range(COUNT)
_, images = read_images(snakemake.input.images, ids)
scale = max(1, LEAST_WIDTH // (COLUMNS * images.shape[2]))
save_png(snakemake.output[0], contact_sheet(images, COLUMNS, scale))
