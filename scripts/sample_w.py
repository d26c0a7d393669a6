"""Draw one shard of samples: w and the scorer's scores; no image is kept."""

from vectorfind.samples.draw import sample_scores
from vectorfind.samples.files import write_samples
from vectorfind.scoring import load_scorer
from vectorfind.stylegan import draw_latents, load_networks
from vectorfind.workflow.job import Job

job = Job(snakemake)
params = job.params
start, count = params.range
with job.device() as device:
    networks = load_networks(job.input.networks, fused_scale=params.fused_scale)
    generator, scorer = networks.inference_generator, load_scorer(job.input.scorer)
    z, label = draw_latents(params.seed, start, count, generator.z_dim, generator.label_dim)
    at_once = job.config.sampling.batch_size
    w, scores = sample_scores(generator, scorer, z, label, at_once, device=device)
write_samples(job.output[0], w, scores)
