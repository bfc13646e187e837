"""Pictures in tests and in the examples of docstrings: drawn without a screen, closed after each."""

import sys

import pytest


@pytest.fixture(autouse=True)
def no_screen(monkeypatch):
    """Matplotlib draws into memory, and no figure outlives its test."""
    monkeypatch.setenv("MPLBACKEND", "agg")
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
