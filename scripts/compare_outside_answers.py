"""Let a program from outside measure one shard of the comparison's images; look at its answers."""

from vectorfind.directions.edits import combine_offsets
from vectorfind.judges.outside import ask_program, image_numbers, read_answers
from vectorfind.vocabulary import Names
from vectorfind.workflow.job import Job

job = Job(snakemake)
params, answers = job.params, job.output[0]
edits = len(combine_offsets(**params.images["test_offsets"]))
ask_program(params.command, job.input.images, answers)
numbers = image_numbers(edits, *params.images["range"])
read_answers(answers, numbers, Names(**params.names))
