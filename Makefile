# `make` alone lists the targets. Every target does its own set-up.

# The Python that makes the virtual environment: `make setup PYTHON=python3.12`.
PYTHON ?= python3
# Processes for the tests and notebooks.
WORKERS ?= 2
# Where `make test` writes JUnit XML; nowhere when empty.
JUNIT ?=
# More arguments for pytest: `make test PYTEST_ARGS="-k routing -x"`.
PYTEST_ARGS ?=

VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.simkit-setup
NODE_STAMP := node_modules/.simkit-setup

# One pytest run for tests and notebooks: the processes share all the work, and
# there is one summary and one XML file. `loadscope` keeps the cells of a notebook,
# which depend on each other, on one process and in order. The kernel is always
# that of this environment, whatever kernels the user has registered.
NBVAL := --nbval --nbval-current-env --nbval-cell-timeout=300

# The tests start hundreds of processes, of which each would compile the kit anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup lab test thorough quick lint front-end bench fuzz again derived screenshots notebooks wheel constraints clean distclean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile

setup: $(STAMP) ## make .venv and install everything; does nothing when up to date

# Where the system's Python has no ensurepip, its own pip puts pip into the environment.
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "simkit needs CPython 3.11 or newer: make setup PYTHON=python3.12" >&2; exit 1; }
	@if $(PY) -m pip --version >/dev/null 2>&1; then :; \
	elif $(PYTHON) -c 'import ensurepip' 2>/dev/null; then \
		$(PYTHON) -m venv --clear $(VENV); \
	else \
		$(PYTHON) -m venv --clear --without-pip $(VENV) && \
		$(PYTHON) -m pip --python $(PY) install --quiet pip; \
	fi
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $(STAMP)

lab: setup ## open the notebooks in JupyterLab
	$(VENV)/bin/simkit lab

# Benchmarks are run once, small and untimed, so that they are known to run.
test: setup ## run tests and notebooks; JUNIT=path.xml also writes JUnit XML
	$(PY) -m pytest tests $(wildcard notebooks) -n $(WORKERS) --dist loadscope \
		--benchmark-disable --ignore-glob='tests/*.ipynb' $(NBVAL) \
		$(if $(JUNIT),--junit-xml='$(JUNIT)') $(PYTEST_ARGS)

# Much is alike but for a setting, such as the trap on a screen: `make test` goes through some of it.
thorough: setup ## the same with all combinations of what is alike, and more random examples
	SIMKIT_THOROUGH=1 $(MAKE) --no-print-directory test

# What needs no browser, no notebook and no patience: for between two edits. Files of which nothing
# would be run are not even imported.
NOT_QUICK = $(shell grep -rlE '^pytestmark = \[?pytest.mark.(slow|browser)' tests) tests/benchmarks
quick: setup ## run the quick tests, in a minute or two; the slowest are printed
	$(PY) -m pytest tests -n $(WORKERS) --dist worksteal -q --durations=5 -p no:nbval \
		-m 'not slow and not browser and not fuzz' $(addprefix --ignore=,$(NOT_QUICK)) \
		--hypothesis-profile=quick $(PYTEST_ARGS)

lint: setup front-end ## check style, format and types, of the front end as well where npm is
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

# Nobody needs node to use the kit; where npm has to be there, its lack is an error.
front-end:
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(NODE_STAMP) && \
		npx --no-install biome ci --error-on-warnings && npx --no-install tsc --project tsconfig.json; \
	elif [ "$(SIMKIT_REQUIRE_NODE)" = 1 ]; then echo "no npm on the path, and SIMKIT_REQUIRE_NODE=1" >&2; exit 1; \
	else echo "no npm on the path: the front end is not checked"; fi

$(NODE_STAMP): package.json
	npm install --no-package-lock --no-audit --no-fund --ignore-scripts --silent
	@touch $(NODE_STAMP)

bench: setup ## run the benchmarks; each run is kept as JSON in .benchmarks/
	$(PY) -m pytest tests/benchmarks --benchmark-storage=.benchmarks --benchmark-autosave \
		$(PYTEST_ARGS)

# What is done, and what failed, is kept in .fuzz/; FUZZ_SEED=n repeats a whole run.
fuzz: setup ## repeat property tests with many new examples; FUZZ_MINUTES=20 does a part of them
	$(PY) -m pytest tests -m fuzz --hypothesis-profile=fuzz -n $(WORKERS) --dist worksteal \
		--ignore=tests/benchmarks $(PYTEST_ARGS)

again: setup ## run a kept counterexample through its test: FILE=.fuzz/failures/NAME.yaml
	$(PY) tests/again.py $(FILE)

# What is made from other files, and held to them by tests. Redirected at once, a failure would empty it.
derived: setup ## write again what is made from other files: verdicts, tables, types
	verdicts=$$($(VENV)/bin/simkit traps --json) && printf '%s\n' "$$verdicts" > data/verdicts.json
	$(PY) tests/test_data_dictionary.py
	$(PY) tools/typedefs.py
	$(PY) tools/languages.py
	$(PY) tools/workshop.py

screenshots: setup ## draw the pictures of the documentation again
	$(PY) tools/screenshots.py

notebooks: setup ## run all notebooks again and store what they print
	$(PY) tools/notebooks.py

wheel: setup ## build a wheel in dist/
	$(PY) -m build --wheel --no-isolation

constraints: ## resolve all versions anew and write constraints.txt
	$(PYTHON) .ci/pins.py

clean: ## remove build products and caches
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -path ./$(VENV) -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## also remove .venv, node_modules and the kept benchmarks
	rm -rf $(VENV) node_modules .benchmarks
