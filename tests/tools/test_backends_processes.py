"""Processes of joblib: kept from call to call, and never writing to the arrays that they are lent read-only."""

import os

import joblib
import numpy as np
import pandas as pd
import pytest
from joblib.externals.loky import reusable_executor
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.multioutput import MultiOutputClassifier, MultiOutputRegressor

from skl2 import (
    MLPClassifier,
    MLPClassifierCV,
    MLPRegressor,
    MLPRegressorCV,
    TabularMLPClassifier,
    TabularMLPRegressor,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.skipif(
        os.environ.get("NUMBA_DISABLE_JIT", "0") != "0",
        reason="what processes send each other does not depend on compilation",
    ),
]

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((60, 3))
Y = X[:, 0] + 0.3 * RANDOM.standard_normal(60)
LABELS = np.array(["high", "low", "middle"])[np.digitize(Y, [-0.5, 0.5])]
WEIGHT = RANDOM.uniform(0.5, 2, 60)
SPARSE = csr_array(X * (X > -0.5))
FRAME = pd.DataFrame({"a": X[:, 0], "b": np.where(X[:, 1] > 1, np.nan, X[:, 1]), "c": LABELS[::-1]})
ALPHAS = [1.0, 0, 0.1, 0.3]
SMALL = {"hidden_layer_sizes": (6,), "batch_size": 20, "max_iter": 8, "random_state": 0, "learning_rate_init": 0.02}
DEEP = {"hidden_layer_sizes": (4,) * 15}
EARLY = {"early_stopping": True, "validation_fraction": 0.3, "n_iter_no_change": 2}
SETTINGS = {
    "adam": {},
    "sgd": {"optimizer": "sgd", "dtype": "float32", "decay": "decoupled", "learning_rate": "cosine"},
    "adaptive": {"learning_rate": "adaptive", "tol": 0.05, "n_iter_no_change": 1},
    "early stopping": EARLY,
    "in order": {"shuffle": False},
    "deep": DEEP,
    "linear": {"hidden_layer_sizes": ()},
    "lbfgs": {"optimizer": "lbfgs", "dtype": "float32"},
    "lbfgs, early stopping": {"optimizer": "lbfgs"} | EARLY | DEEP,
}


@pytest.fixture
def lending():
    """Two processes, in which all arrays of their arguments are read-only memory maps."""
    with joblib.parallel_config("loky", n_jobs=2, max_nbytes=1):
        yield


def contents(thing):
    """The numbers, words and arrays that a fitted model consists of, without times."""
    if isinstance(thing, dict):
        return [part for name in sorted(thing) if "time" not in name for part in contents(thing[name])]
    if isinstance(thing, list | tuple):
        return [part for each in thing for part in contents(each)]
    if hasattr(thing, "__dict__"):
        return contents(vars(thing))
    return [np.asarray(thing)]


def assert_same(ours, expected):
    """All that two models consist of is equal to the last bit, and of the same types."""
    for pair in zip(contents(ours), contents(expected), strict=True):
        np.testing.assert_array_equal(*pair, strict=True)


def alone(function, *arguments):
    """Return function(*arguments) without any parallelism."""
    with joblib.parallel_config("sequential"):
        return function(*arguments)


def train_path(settings, samples):
    """A path of regressors with weights."""
    return MLPRegressor(**SMALL | settings).path(samples, Y, ALPHAS, WEIGHT)


def search(settings, samples):
    """A full search, and a fit on all samples."""
    return MLPClassifierCV(ALPHAS, cv=3, **SMALL | settings).fit(samples, LABELS)


def search_by_halving(settings, samples):
    """A search whose networks come back after some epochs, and train on in another process."""
    return MLPRegressorCV(ALPHAS, cv=3, strategy="halving", **SMALL | settings).fit(samples, Y, WEIGHT)


def average(settings, samples):
    """The networks of the folds, divided by their temperature, after a screening of alphas."""
    how = {"strategy": "screening", "ensemble": True, "calibrate": True, "store_predictions": True}
    return MLPClassifierCV(ALPHAS, cv=3, **how, **SMALL | settings).fit(samples, LABELS, WEIGHT)


def search_by_grid(settings, samples):
    """scikit-learn's search."""
    search = GridSearchCV(MLPRegressor(**SMALL | settings), {"alpha": ALPHAS}, cv=3, error_score="raise")
    return search.fit(samples, Y, sample_weight=WEIGHT)


