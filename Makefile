.DEFAULT_GOAL := help
# The Python that .venv has, once it is there.
PYTHON ?= $(or $(wildcard .venv/bin/python),python3)
BIN := .venv/bin
# Newer than what it is made from: .venv is current.
STAMP := .venv/.current

# Every program that a test starts would compile MLflow anew, for seconds.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## Say what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1~\2/p' Makefile | awk -F'~' '{ printf "%-14s %s\n", $$1, $$2 }'

.PHONY: check
check:
	@$(PYTHON) scripts/check_system.py

.PHONY: setup
setup: $(STAMP) ## Make .venv with everything; nothing to do when it is current

$(STAMP): pyproject.toml $(wildcard requirements/*.txt) | check
	@echo "Making .venv ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@# pip takes hashes only from a requirements file, so uv's lines are cut out of ours.
	@sed -n '/^uv==/,/[^\\]$$/p' requirements/dev.txt > .venv/uv.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r .venv/uv.txt
	@echo "Installing requirements/dev.txt ..."
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $(STAMP)
	@echo "Done."

.PHONY: demo
demo: setup ## Train, register, score, compare and promote on flights from New York
	@$(BIN)/python examples/flights/demo.py

.PHONY: bench
bench: setup ## Measure against MLflow, Polars, pandas and scikit-learn, into docs/; ROWS, MODELS for a short look
	@$(BIN)/python benchmarks/scoring.py $(if $(ROWS)$(MODELS),,--write) $(if $(ROWS),--rows $(ROWS)) $(if $(MODELS),--models $(MODELS))
ifeq ($(ROWS)$(MODELS),)
	@$(BIN)/python benchmarks/first_score.py --write
	@$(BIN)/python benchmarks/cold_start.py --write
	@$(BIN)/python benchmarks/scaling.py --write
	@$(BIN)/python benchmarks/comparing.py --write
	@$(BIN)/python benchmarks/comparing.py --growth --write
endif

.PHONY: test
test: lint ## All checks and all tests, with coverage: what CI runs
	@rm -f .coverage .coverage.*
	@$(MAKE) --no-print-directory --jobs=2 --keep-going programs package plain
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

# Two at a time, since none keeps two cores busy; the plain ones when the first of the others is over. Their results and
# the programs' are shown when all are there.
PLAIN := tests/core tests/flavors tests/measures tests/registry
COVERED := --cov --cov-report= --cov-fail-under=0

.PHONY: package plain programs
package: setup
	@COVERAGE_FILE=.coverage.package $(BIN)/pytest --ignore=tests/e2e $(PLAIN:%=--ignore=%) $(COVERED)

plain: setup
	@results=$$(COVERAGE_FILE=.coverage.plain $(BIN)/pytest --quiet $(PLAIN) $(COVERED) 2>&1); \
		code=$$?; echo; echo "$$results"; exit $$code

programs: setup
	@results=$$($(BIN)/pytest --quiet tests/e2e 2>&1); code=$$?; echo; echo "$$results"; exit $$code

.PHONY: lint
lint: setup ## Format, lints, types, layers, schemas
	$(BIN)/ruff format --check --quiet
	$(BIN)/ruff check --quiet
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m spark_models.core.config.schema --check

.PHONY: format
format: setup ## Put format, imports and schemas right
	$(BIN)/ruff format
	$(BIN)/ruff check --fix
	$(BIN)/python -m spark_models.core.config.schema

.PHONY: unit
unit: setup ## The tests that need no Spark: seconds
	$(BIN)/pytest --quiet tests/core

.PHONY: lock
lock: setup ## Pin requirements/dev.txt to pyproject.toml; LOCK=--upgrade takes the newest
	@$(BIN)/uv pip compile pyproject.toml --quiet --group dev --all-extras --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header $(LOCK) \
		--output-file requirements/dev.txt

.PHONY: clean
clean: ## Remove all that make made, .venv too
	rm -rf .venv build dist htmlcov .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	rm -rf demo lake mlruns mlartifacts mlflow.db spark-warehouse spark-models.log derby.log metastore_db
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
