# make demo and make test do everything on a fresh machine with Python >= 3.11.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
# Python 3.11 to 3.13, as names or paths, and what pytest runs in the checks below: make test-wheel TESTS=tests/test_path.py
PYTHONS ?= python3.11 python3.12 python3.13
TESTS ?= tests docs README.md
# Two processes share a suite by files: most tests keep one core busy.
WORKERS ?= -n 2 --dist loadfile

# In some images Python is told not to keep what it compiles: each of the suite's processes would do it once more.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-slow test-bounds test-wheel test-read-only test-oldest test-pythons distribution audit
.PHONY: fuzz lint format docs docs-quick benchmark clean

demo: $(VENV)/installed
	$(BIN)/python examples/tables.py

# Coverage is measured where it says something: tracing takes twice the time. The floors around the kernels are traced with
# compiled kernels, and these as plain Python with what trains on them directly; the two public rooms are here for it too.
TRACED = $(foreach floor,compilation inputs estimators selection tabular displays,tests/$(floor))
UNCOMPILED = $(foreach floor,kernels training mathematics,tests/$(floor)) tests/test_onnx.py tests/test_skops.py

# Where the code that came with the installation is not of these sources, two processes compile, one for each dtype;
# else both workers would begin with the same.
compile_ahead = $(foreach dtype,float32 float64,$(1) -c "import skl2; skl2.warm_up('$(dtype)')" &) wait

test: lint
	$(call compile_ahead,$(BIN)/python)
	$(BIN)/python -m pytest -q $(WORKERS) $(TRACED:%=--ignore=%)
	$(BIN)/python -m pytest -q $(WORKERS) $(TRACED) --cov --cov-report= --cov-fail-under=0
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -q $(WORKERS) $(UNCOMPILED) --cov --cov-append

# Processes that are killed 500 times, or start cold in eights; every test of joblib's backends on a ray cluster.
test-slow: $(VENV)/installed
	$(BIN)/python -m pytest -q -m slow tests

# numba does not check indices unless it is asked to: an access beyond an array reads or writes what is not its own.
# Code that came with the installation has no checks, and is not used here.
CHECKED = NUMBA_BOUNDSCHECK=1 NUMBA_CACHE_DIR=$(CURDIR)/.venvs/cache-bounds $(BIN)/python
test-bounds: $(VENV)/installed
	$(call compile_ahead,$(CHECKED))
	$(CHECKED) -m pytest -q $(WORKERS) $(TESTS)

# Wheel and source distribution in dist/, with metadata that a package index would take. There is no wheel if the compiler
# fails; a machine of a kind that skl2 does not compile ahead for makes one of Python alone.
distribution: .venvs/release/installed
	rm -rf dist
	SKL2_PREBUILT=1 .venvs/release/bin/python -m build --no-isolation
	.venvs/release/bin/python -m twine check --strict dist/*

# An installation has files that an editable one does not need, or finds beside it.
test-wheel: distribution
	PYTHON=$(PYTHON) checks/installed.sh $(WORKERS) $(TESTS)

# In many images neither the installation nor the home can be written: code is what came with the wheel, or was compiled
# when the image was made.
test-read-only: distribution
	PYTHON=$(PYTHON) checks/installed.sh --read-only $(WORKERS) $(TESTS)

# The lower bounds of pyproject.toml are promises.
test-oldest:
	checks/suite.sh $(PYTHON) .venvs/oldest oldest $(WORKERS) $(TESTS)

# Every Python that we name, with the newest packages that it gets.
test-pythons:
	for python in $(PYTHONS); do checks/suite.sh $$python .venvs/$$(basename $$python) test $(WORKERS) $(TESTS) || exit 1; done

# Known vulnerabilities of what skl2 needs to run, newest and oldest; asks a service of PyPI.
audit: .venvs/release/installed
	checks/audit.sh

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Random settings and data, EXAMPLES for each property; hypothesis says how many it tried. CI tries a fixed few.
EXAMPLES ?= 2000
fuzz: $(VENV)/installed
	SKL2_FUZZ=$(EXAMPLES) $(BIN)/python -m pytest -q -o faulthandler_timeout=0 --hypothesis-show-statistics tests/trust/test_fuzzing.py tests/trust/test_fuzzing_sequences.py

# Pages in docs/_build/html; warnings are errors. An example runs again when it has changed.
docs: $(VENV)/installed
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html
	for name in tables l2_or_decoupled; do cp docs/auto_examples/images/sphx_glr_$${name}_001.png docs/images/$$name.png; done # the README's are the gallery's
	cp docs/images/tables.png docs/_build/html/_images/tables.png # and that of the first page

# The same without running the gallery: formulas, links, docstrings and the pictures of displays are checked.
docs-quick: $(VENV)/installed
	$(BIN)/python -m sphinx -W --keep-going -q -D plot_gallery=0 -b html docs docs/_build/quick

# pip in the virtual environment of an older Python does not know dependency groups: it is brought up to date first.
# Python compiles what is imported; to compile all that is installed would take as long as to fetch it.
$(VENV)/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "skl2 needs Python 3.11 or later; run: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --no-compile --group dev --editable .
	touch $@

.venvs/release/installed: pyproject.toml
	$(PYTHON) -m venv .venvs/release
	.venvs/release/bin/python -m pip install --quiet --upgrade pip
	.venvs/release/bin/python -m pip install --quiet --group release
	touch $@

# Is the working tree slower than a commit by 10 %? Fails if so. Without BASE the commit is HEAD if skl2 has changed since,
# or the one before HEAD.
benchmark: $(VENV)/installed
	$(BIN)/python benchmarks/compare.py $(BASE:%=--base %) $(BENCHMARK)

clean:
	rm -rf $(VENV) .venvs build dist .pytest_cache .ruff_cache .coverage skl2/_compilation/prebuilt
	rm -rf docs/_build docs/auto_examples docs/generated examples/tables.png examples/l2_or_decoupled.png
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