def cases():
    """Yield (how, settings, samples): all settings with dense samples, and two of them with sparse ones."""
    for how in (train_path, search, search_by_halving, average, search_by_grid):
        for name, settings in SETTINGS.items():
            if how is search_by_halving and "lbfgs" in name:
                continue  # which is refused
            yield pytest.param(how, settings, X, id=f"{how.__name__}, {name}")
            if name in ("adam", "lbfgs"):
                yield pytest.param(how, settings, SPARSE, id=f"{how.__name__}, {name}, sparse")


@pytest.mark.usefixtures("lending")
@pytest.mark.parametrize(("how", "settings", "samples"), list(cases()))
def test_processes_write_to_nothing_that_they_are_lent(how, settings, samples):
    """With all arrays lent read-only, processes give bit for bit what a plain loop gives, whatever it is."""
    assert_same(how(settings, samples), alone(how, settings, samples))


@pytest.mark.usefixtures("lending")
@pytest.mark.parametrize(("Estimator", "y"), [(TabularMLPClassifier, LABELS), (TabularMLPRegressor, Y)])
def test_tables_in_processes(Estimator, y):
    """Models of tables, which encode columns and keep the networks of the folds, predict as after a plain loop."""

    def predict():
        model = Estimator(max_iter=3, random_state=0).fit(FRAME, y, WEIGHT)
        intervals = model.predict_proba(FRAME) if Estimator is TabularMLPClassifier else model.predict_interval(FRAME)
        within = cross_validate(model, FRAME, y, cv=2, error_score="raise")["test_score"]
        return [model.alpha_, model.predict(FRAME), intervals, within]

    assert_same(predict(), alone(predict))


@pytest.mark.usefixtures("lending")
@pytest.mark.parametrize("changes", [{}, DEEP, {"optimizer": "sgd", "learning_rate": "adaptive"}], ids=str)
@pytest.mark.parametrize("is_classifier", [True, False])
def test_fitted_networks_train_on_in_processes(is_classifier, changes):
    """partial_fit goes on with weights and moments that arrive read-only, as without processes."""
    network = (MLPClassifier if is_classifier else MLPRegressor)(**SMALL | changes)
    targets = np.column_stack([LABELS, LABELS[::-1]]) if is_classifier else np.column_stack([Y, X])

    def train_in_three_parts():
        model = (MultiOutputClassifier if is_classifier else MultiOutputRegressor)(clone(network))
        more = {"classes": [np.unique(LABELS)] * 2} if is_classifier else {}
        for _ in range(3):
            model.partial_fit(X, targets, **more)
        return [contents(part) for part in model.estimators_]

    assert_same(train_in_three_parts(), alone(train_in_three_parts))


def call(model, method, *arguments):
    """Call a method of a model, in whatever process."""
    return getattr(model, method)(*arguments)


@pytest.mark.usefixtures("lending")
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_warm_fits_go_on_in_processes(settings):
    """With warm_start a fit goes on from weights that arrive read-only, as without processes."""
    model = MLPRegressor(**SMALL | settings, warm_start=True).fit(X, Y)
    ours = joblib.Parallel()(joblib.delayed(call)(model, "fit", X, Y) for _ in range(2))
    expected = model.fit(X, Y)
    for each in ours:
        assert_same(each, expected)


@pytest.mark.parametrize("how", [train_path, search_by_halving])
def test_networks_of_more_than_a_megabyte(how):
    """Networks that joblib lends as memory maps without being told are trained as in a plain loop."""
    settings, samples = {"hidden_layer_sizes": (700,), "max_iter": 2}, RANDOM.standard_normal((60, 200))
    with joblib.parallel_config("loky", n_jobs=2):
        ours = how(settings, samples)
    assert_same(ours, how(settings, samples))


@pytest.mark.parametrize("max_nbytes", [1, "1M"])
def test_processes_are_kept_from_call_to_call(max_nbytes):
    """scikit-learn's search and ours work in the same processes, in turns: to start them anew takes seconds."""
    seen = set()
    with joblib.parallel_config("loky", n_jobs=2, max_nbytes=max_nbytes):
        for how in (search_by_grid, train_path, search_by_grid, search, search_by_halving, average, search_by_grid):
            how({}, X)
            seen.add(reusable_executor._executor.executor_id)
    assert len(seen) == 1
