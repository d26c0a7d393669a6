"""Draw one shard of samples: w and the scorer's scores; no image is kept."""

from vectorfind.files import read_json
from vectorfind.samples.files import write_samples
from vectorfind.samples.shards import collect_shard, sample_blocks
from vectorfind.scoring import load_scorer
from vectorfind.stylegan import load_networks
from vectorfind.workflow.job import Job

job = Job(snakemake)
params, source = job.params, job.input
start, count = params.range
cutoffs = read_json(source.cutoffs) if source.cutoffs else None
with job.device() as device:
    networks = load_networks(source.networks, fused_scale=params.fused_scale)
    generator, scorer = networks.inference_generator, load_scorer(source.scorer)
    at_once = job.config.sampling.batch_size
    drawn = params.seed, start, count, at_once
    blocks = sample_blocks(generator, scorer, *drawn, device=device)
    w, scores, sums = collect_shard(blocks, params.kept, scorer.properties, cutoffs)
write_samples(job.output[0], w, scores, sums)
