# The commands of the house: `make refresh` and `make test` do all their own set-up on a fresh machine.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := UV_SYSTEM_CERTS=1 $(VENV)/bin/uv
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	--no-emit-index-url
# Quick tests at once. Most wait for processes of their own, so one more than there are cores.
WORKERS := 3
# A folder of wheels to set up from, instead of an index: `make refresh OFFLINE=wheelhouse`.
OFFLINE ?=
export OFFLINE
# The range admits newer engines; the lock stays where the extension wheels of the optional `lake` extra exist.
ENGINE := -c <(echo duckdb==1.5.5)
LAKE := -c <(printf 'duckdb-extension-%s==1.5.5\n' ducklake postgres-scanner sqlite-scanner httpfs)
.PHONY: help setup refresh lake cluster tools sbom wheelhouse test quick trials check bench docs lock lowest clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

# The stamps are written last, so that an interrupted installation is finished by the next call.
$(VENV)/.setup: requirements-setup.lock
	PYTHON="$(PYTHON)" infra/setup.sh $(VENV) setup
	@touch $@

$(VENV)/.runtime: requirements.lock pyproject.toml $(VENV)/.setup
	infra/setup.sh $(VENV) runtime
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	infra/setup.sh $(VENV) dev
	@touch $@

setup: $(VENV)/.runtime  ## set up the command and do nothing else

refresh: $(VENV)/.runtime  ## look, land, refit and publish one edition into ./data
	$(BIN)/gpt2030 refresh

$(VENV)/.lake: requirements-lake.lock $(VENV)/.runtime
	infra/setup.sh $(VENV) lake
	@touch $@

$(VENV)/.cluster: requirements-cluster.lock $(VENV)/.runtime
	infra/setup.sh $(VENV) cluster
	@touch $@

cluster: $(VENV)/.cluster  ## set up what backtests of many series beside each other need: Prefect's Dask runner

lake: $(VENV)/.lake  ## set up what a shared warehouse needs: three signed extensions of the engine

$(VENV)/.tools: requirements-tools.lock $(VENV)/.dev
	infra/setup.sh $(VENV) tools
	@touch $@

tools: $(VENV)/.tools  ## set up what judges the Dockerfile and the manifests of infra/deploy: 130 MB

sbom: $(VENV)/.dev  ## what the program stands on: sbom.json (CycloneDX) and licences.md
	$(BIN)/python -m infra.sbom > sbom.json
	$(BIN)/python -m infra.sbom --licences > licences.md

wheelhouse: $(VENV)/.setup  ## all locked distributions in a folder, for machines of this kind without a network
	infra/setup.sh $(VENV) wheelhouse

check: $(VENV)/.dev  ## formatting, lint, types, import direction, declared dependencies
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .

# Where Python may not write byte code, every worker would rewrite all files of tests, and every command compile ours.
quick: $(VENV)/.dev
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not slow"

# Beside each other: mypy keeps one core busy for most of a minute, and the others would wait for it.
test: $(VENV)/.dev  ## every check and the quick tests, beside each other: some minutes
	@$(MAKE) --no-print-directory --jobs 2 check quick

trials: $(VENV)/.dev  ## the tests that are slow by nature, one after the other, and every law on many cases
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -m slow
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -m "hypothesis and not slow" --hypothesis-profile thorough

bench: $(VENV)/.dev  ## the measurements quoted in the docs
	$(BIN)/python -m infra.bench

docs: $(VENV)/.dev  ## regenerate the pages that are written from code
	$(BIN)/python -m infra.docs

lock: $(VENV)/.setup  ## resolve the dependencies anew
	$(COMPILE) $(ENGINE) pyproject.toml -o requirements.lock
	$(COMPILE) -c requirements.lock --group setup -o requirements-setup.lock
	$(COMPILE) -c requirements.lock $(LAKE) --extra lake pyproject.toml -o requirements-lake.lock
	$(COMPILE) -c requirements-lake.lock --extra cluster pyproject.toml -o requirements-cluster.lock
	$(COMPILE) -c requirements-lake.lock -c requirements-setup.lock -c requirements-cluster.lock $(LAKE) --extra lake \
		--group dev pyproject.toml -o requirements-dev.lock
	$(COMPILE) -c requirements-dev.lock --group tools -o requirements-tools.lock

lowest: $(VENV)/.dev  ## a scheduled refresh on the lowest versions that the ranges admit
	rm -rf .lowest && $(PYTHON) -m venv .lowest
	$(COMPILE) $(ENGINE) --resolution lowest-direct pyproject.toml -o .lowest/requirements.lock
	VIRTUAL_ENV=$(CURDIR)/.lowest $(UV) --no-config pip install --quiet --no-deps --require-hashes -r .lowest/requirements.lock
	PYTHONPATH=$(CURDIR) .lowest/bin/python -m infra.scheduled_run

clean:  ## remove what make built; ./data is yours and stays
	rm -rf $(VENV) .lowest .bench build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
