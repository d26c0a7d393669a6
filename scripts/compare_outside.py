"""What a judge from outside says of every method: a table, and a JSON per method."""

import numpy as np

from vectorfind.directions.edits import combine_offsets
from vectorfind.evaluation.outside import measure_answers, outside_table, summarise_outside
from vectorfind.files import read_json, write_csv, write_json
from vectorfind.judges.outside import image_numbers, read_all_answers
from vectorfind.vocabulary import Names
from vectorfind.workflow.job import Job

job = Job(snakemake)
params, source = job.params, job.input
offsets = combine_offsets(**params.test_offsets)
numbers = [image_numbers(len(offsets), *one) for one in params.ranges]
answers = np.reshape(source.answers, (len(params.methods), -1)).tolist()
summaries = {}
for method, found, paths in zip(params.methods, map(read_json, source.found), answers, strict=True):
    measured = read_all_answers(paths, numbers, Names(**params.names))
    summaries[method] = summarise_outside(
        measure_answers(measured, offsets),
        params.name,
        found["method"],
        found["unit"],
        found["unit_why"],
        params.pass_at,
    )
write_csv(job.output.table, outside_table(summaries))
for path, summary in zip(job.output.summaries, summaries.values(), strict=True):
    write_json(path, summary)
