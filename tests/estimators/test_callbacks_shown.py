"""What a fit shows: scikit-learn's ProgressBar, the bar of verbose=2, or lines where there can be none."""

import importlib.util
import io
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import rich
from rich.console import Console
from sklearn.model_selection import GridSearchCV

from skl2 import MLPClassifier, MLPRegressor
from skl2._estimators import callbacks

callback = pytest.importorskip("sklearn.callback")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 3))
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(40), [-0.8, 0.3])
SMALL = {"hidden_layer_sizes": (4,), "batch_size": 10, "max_iter": 3, "random_state": 0, "learning_rate_init": 0.02}
LINES = ["Iteration 1, loss", "Iteration 2, loss", "Iteration 3, loss"]


@pytest.fixture
def screen(monkeypatch):
    """Make rich draw on a terminal that is none; returns what it has drawn so far."""

    def put(interactive=True):
        console = Console(file=io.StringIO(), force_terminal=interactive, force_interactive=interactive, width=120)
        monkeypatch.setattr(rich, "_console", console)
        return console.file.getvalue

    return put


def test_progress_bar(screen):
    """ProgressBar counts to 100 % on an estimator, and on a search over it with a bar for each fit."""
    drawn = screen()
    MLPRegressor(**SMALL).set_callbacks(callback.ProgressBar()).fit(X, Y)
    assert "MLPRegressor - fit" in drawn()
    assert "100%" in drawn()
    drawn = screen()
    bar = callback.ProgressBar()
    GridSearchCV(MLPRegressor(**SMALL), {"alpha": [0, 1]}, cv=2).set_callbacks(bar).fit(X, Y)
    assert "GridSearchCV - candidate-split-evaluation | MLPRegressor - fit #3" in drawn()


def printed(capsys):
    """The lines printed since the last call, without the number at their end."""
    return [line.split(" = ")[0] for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_verbose_2_shows_a_bar(optimizer, early_stopping, screen, capsys):
    """On a terminal verbose=2 draws scikit-learn's bar and prints nothing; the next fit has a bar of its own."""
    model = MLPClassifier(**SMALL, optimizer=optimizer, early_stopping=early_stopping, verbose=2)
    attributes = vars(model).keys() | vars(MLPClassifier(**SMALL, early_stopping=True).fit(X, Y)).keys()
    for _ in range(2):
        drawn = screen()
        model.fit(X, Y)
        assert "MLPClassifier - fit" in drawn()
        assert "100%" in drawn()
        assert "Iteration" not in drawn()  # where rich puts what is printed meanwhile
        assert printed(capsys) == []
    assert vars(model).keys() == attributes


def test_verbose_2_beside_callbacks(screen):
    """The user's callbacks work beside the bar, and the estimator then has them alone."""
    drawn, monitor = screen(), callback.ScoringMonitor(scoring="r2")
    model = MLPRegressor(**SMALL, verbose=2).set_callbacks(monitor).fit(X, Y)
    assert "100%" in drawn()
    assert len(monitor.get_logs().data) == 3 + 1
    assert model._skl_callbacks == [monitor]


@pytest.mark.parametrize("verbose", [1, 2])
def test_one_bar_is_enough(verbose, screen, monkeypatch, capsys):
    """Where the user has set a ProgressBar, verbose=2 adds no second one: two for one fit would never end."""
    begun = []

    class Bar:
        def setup(self, estimator, context):
            begun.append(self)

        def ignore(self, estimator, context):
            pass

        teardown = on_fit_task_begin = on_fit_task_end = ignore

    screen()
    monkeypatch.setattr("skl2._estimators.callbacks.ProgressBar", Bar)
    bar = Bar()
    MLPRegressor(**SMALL, verbose=verbose).set_callbacks(bar).fit(X, Y)
    assert begun == [bar]
    assert printed(capsys) == (LINES if verbose == 1 else [])


def test_the_bar_goes_when_fit_raises(screen):
    """An error during fit leaves the estimator without the bar, whose thread has ended."""
    drawn, model = screen(), MLPRegressor(**SMALL, verbose=2)
    with pytest.raises(ValueError, match="contains NaN"):
        model.fit(X * np.nan, Y)
    assert "MLPRegressor - fit" in drawn()
    assert vars(model).keys() == model.get_params().keys()


@pytest.mark.parametrize("verbose", [True, 1])
def test_verbose_prints_lines(verbose, screen, capsys):
    """verbose=True prints a line for each epoch and draws nothing, on a terminal too."""
    drawn = screen()
    MLPRegressor(**SMALL, verbose=verbose).fit(X, Y)
    assert printed(capsys) == LINES
    assert drawn() == ""


def test_verbose_2_prints_where_it_cannot_draw(screen, capsys):
    """Where the output is no terminal verbose=2 prints the lines."""
    drawn = screen(interactive=False)
    MLPRegressor(**SMALL, verbose=2).fit(X, Y)
    assert printed(capsys) == LINES
    assert drawn() == ""


def test_verbose_2_prints_without_rich(monkeypatch, capsys):
    """Where rich is not installed verbose=2 prints the lines."""
    monkeypatch.setitem(sys.modules, "rich", None)
    MLPRegressor(**SMALL, verbose=2).fit(X, Y)
    assert printed(capsys) == LINES


def test_verbose_2_prints_inside_a_search(screen, capsys):
    """Inside a meta-estimator a bar is for that one to show; verbose=2 prints the lines of each fit."""
    drawn = screen()
    GridSearchCV(MLPRegressor(**SMALL, verbose=2), {"alpha": [1]}, cv=2).fit(X, Y)
    assert printed(capsys) == 3 * LINES
    assert drawn() == ""


@pytest.mark.parametrize("interactive", [False, True])
@pytest.mark.parametrize("jupyter", [False, True])
def test_a_notebook_shows_a_bar(interactive, jupyter, monkeypatch):
    """The bar is for terminals and notebooks alike."""
    monkeypatch.setattr(rich, "_console", SimpleNamespace(is_interactive=interactive, is_jupyter=jupyter))
    bar = callbacks._make_progress_bar(MLPRegressor(verbose=2))
    assert isinstance(bar, callback.ProgressBar if interactive or jupyter else type(None))


def test_without_the_protocol_there_is_nothing_to_call(monkeypatch, capsys):
    """Where scikit-learn has no callbacks the decorator is none, and the task of a fit is silent."""
    monkeypatch.setitem(sys.modules, "sklearn.callback", None)
    spec = importlib.util.spec_from_file_location("without_callbacks", callbacks.__file__)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    estimator = type("Estimator", (module.CallbackSupportMixin,), {"verbose": 2})()
    task = module.FitTask(estimator, SimpleNamespace(X=X, y=Y, sample_weight=None))
    assert (task.shows_bar, task.is_heard) == (False, False)
    assert task.end() is None
    assert module.with_callbacks(test_progress_bar) is test_progress_bar
    assert not hasattr(estimator, "set_callbacks")
