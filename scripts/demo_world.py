"""Make the embedded demo world anew; takes half an hour on a GPU, hours on a CPU."""

import shutil
from pathlib import Path

from vectorfind.demo.recipe import Job, run_all
from vectorfind.devices import claimed_device
from vectorfind.joblog import start_job_log

start_job_log(snakemake.log[0])
params, made = snakemake.params, Path(snakemake.params.work)
with claimed_device(params.device) as device:
    job = Job(
        output=made,
        cache=made / "faces",
        effort=params.effort,
        device=device,
        faces=params.faces,
        processes=snakemake.threads,
        batch=params.batch,
    )
    run_all(job)
for path in map(Path, snakemake.output):
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(made / path.relative_to("results/demo_world"), path)
