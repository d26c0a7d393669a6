# Two commands for a newcomer: `make demo` and `make test`; each sets itself up.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help setup setup-dev demo report test test-slurm test-faults lint types bench docs clean

help: ## what there is to make
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

# Nothing is compiled by the set-up, which takes half of its time then, but kept when it is first imported.
unexport PYTHONDONTWRITEBYTECODE

setup: .venv/ready ## a virtual environment in .venv with what the demo, the commands and the pages need

setup-dev: .venv/ready-dev ## and with what the tests and linters need

# uv reads none of pip's settings: where those name wheels (as of torch without CUDA), it looks there too.
UV := $(shell command -v uv 2>/dev/null)
WHEELS := $(BIN)/python -m pip config list | sed -n "s/.*find-links='\(.*\)'/\1/p" | sed 's/\\n/ /g' | xargs | tr ' ' ','

define install
@echo "$(if $(UV),uv,pip) installs $(1) into .venv: a minute, or more where the network is slow."
@$(if $(UV),UV_FIND_LINKS="$${UV_FIND_LINKS-$$($(WHEELS))}" $(UV) pip install --quiet --python $(BIN)/python $(1) || )\
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile $(1)
endef

.venv/ready: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 14) else f"Python 3.11 to 3.13 is needed, this is {v[0]}.{v[1]}: make PYTHON=python3.12")'
	@$(PYTHON) -m venv .venv
	$(call install,-r requirements.txt -e .)
	@# torch's own test programs: 120 MiB.
	@rm -rf .venv/lib/python3*/site-packages/torch/test .venv/lib/python3*/site-packages/torch/bin/test_*
	@touch $@

.venv/ready-dev: .venv/ready requirements-dev.txt
	$(call install,-r requirements-dev.txt)
	@touch $@

demo: setup ## the whole chain on the embedded demo: results/vectorfind_v8.pt and pictures
	$(BIN)/snakemake --cores all

report: setup ## results/report.html: a page of the run that opens offline
	$(BIN)/snakemake --cores all results/report.html

test: setup-dev ## the tests, the workflow on the demo among them
	$(BIN)/python -m pytest

test-slurm: setup-dev ## the demo on a real SLURM of one node, with a killed job and a crashed node (root, Debian; half an hour)
	command -v slurmctld >/dev/null || (apt-get update && apt-get install -y slurm-wlm munge)
	$(BIN)/python -m pytest -n 0 -s -m slurm tests/slurm

test-faults: setup-dev ## thirty faults at random moments of small runs (root, for a disk of its own; an hour)
	$(BIN)/python -m pytest -n 0 -s -m faults tests/faults

lint: setup-dev ## ruff, snakefmt, Snakemake's own linter and the type checker
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/snakemake --lint
	$(BIN)/mypy

types: setup-dev ## the type checker
	$(BIN)/mypy

bench: setup ## every stage against the naive way
	$(BIN)/python -m benchmarks

docs: setup ## the generated parts of README and docs
	$(BIN)/python -m vectorfind.config.docs
	$(BIN)/python docs/rulegraph.py

clean: ## results and working folders
	rm -rf work results/* .snakemake
