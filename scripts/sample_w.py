"""Draw one shard of samples: w and the scorer's eight scores; no image is kept."""

from vectorfind.devices import claimed_device
from vectorfind.directions.sample_files import write_samples
from vectorfind.directions.sampling import sample_scores
from vectorfind.joblog import start_job_log
from vectorfind.scoring import load_scorer
from vectorfind.stylegan import draw_latents, load_networks

start_job_log(snakemake.log[0])
params = snakemake.params
start, count = params.range
with claimed_device(params.device) as device:
    networks = load_networks(snakemake.input.networks, fused_scale=params.fused_scale)
    generator = networks.inference_generator
    z, label = draw_latents(params.seed, start, count, generator.z_dim, generator.label_dim)
    scorer = load_scorer(snakemake.input.scorer)
    w, scores = sample_scores(generator, scorer, z, label, params.batch_size, device)
write_samples(snakemake.output[0], w, scores)
