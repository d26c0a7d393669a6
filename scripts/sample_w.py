"""Draw one shard of samples: w and the scorer's scores; no image is kept."""

from vectorfind.checkpoints import load_generator
from vectorfind.data.origin import origin_of
from vectorfind.files import read_json
from vectorfind.samples.files import write_samples
from vectorfind.samples.shards import collect_shard, sample_blocks
from vectorfind.scoring import load_scorer
from vectorfind.workflow.job import Job

job = Job(snakemake)
params, source = job.params, job.input
start, count = params.range
cutoffs = read_json(source.cutoffs) if source.cutoffs else None
with job.device() as device:
    generator = load_generator(source.networks, params.fused_scale)
    scorer = load_scorer(source.scorer)
    at_once = job.config.sampling.batch_size
    blocks = sample_blocks(generator, scorer, params.seed, start, count, at_once, device=device)
    w, scores, sums = collect_shard(blocks, params.kept, scorer.properties, cutoffs)
origin = origin_of("samples", params.seed, networks=source.networks, scorer=source.scorer)
write_samples(job.output[0], w, scores, sums, origin=origin, start=start)
