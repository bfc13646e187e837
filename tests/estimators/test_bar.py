"""The progress bar of a path or a search."""

import io
import re
import sys

import numpy as np
import pytest

from skl2 import MLPClassifierCV, MLPRegressor, MLPRegressorCV, TabularMLPRegressor
from skl2._estimators import bar

rich = pytest.importorskip("rich.console")

X = np.random.default_rng(0).standard_normal((60, 3))
Y = X[:, 0]
QUICK = {"max_iter": 4, "batch_size": 10, "learning_rate_init": 0.1}  # and yet it learns something
SMALL = {"hidden_layer_sizes": (4,), "learning_rate": "cosine", "random_state": 0} | QUICK
CALLS = {
    "path": lambda verbose, n: MLPRegressor(verbose=verbose, **SMALL).path(X, Y, [0, 0.1], n_jobs=n),
    "search": lambda verbose, n: MLPRegressorCV([0, 0.1], cv=2, verbose=verbose, n_jobs=n, **SMALL).fit(X, Y),
    "halving": lambda verbose, n: MLPRegressorCV(4, cv=2, strategy="halving", verbose=verbose, n_jobs=n, **SMALL).fit(
        X, Y
    ),
    "ensemble": lambda verbose, n: MLPClassifierCV(
        [0.1, 0.2], cv=2, ensemble=True, strategy="screening", verbose=verbose, n_jobs=n, **SMALL
    ).fit(X, Y > 0),
    "table": lambda verbose, n: TabularMLPRegressor(
        cv=2, hidden_layer_sizes=(4,), verbose=verbose, n_jobs=n, random_state=0, **QUICK
    ).fit(X, Y),
}
EACH = pytest.mark.parametrize("call", CALLS)


@pytest.fixture
def screen(monkeypatch):
    """What a terminal shows: text written so far."""
    written = io.StringIO()
    console = rich.Console(file=written, force_terminal=True, width=100)
    monkeypatch.setattr(bar, "find_console", lambda: console)
    return written


@EACH
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_one_bar_that_ends_at_all(call, n_jobs, screen, capsys):
    """With verbose=1 a terminal shows one bar, which ends at 100 %, and nothing else is printed."""
    CALLS[call](1, n_jobs)
    assert re.findall(r"(\d+)%", screen.getvalue())[-1] == "100"
    assert screen.getvalue().count("\n") == 1
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("call", ["search", "halving", "ensemble", "table"])
def test_the_bar_says_the_best_score_so_far(call, screen):
    """A search says its best score next to the bar."""
    CALLS[call](1, 1)
    assert "best score" in screen.getvalue()


@EACH
def test_where_nobody_looks_on_there_is_text(call, capsys):
    """Without a terminal, verbose=1 prints."""
    CALLS[call](1, 1)
    assert capsys.readouterr().out


@EACH
@pytest.mark.parametrize("verbose", [0, 2])
def test_no_bar_unless_asked(call, verbose, screen):
    """verbose=0 is silent, and verbose=2 prints what it always has."""
    CALLS[call](verbose, 1)
    assert screen.getvalue() == ""


def test_the_bar_changes_no_result(screen):
    """A network trained under a bar is the one trained without."""
    with_bar, without = (CALLS["search"](verbose, 1) for verbose in (1, 0))
    np.testing.assert_array_equal(with_bar.coefs_[0], without.coefs_[0])
    assert with_bar.best_estimator_.verbose == 1


def test_without_rich_there_is_no_console(monkeypatch):
    """A missing rich is no error."""
    monkeypatch.setitem(sys.modules, "rich", None)
    assert bar.find_console() is None
