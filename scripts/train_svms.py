"""Train the SVMs: one for each steered property and group."""

import numpy as np

from vectorfind.directions.svm import SvmFinder
from vectorfind.directions.svm_files import figures_of, write_svm
from vectorfind.files import write_csv
from vectorfind.samples.files import open_samples
from vectorfind.samples.vectors import write_vectors
from vectorfind.vocabulary import Names
from vectorfind.workflow.job import Job

job = Job(snakemake)
source, output, names = job.input, job.output, Names(**job.params.names)
samples = open_samples(source.w, source.scores, source.groups, names)
finder = SvmFinder(**job.params.svm).fit(samples)
write_vectors(output.directions, finder.directions_, names.groups)
paths = np.reshape(output.svms, (len(names.steered), len(names.groups)))
for fits, own, figures in zip(finder.fits_.values(), paths, output.figures, strict=True):
    for path, fit in zip(own, fits, strict=True):
        write_svm(path, fit.model)
    write_csv(figures, figures_of(fits, names.groups))
