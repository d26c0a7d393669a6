"""Train the 48 SVMs: 16 for each controlled property."""

import numpy as np
import pandas as pd

from vectorfind.directions.storage import write_directions
from vectorfind.directions.svm import SvmFinder
from vectorfind.directions.svm_files import write_svm
from vectorfind.files import atomic_path
from vectorfind.joblog import start_job_log
from vectorfind.names import CONTROLLED, GROUPS

start_job_log(snakemake.log[0])
params, output = snakemake.params, snakemake.output
w = np.load(snakemake.input.w, mmap_mode="r")
scores, groups = np.load(snakemake.input.scores), np.load(snakemake.input.groups)
finder = SvmFinder(**params.svm, seed=params.svm_seed).fit(w, scores, groups)
write_directions(output.directions, finder.directions_)
svm_paths = np.reshape(output.svms, (len(CONTROLLED), len(GROUPS)))
for name, paths, figures_path in zip(CONTROLLED, svm_paths, output.figures, strict=True):
    fits = finder.fits_[name]
    for path, fit in zip(paths, fits, strict=True):
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
    print(name, figures.describe().loc[["mean", "min", "max"]], sep="\n")
    with atomic_path(figures_path) as partial:
        figures.to_csv(partial, index=False)
