# Every target does its own set-up; the set-up runs once.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)

.PHONY: setup demo test test-spark lint chromium bench screenshots clean

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml constraints.txt
# --seed: the tests install the wheel by pip.
ifdef UV
	$(UV) venv --quiet --seed --allow-existing --python $(PYTHON) $(VENV)
	$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --constraint constraints.txt --editable . --group dev
else
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable . --group dev
endif
	@touch $@

demo: setup
	@exec $(BIN)/sihe demo

lint: setup
	$(BIN)/ruff format --check --quiet pipelines dashboards tests
	$(BIN)/ruff check --quiet pipelines dashboards tests
	$(BIN)/mypy

# The browser tests and the page benchmark use Debian's Chromium. Without root the target prints what to install.
chromium:
	@command -v chromium >/dev/null || { test "$$(id -u)" = 0 && apt-get update -qq && \
	  apt-get install -y -qq --no-install-recommends chromium >/dev/null; } || \
	  { echo "the browser tests need Chromium: apt-get install chromium"; exit 1; }

# One worker more than cores: many tests wait for a server or a browser.
test: setup lint chromium
	$(BIN)/python -m pytest -n $$(($$(nproc) + 1)) --dist loadfile --no-loadscope-reorder

# Builds on Spark: Java 17 and 430 MB of pyspark, which no other target needs.
test-spark: setup
ifdef UV
	$(UV) pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable '.[spark]'
else
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[spark]'
endif
	$(BIN)/python -m pytest -m spark tests/spark

bench: setup chromium
	$(BIN)/python -m tests.benchmarks.run

# Screenshots of every page of the dashboard, with the data published in SIHE_HOME or var/, into screenshots/.
screenshots: setup chromium
	$(BIN)/python -m tests.browser.screenshots $(PAGES)

clean:
	rm -rf $(VENV) var
