"""What tests and the examples of docstrings have around them: no screen, and a Ctrl-C that works."""

import gc
import signal
import sys
from importlib.util import find_spec

import pytest

# Examples that need what is not installed are left out.
NEEDS = {
    "skl2/onnx.py": ["skl2onnx"],
    "skl2/skops.py": ["skops"],
    "docs/user_guide/persistence.md": ["skops"],
    "docs/user_guide/from_laptop_to_cluster.md": ["pyarrow"],
    "docs/user_guide/other_tools.md": ["skl2onnx", "onnxruntime", "shap", "optuna", "imblearn"],
}
collect_ignore = [path for path, packages in NEEDS.items() if not all(map(find_spec, packages))]


def pytest_collection_finish():
    """Leave what the collection made out of each later search for garbage: it stays, and is most of what there is."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def no_screen(monkeypatch):
    """Matplotlib draws into memory, and no figure outlives its test."""
    monkeypatch.setenv("MPLBACKEND", "agg")
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture(autouse=True, scope="session")
def ctrl_c():
    """Ctrl-C interrupts, also where a shell runs the suite in the background and has it ignored: tests press it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
