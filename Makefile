# Every target makes .venv when it is missing; nothing else on the machine is touched but by `services`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP := $(BIN)/python -m pip --disable-pip-version-check -q

.PHONY: demo serve test check bench services docs format clean

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) install -c constraints.txt -e '.[dev]' hatchling
	touch $@

demo: $(STAMP)          ## the shop, wrapped, replayed and searched for leaks
	$(BIN)/python -m examples.shop.demo

serve: $(STAMP)         ## keep the demo's shop running on http://127.0.0.1:8000
	$(BIN)/python -m examples.shop.demo --serve

test: $(STAMP)          ## all tests, with branch coverage
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage combine -q
	$(BIN)/coverage report

check: $(STAMP)         ## format, lint, types, import contracts, spelling, docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy privacykit
	$(BIN)/lint-imports
	$(BIN)/typos
	$(BIN)/sphinx-build -q -W --keep-going -E docs docs/_build

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP)         ## ratios against peers, in one interleaved run
	$(PIP) install -c constraints.txt -e '.[bench]'
	$(BIN)/python -m benchmarks

services:               ## PostgreSQL, MariaDB and Redis on loopback (Debian; needs root)
	sh .ci/services

clean:
	rm -rf $(VENV) .demo docs/_build .coverage* .pytest_cache .mypy_cache .ruff_cache
