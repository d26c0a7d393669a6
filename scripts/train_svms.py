"""Train one property's 16 SVMs."""

import numpy as np
import pandas as pd

from vectorfind.directions.svm import fit_svms
from vectorfind.directions.svm_files import write_svm
from vectorfind.files import atomic_path
from vectorfind.joblog import start_job_log
from vectorfind.names import GROUPS

start_job_log(snakemake.log[0])
params = snakemake.params
w = np.load(snakemake.input.w, mmap_mode="r")
scores, groups = np.load(snakemake.input.scores), np.load(snakemake.input.groups)
fits = fit_svms(
    w,
    scores,
    groups,
    snakemake.wildcards.property,
    class_share=params.class_share,
    validation_share=params.validation_share,
    c=params.svm_c,
    seed=params.seed,
)
for path, fit in zip(snakemake.output.svms, fits, strict=True):
    write_svm(path, fit.model)
figures = pd.DataFrame(
    {
        "group": GROUPS,
        "samples": [fit.samples for fit in fits],
        "train_accuracy": [fit.train_accuracy for fit in fits],
        "validation_accuracy": [fit.validation_accuracy for fit in fits],
        "gain": [fit.gain for fit in fits],
    }
)
print(figures.describe().loc[["mean", "min", "max"]])
with atomic_path(snakemake.output.figures) as partial:
    figures.to_csv(partial, index=False)
