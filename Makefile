# The commands of the house: `make refresh` and `make test` do all their own set-up on a fresh machine.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(VENV)/bin/uv
# Prefect and Great Expectations are thousands of modules: without byte code every start would compile them again.
INSTALL := VIRTUAL_ENV=$(CURDIR)/$(VENV) $(UV) pip install --quiet --no-deps --compile-bytecode
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help refresh test check bench docs lock clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

$(UV):
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.8,<1"

# The stamps are written last, so that an interrupted installation is finished by the next call.
$(VENV)/.runtime: requirements.lock pyproject.toml | $(UV)
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@

refresh: $(VENV)/.runtime  ## look, land, refit and publish one edition into ./data
	$(BIN)/gpt2030 refresh

check: $(VENV)/.dev  ## formatting, lint, types, import direction
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check  ## every check, then the whole test suite
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

bench: $(VENV)/.dev  ## the measurements quoted in the docs
	$(BIN)/python -m infra.bench

docs: $(VENV)/.dev  ## regenerate the pages that are written from code
	$(BIN)/python -m infra.docs

lock: | $(UV)  ## resolve the dependencies anew
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url pyproject.toml -o requirements.lock
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --group dev pyproject.toml -c requirements.lock -o requirements-dev.lock

clean:  ## remove what make built; ./data is yours and stays
	rm -rf $(VENV) .bench build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
