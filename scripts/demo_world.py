"""Make the embedded demo world anew; takes half an hour on a GPU, hours on a CPU."""

import shutil
from pathlib import Path

from vectorfind.demo import recipe
from vectorfind.workflow.job import Job

job = Job(snakemake)
params, made = job.params, Path(job.params.work)
with job.device() as device:
    recipe.run_all(
        recipe.Job(
            output=made,
            cache=made / "faces",
            effort=params.effort,
            device=device,
            faces=params.faces,
            processes=job.threads,
            batch=params.batch,
        )
    )
for path in map(Path, job.output):
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(made / path.relative_to("results/demo_world"), path)
