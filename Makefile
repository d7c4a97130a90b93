# One-word commands. Each makes or updates .venv first; `make PYTHON=python3.13 ...` picks its Python.
# Plain enough for GNU make 3.81, which macOS ships.

PYTHON ?= python3
UV ?= uv
FIGURES ?= figures

ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif

.PHONY: help setup setup-dev reproduce demo figures test lint types docs bench lock clean

help:
	@echo "make setup      make .venv from requirements.lock"
	@echo "make reproduce  run the whole study, then the demonstration; ARGS=... adds options"
	@echo "make demo       draw the figures from simulated files, into out/demo/"
	@echo "make figures    run it into $(FIGURES)/"
	@echo "make test       run the tests; ARGS=... adds pytest options"
	@echo "make lint       check style and which module may import which"
	@echo "make types      check types"
	@echo "make docs       build docs/_build/html"
	@echo "make bench      measure everything, into benchmarks/results/table.md; ARGS=--quick: a look"
	@echo "make lock       resolve both lock files again (needs uv); ARGS=--upgrade takes newer releases"
	@echo "make clean      remove caches and builds, not .venv, data or results"

setup:
	@"$(PYTHON)" scripts/setup.py --lock runtime

setup-dev:
	@"$(PYTHON)" scripts/setup.py --lock dev

# What the raw files at hand allow, then all of it from simulated files.
reproduce: setup
	$(BIN)/autonomy-stats reproduce $(ARGS)
	$(BIN)/autonomy-stats reproduce --demo

demo: setup
	$(BIN)/autonomy-stats reproduce --demo $(ARGS)

figures: setup
	$(BIN)/autonomy-stats reproduce --out "$(FIGURES)" $(ARGS)

# Four workers at most: each holds tables of its own in memory.
test: setup-dev
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal $(ARGS)

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: setup-dev
	$(BIN)/mypy

docs: setup-dev
	$(BIN)/python -m sphinx -W -q docs docs/_build/html

# Programs to compare with are left out unless installed: pip install '.[bench]'.
bench: setup-dev
	$(BIN)/python benchmarks/all.py $(ARGS)

# One version of each package for every Python and system. The dev lock keeps the runtime lock's.
COMPILE = "$(UV)" pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--fork-strategy fewest --generate-hashes --no-header --no-emit-index-url \
	--no-emit-find-links --extra examples --group backend

lock:
	$(COMPILE) $(ARGS) -o requirements.lock
	$(COMPILE) $(ARGS) --extra dev -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf build dist docs/_build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find src tests scripts benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
