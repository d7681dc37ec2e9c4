# Two commands matter: `make run` and `make test`. Both need Python >= 3.11 and make, nothing else.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help run test faults check fmt bench bench-quick lock clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(STAMP): requirements.lock pyproject.toml
	@echo "Installing the locked packages into $(VENV) (about a minute the first time) …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.11 …"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

run: $(STAMP) ## Everything on this machine: Kafka, Valkey, worker, sandbox downstreams, 30 simulated learners
	@$(BIN)/orchestrator dev --classroom 30

test: $(STAMP) ## All tests, on a real Kafka, a real Valkey and real HTTP
	@$(BIN)/python -m pytest $(ARGS)

faults: $(STAMP) ## Every fault that the service is to survive, with a table at the end (under 40 minutes)
	@$(BIN)/python -m pytest tests/faults -m "long or not long" --all-faults $(ARGS)

check: $(STAMP) ## Format, lint, types, import rules, dependencies
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/deptry .

fmt: $(STAMP) ## Format the code and mend what can be mended by itself
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(STAMP) ## All benchmarks at full size, the peers beside it; writes figures, plots and the goals' table
	@$(BIN)/python -m benchmarks.suite $(ARGS)

bench-quick: $(STAMP) ## All benchmarks at small sizes, in under ten minutes; only prints
	@$(BIN)/python -m benchmarks.suite --quick $(ARGS)

lock: ## Resolve the dependencies anew into requirements.lock (needs uv)
	@uv pip compile pyproject.toml --universal --python-version 3.11 --all-extras --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-header --no-annotate -o requirements.lock

clean: ## Remove what was built and installed
	@rm -rf $(VENV) .bench build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
