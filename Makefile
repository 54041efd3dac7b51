# Every target makes .venv when it is missing; nothing else on the machine is touched but by `services`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Half of what the tests do is waiting for real servers: two workers for a core keep it busy.
WORKERS ?= $(shell echo $$((2 * $$(nproc))))
# Thousands of small databases of tests wait for the disk at each commit, unless they lie in memory.
MEMORY := $(shell df -k --output=avail /dev/shm 2>/dev/null | awk 'END { if ($$1 > 6000000) print "/dev/shm" }')
# Tests start hundreds of interpreters: they read compiled code, whatever the machine's setting.
export PYTHONDONTWRITEBYTECODE :=
PIP := $(BIN)/python -m pip --disable-pip-version-check -q

.PHONY: anonymise-long demo serve test check newcomer compat mutate bench engines scale dist services pictures catalogues format clean chaos outage canary kills

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) install -c constraints.txt -e '.[dev]' hatchling
	touch $@

demo: $(STAMP)          ## the shop, wrapped, replayed and searched for leaks
	$(BIN)/python -m examples.shop.demo

serve: $(STAMP)         ## keep the demo's shop running on http://127.0.0.1:8000
	$(BIN)/python -m examples.shop.demo --serve

test: $(STAMP)          ## all tests, two workers for each core, with branch coverage
	$(BIN)/coverage erase
	PYTEST_DEBUG_TEMPROOT=$(if $(TMPDIR),$(TMPDIR),$(MEMORY)) \
	    $(BIN)/coverage run -m pytest -n $(WORKERS) --maxprocesses 8 --dist loadfile --no-loadscope-reorder --durations=30 --durations-min=5
	$(BIN)/coverage combine -q
	$(BIN)/coverage report

check: $(STAMP)         ## format, lint, types, import contracts, spelling, docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy privacykit
	$(BIN)/lint-imports
	$(BIN)/typos
	$(BIN)/sphinx-build -q -W --keep-going -E docs docs/_build

pictures: $(STAMP)      ## the pictures of the documentation, by a real Chromium
	$(BIN)/python -m examples.shop.pictures

catalogues: $(STAMP)    ## the catalogues brought up to the wording, and compiled
	$(BIN)/python -m tests.web.language.update

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

mutate: $(STAMP)        ## what no test notices: MODULES="a.py b.py" [SAMPLE=20 SEED=1] [TESTS="tests/decide"]
	$(BIN)/python -m tests.mutation $(MODULES) $(if $(TESTS),--tests $(TESTS)) \
	    $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(SEED),--seed $(SEED)) $(if $(AT_LEAST),--at-least $(AT_LEAST))

newcomer: $(STAMP)      ## the first hour in a fresh environment, for eight frameworks: NEWCOMERS="quart django"
	$(BIN)/python -m tests.newcomer $(NEWCOMERS)

compat: $(STAMP)        ## the whole test suites of Starlette, Flask and Werkzeug, and Django's of what we rewrite, wrapped
	COMPAT=1 $(BIN)/python -m pytest tests/whole/test_starlette_suite.py tests/whole/test_wsgi_suites.py \
	    tests/whole/test_django_suite.py -q

bench: $(STAMP)         ## ratios against peers, in one interleaved run
	$(PIP) install -c constraints.txt -e '.[bench]'
	$(PIP) install -c constraints.txt --target $(VENV)/peers --upgrade iab-tcf   # brings a package `tests`
	$(BIN)/python -m benchmarks

canary: $(STAMP)        ## faults seeded in a watched site, in simulated time: 50 faults, 1,000 quiet periods; CLEAN=100 FAULTS=20
	$(BIN)/python -m tests.verify.watch_long $(if $(FAULTS),--faults $(FAULTS)) $(if $(CLEAN),--clean $(CLEAN))

chaos: $(STAMP)         ## workers and servers killed during 100,000 events, ten rounds: hours; EVENTS=5000 ROUNDS=1
	$(BIN)/python -m benchmarks.chaos $(if $(EVENTS),--events $(EVENTS)) $(if $(ROUNDS),--rounds $(ROUNDS))

kills: $(STAMP)         ## an erasure killed at each of its commits, on three databases: about three minutes
	EVERY_MOMENT=1 $(BIN)/python -m pytest -q -n 2 tests/crash/test_kill_erasure.py

outage: $(STAMP)        ## one sink dead, then slow, for ten minutes: what all others feel; MINUTES=1
	$(BIN)/python -m benchmarks.outage $(if $(MINUTES),--minutes $(MINUTES))

anonymise-long: $(STAMP) ## a million raw rows anonymised, killed and taken up again; ROWS=100000 KILLS=3; FILES=5120 WIDE=16: files of so many MiB, their rows so many KiB
	$(BIN)/python -m tests.operate.anonymise$(if $(FILES),_files)_long $(if $(FILES),--mib $(FILES) $(if $(WIDE),--wide $(WIDE)),$(if $(ROWS),--rows $(ROWS))) $(if $(KILLS),--kills $(KILLS))

engines: $(STAMP)       ## sink, connectors and reports in ClickHouse and Spark, OpenDP: real engines, 1.7 GB
	$(PIP) install -c constraints.txt -e '.[engines]'
	for tests in tests/sinks/storage tests/reports/test_clickhouse.py \
	    "tests/reports/test_spark.py tests/reports/noise/test_opendp.py" \
	    "tests/connectors/lakehouse/test_lakes.py tests/connectors/lakehouse/test_lake_contract.py \
	     tests/connectors/lakehouse/test_clickhouse_lake.py tests/connectors/lakehouse/test_spark_lake.py"; do \
	    $(BIN)/python -m pytest $$tests || exit 1; done   # a process has one ClickHouse at one place

scale: $(STAMP)         ## what grows with visitors, sites, people, requests, events: about ten minutes
	$(BIN)/python -m benchmarks.scale

dist: $(STAMP)          ## wheel and sdist, the same bytes for the same commit, and their hashes
	rm -rf dist
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(BIN)/python -m hatchling build -d dist
	cd dist && sha256sum *.whl *.tar.gz > SHA256SUMS

services:               ## PostgreSQL, MariaDB, Redis, NATS, RabbitMQ and Mosquitto on loopback (Debian; needs root)
	sh .ci/services

clean:
	rm -rf $(VENV) .demo .mutation dist docs/_build .coverage* .pytest_cache .mypy_cache .ruff_cache
