# Two commands do everything, set-up included: `make demo` and `make test`.
# The first Python that is new enough; 3.11 first, which the lock files were made with.
PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Processes that test side by side: one more than there are cores, as much of testing is waiting; a file's tests stay together.
WORKERS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); [ $$n -lt 8 ] || n=7; echo $$((n + 1)))
SIDE_BY_SIDE := -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# How long `make soak` goes on: kills, and schedules of trouble.
KILLS ?= 200
SCHEDULES ?= 2000

.PHONY: demo test test-engines test-browser screenshots soak check format docs bench lock clean help

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/.base ## everything on simulated vendors: sync, KPIs, plan, write-back (ARGS="--json" …)
	$(BIN)/cadran demo $(ARGS)

test: $(VENV)/.dev ## the whole suite (ARGS="-k name" …; ARGS="-n 0": in one process, to look into something)
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) --ignore tests/browser $(ARGS)

test-engines: $(VENV)/.engines ## what needs PostgreSQL or Spark, for real; installs a server and Java where apt-get can, and then they must start
	@missing=""; \
	  ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || missing="postgresql"; \
	  command -v java >/dev/null || [ -x "$$JAVA_HOME/bin/java" ] || missing="$$missing default-jre-headless"; \
	  [ -z "$$missing" ] || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $$missing >/dev/null; }
	CADRAN_REQUIRE_ENGINES=1 $(BIN)/python -m pytest $(SIDE_BY_SIDE) tests/sync -k "postgresql or spark or hyper"

test-browser: $(VENV)/.browser ## the pages in a real browser; installs Debian's Chromium where apt-get can, and then it must start
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium fonts-dejavu-core libpango-1.0-0 libpangoft2-1.0-0 >/dev/null; }
	CADRAN_REQUIRE_BROWSER=1 $(BIN)/python -m pytest $(SIDE_BY_SIDE) tests/browser $(ARGS)

screenshots: $(VENV)/.browser ## pictures of the pages for the README, from a demo of its own
	CADRAN_HOME=.screenshots $(BIN)/cadran demo >/dev/null
	CADRAN_HOME=.screenshots $(BIN)/cadran targets --account demo >/dev/null
	$(BIN)/python -m tests.browser.screenshots .screenshots
	rm -rf .screenshots

soak: $(VENV)/.dev ## the long campaigns, and their log in tests/soak/LAST.md (KILLS=200 SCHEDULES=2000)
	SOAK_KILLS=$(KILLS) SOAK_SCHEDULES=$(SCHEDULES) SOAK_WORKERS=$(WORKERS) $(BIN)/python -m tests.soak $(ARGS)

check: $(VENV)/.dev ## what CI checks besides tests: format, lint, types, import rules, generated docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.golden --check

format: $(VENV)/.dev ## put the code in order
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

docs: $(VENV)/.dev ## write the generated pages and golden files again
	$(BIN)/python -m tests.golden --write

bench: $(VENV)/.dev ## measure, and print the tables of the README
	$(BIN)/python -m benchmarks

lock: ## pin every dependency anew, with hashes and without an index address (needs pip-tools)
	pip-compile --quiet --upgrade --generate-hashes --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header -o requirements.lock pyproject.toml
	pip-compile --quiet --upgrade --generate-hashes --strip-extras --allow-unsafe --extra dev --extra postgres --extra ltv --extra oidc --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header -c requirements.lock -o requirements-dev.lock pyproject.toml
	pip-compile --quiet --upgrade --generate-hashes --strip-extras --allow-unsafe --extra spark --extra tableau --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header -c requirements-dev.lock -o requirements-engines.lock pyproject.toml
	pip-compile --quiet --upgrade --generate-hashes --strip-extras --allow-unsafe --extra browser --extra pdf --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header -c requirements-dev.lock -o requirements-browser.lock pyproject.toml
	pip-compile --quiet --upgrade --generate-hashes --strip-extras --allow-unsafe --extra keyring --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header -c requirements-dev.lock -o requirements-keyring.lock pyproject.toml
	pip-compile --quiet --upgrade --generate-hashes --strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header -o requirements-build.lock requirements-build.in

clean: ## forget the virtual environment and the demo's home
	rm -rf $(VENV) .cadran

$(VENV)/.python:
	@test -n "$(PYTHON)" || { echo "Cadran needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 …"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.base: $(VENV)/.python requirements.lock requirements-build.lock pyproject.toml
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --require-hashes -r requirements-build.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.base requirements-dev.lock
	$(PIP) install --no-build-isolation --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/.browser: $(VENV)/.dev requirements-browser.lock
	$(PIP) install --no-build-isolation --require-hashes -r requirements-browser.lock
	@touch $@

$(VENV)/.engines: $(VENV)/.dev requirements-engines.lock
	$(PIP) install --no-build-isolation --require-hashes -r requirements-engines.lock
	@touch $@
