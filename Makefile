# make demo and make test do everything on a fresh machine with Python >= 3.11.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: demo test test-slow lint format docs docs-quick benchmark clean

demo: $(VENV)/installed
	$(BIN)/python examples/quickstart.py

test: lint
	$(BIN)/python -m pytest -q
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -q tests --cov # examples in docstrings have run compiled

# Processes that are killed 500 times, or start cold in eights.
test-slow: $(VENV)/installed
	$(BIN)/python -m pytest -q -m slow tests

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Pages in docs/_build/html; warnings are errors. An example runs again when it has changed.
docs: $(VENV)/installed
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html
	cp docs/auto_examples/images/sphx_glr_quickstart_001.png docs/images/quickstart.png # the README's is the gallery's
	cp docs/images/quickstart.png docs/_build/html/_images/quickstart.png # and that of the first page

# The same without running the gallery: formulas, links, docstrings and the pictures of displays are checked.
docs-quick: $(VENV)/installed
	$(BIN)/python -m sphinx -W --keep-going -q -D plot_gallery=0 -b html docs docs/_build/quick

# pip in the virtual environment of an older Python does not know dependency groups: it is brought up to date first.
$(VENV)/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "skl2 needs Python 3.11 or later; run: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --group dev --editable .
	touch $@

# Run it at two commits, the second time with BENCHMARK=--benchmark-compare; needs pip install --group benchmark.
benchmark: $(VENV)/installed
	$(BIN)/python benchmarks/tracked.py --benchmark-autosave $(BENCHMARK)

clean:
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .coverage
	rm -rf docs/_build docs/auto_examples docs/generated examples/quickstart.png
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
