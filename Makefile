# Two commands for a newcomer: `make demo` and `make test`; each sets itself up.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help setup demo report test test-slurm test-faults lint types bench docs clean

help: ## what there is to make
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: .venv/ready ## a virtual environment in .venv with everything that is needed

.venv/ready: requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 14) else f"Python 3.11 to 3.13 is needed, this is {v[0]}.{v[1]}: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $@

demo: setup ## the whole chain on the embedded demo: results/vectorfind_v8.pt and pictures
	$(BIN)/snakemake --cores all

report: setup ## results/report.html: a page of the run that opens offline
	$(BIN)/snakemake --cores all results/report.html

test: setup ## the tests, the workflow on the demo among them
	$(BIN)/python -m pytest

test-slurm: setup ## the demo on a real SLURM of one node, with a killed job and a crashed node (root, Debian; half an hour)
	command -v slurmctld >/dev/null || (apt-get update && apt-get install -y slurm-wlm munge)
	$(BIN)/python -m pytest -n 0 -s -m slurm tests/slurm

test-faults: setup ## thirty faults at random moments of small runs (root, for a disk of its own; an hour)
	$(BIN)/python -m pytest -n 0 -s -m faults tests/faults

lint: setup ## ruff, snakefmt, Snakemake's own linter and the type checker
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/snakemake --lint
	$(BIN)/mypy

types: setup ## the type checker
	$(BIN)/mypy

bench: setup ## every stage against the naive way
	$(BIN)/python -m benchmarks

docs: setup ## the generated parts of README and docs
	$(BIN)/python -m vectorfind.config.docs
	$(BIN)/python docs/rulegraph.py

clean: ## results and working folders
	rm -rf work results/* .snakemake
