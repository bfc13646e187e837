"""Bad alphas, folds, scorers and numbers of jobs, of the search and of path; and bad places in a path."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GroupKFold, KFold, LeaveOneOut, PredefinedSplit, ShuffleSplit

from skl2 import MLPClassifierCV, MLPRegressorCV

SMALL = {"hidden_layer_sizes": (3,), "max_iter": 2, "random_state": 0}

ALPHAS = {  # what → (value, whether it is one)
    "None": (None, False),
    "str": ("auto", False),
    "a float": (0.1, False),
    "dict": ({0: 0.1}, False),
    "set": ({0.1, 1.0}, False),
    "function": (len, False),
    "bool": (True, False),
    "0": (0, False),
    "1": (1, False),
    "-1": (-1, False),
    "2": (2, True),
    "int8": (np.int8(3), True),
    "10**9": (10**10, False),  # networks that no memory holds
    "10**30": (10**30, False),
    "10**400": (10**400, False),
    "timedelta": (np.timedelta64(3, "s"), False),
    "empty": ([], False),
    "one": ([0.1], True),
    "0-d": (np.array(0.1), False),
    "2-d": ([[0.1, 1]], False),
    "ragged": ([0.1, [1]], False),
    "strings": (["a"], False),
    "strings of numbers": (["0.1", "1"], True),
    "None in it": ([0.1, None], False),
    "pd.NA in it": ([0.1, pd.NA], False),
    "complex": ([0.1, 1j], False),
    "complex array": (np.array([0.1 + 0j]), False),
    "dates": (np.array(["2020"], "M8[D]"), False),
    "NaN": ([0, np.nan], False),
    "inf": ([0, np.inf], False),
    "-0.1": ([0, -0.1], False),
    "-0.0": ([-0.0], True),
    "1.7e308": ([0, 1.7e308], None),
    "1e300": ([0, 1e300], None),
    "1e-300": ([0, 1e-300], True),
    "denormal": ([0, 5e-324], True),
    "10**30 in it": ([0, 10**30], None),
    "10**400 in it": ([0, 10**400], False),
    "Fraction": ([0, Fraction(1, 10)], True),
    "Decimal": ([0, Decimal("0.1")], True),
    "bools": ([False, True], True),
    "the same twice": ([0.1, 0.1], True),
    "falling": ([1, 0.1, 0], True),
    "series": (pd.Series([0, 0.1], index=[5, 6]), True),
    "float16": (np.array([0, 0.1], np.float16), True),
}


@pytest.mark.parametrize("settings", [{}, {"decay": "decoupled", "dtype": "float32"}, {"optimizer": "lbfgs"}], ids=str)
@pytest.mark.parametrize("what", ALPHAS)
def test_bad_alphas(what, settings, fitted, attempt):
    """path and the search take a number of values or finite numbers >= 0, and say so otherwise, with what was given."""
    alphas, is_one = ALPHAS[what]
    X, y = fitted.X, fitted.y("regressor")
    model = fitted.copy("regressor").set_params(**settings)
    path, error = attempt(lambda alphas: model.path(X, y, alphas), alphas, fitted=model)
    judge(is_one, error)
    assert error is not None or np.all(np.isfinite(path.weight_norms[path.status != "diverged"]))
    if not settings:
        search = fitted.copy("regressor search").set_params(alphas=alphas)
        _, error = attempt(lambda: search.fit(X, y).predict(X), fitted=search)
        judge(is_one, error)


def judge(is_one, error):
    """An error comes where it should, and names what it is about."""
    assert is_one is None or (error is None) == is_one, error
    assert error is None or "alpha" in str(error)


JOBS = {
    "None": (None, True),
    "1": (1, True),
    "2": (2, True),
    "-1": (-1, True),
    "-2": (-2, True),
    "-10**30": (-(10**30), True),
    "10**6": (10**6, True),
    "10**30": (10**30, True),
    "int8": (np.int8(2), True),
    "True": (True, True),
    "0": (0, False),
    "1.5": (1.5, False),
    "str": ("2", False),
    "list": ([2], False),
    "NaN": (np.nan, False),
    "complex": (1j, False),
}


@pytest.mark.parametrize("what", JOBS)
def test_bad_numbers_of_jobs(what, fitted, attempt):
    """No more threads start than there is work for, and what is no number of jobs is refused."""
    n_jobs, is_one = JOBS[what]
    X, y, model = fitted.X, fitted.y("classifier"), fitted.copy("classifier")
    search = fitted.copy("classifier search").set_params(n_jobs=n_jobs)
    _, error = attempt(lambda: model.path(X, y, [0, 0.1], n_jobs=n_jobs), fitted=model)
    assert (error is None) == is_one, error
    assert error is None or "n_jobs" in str(error)
    _, error = attempt(lambda: search.fit(X, y), fitted=search)
    assert (error is None) == is_one, error
    assert error is None or "n_jobs" in str(error)


HALF = np.arange(6), np.arange(6, 12)
FOLDS = {  # what → (how cv is made, whether it is one)
    "None": (lambda: None, False),  # five folds, and four samples of each class
    "2": (lambda: 2, True),
    "3": (lambda: 3, True),
    "1": (lambda: 1, False),
    "0": (lambda: 0, False),
    "-1": (lambda: -1, False),
    "13": (lambda: 13, False),
    "10**30": (lambda: 10**30, False),
    "2.0": (lambda: 2.0, False),
    "str": (lambda: "kfold", False),
    "class": (lambda: KFold, False),
    "splitter": (lambda: KFold(3), True),
    "too many folds": (lambda: KFold(13), False),
    "leave one out": (LeaveOneOut, None),
    "groups missing": (lambda: GroupKFold(2), False),
    "of other data": (lambda: PredefinedSplit([0, 1, 0]), None),
    "no test": (lambda: ShuffleSplit(2, test_size=13), False),
    "empty": (lambda: [], False),
    "numbers": (lambda: [1, 2], False),
    "triples": (lambda: [([0], [1], [2])], False),
    "strings": (lambda: ["ab"], False),
    "halves": (lambda: [HALF], True),
    "generator": (lambda: (half for half in [HALF]), True),
    "lists": (lambda: [(list(range(6)), list(range(6, 12)))], True),
    "masks": (lambda: [(np.arange(12) < 6, np.arange(12) > 5)], True),
    "short masks": (lambda: [(np.array([True, False]), np.array([False, True]))], False),
    "no sample": (lambda: [([], [1])], False),
    "beyond the data": (lambda: [(HALF[0], [12])], False),
    "train beyond the data": (lambda: [([0, 1, 99], [2])], False),
    "10**30 in it": (lambda: [([0, 10**30], [1])], False),
    "before the data": (lambda: [(HALF[0], [-13])], False),
    "floats": (lambda: [(HALF[0], [6.0, 7.0])], False),
    "NaN": (lambda: [(HALF[0], [np.nan])], False),
    "2-d": (lambda: [(HALF[0], [[6, 7]])], False),
    "None in it": (lambda: [(None, [6, 7])], False),
}


@pytest.mark.parametrize("strategy", ["full", "halving"])
@pytest.mark.parametrize("what", FOLDS)
def test_bad_folds(what, strategy, fitted, attempt):
    """Folds are pairs of numbers of samples; anything else is one error, and the search is what it was."""
    make, is_one = FOLDS[what]
    search = fitted.copy("classifier search").set_params(cv=make(), strategy=strategy)
    _, error = attempt(lambda: search.fit(fitted.X, fitted.y("classifier")), fitted=search)
    assert is_one is None or (error is None) == is_one, error


def raises(estimator, X, y):
    """A scorer that fails."""
    raise RuntimeError("no score today")


SCORERS = {
    "None": (None, True),
    "accuracy": ("accuracy", True),
    "neg_log_loss": ("neg_log_loss", None),
    "unknown": ("guesses", False),
    "of regression": ("r2", True),
    "number": (3, False),
    "list": (["accuracy"], False),
    "dict": ({"a": "accuracy"}, False),
    "fails": (raises, False),
    "gives None": (lambda *call: None, False),
    "gives str": (lambda *call: "1", False),
    "gives a list": (lambda *call: [1, 2], False),
    "gives NaN": (lambda *call: np.nan, False),
    "gives inf": (lambda *call: np.inf, False),
    "gives complex": (lambda *call: 1j, False),
    "gives 10**400": (lambda *call: 10**400, False),
    "gives a bool": (lambda *call: True, True),
    "gives an array of one": (lambda *call: np.array([0.5]), True),
    "takes nothing": (lambda: 1.0, False),
    "a class": (float, False),
    "a metric": (np.mean, False),
}


@pytest.mark.parametrize("what", SCORERS)
def test_bad_scorers(what, fitted, attempt):
    """A scorer that is none, fails or gives no number leaves one error, and the search is what it was."""
    scoring, is_one = SCORERS[what]
    search = fitted.copy("classifier search").set_params(scoring=scoring)
    _, error = attempt(lambda: search.fit(fitted.X, fitted.y("classifier")), fitted=search)
    assert is_one is None or (error is None) == is_one, error


@pytest.mark.parametrize(
    "groups", [None, 3, "abc", [], np.zeros(11), np.full(12, np.nan), object, [[1]] * 12], ids=repr
)
def test_bad_groups(groups, fitted, attempt):
    """Groups that do not fit to the samples are refused by the splitter, in its words."""
    search = fitted.copy("classifier search").set_params(cv=GroupKFold(2))
    _, error = attempt(lambda: search.fit(fitted.X, fitted.y("classifier"), groups=groups), fitted=search)
    assert error is not None


@pytest.mark.parametrize("Estimator", [MLPClassifierCV, MLPRegressorCV])
def test_arguments_that_a_search_does_not_take(Estimator, fitted, attempt):
    """A validation set, and names that nobody knows, are refused."""
    search, X, y = Estimator(2, cv=2, **SMALL), fitted.X, np.arange(12) % 2
    for unknown in ({"X_val": X, "y_val": y}, {"sample_weight_val": y}, {"weights": y}, {"classes": [0, 1]}):
        _, error = attempt(lambda unknown=unknown: search.fit(X, y, **unknown), fitted=search)
        assert next(iter(unknown)) in str(error) or "validation set" in str(error)


PLACES = [
    None, "a", b"a", 0.5, 1j, 2, -3, 10**30, -(10**30), (0, 1), {0: 1}, {0}, len, ..., np.nan, [0.5], ["a"], [2],
    [[0, 1]], [True], [True] * 3, np.array([[True, False]]), slice("a", "b"), slice(0.5), slice(None, None, 0),
    np.array([10**18]), np.array([None]), (slice(None), 0), np.datetime64("2020"), pd.NA,
]  # fmt: skip


@pytest.mark.parametrize("place", PLACES, ids=lambda place: repr(place)[:30])
def test_bad_places_in_a_path(place, fitted):
    """A place that a path has not is an IndexError, or what Python's sequences raise, and never another network."""
    path = fitted.copy("classifier path")
    try:
        expected = np.arange(2)[place]
    except Exception:
        with pytest.raises((IndexError, TypeError, ValueError), match=r"\w"):
            path[place]
    else:
        if expected.ndim > 1:
            with pytest.raises(IndexError, match="A path takes"):
                path[place]
        else:
            assert len(path[place]) == len(expected)
    np.testing.assert_array_equal(path.predict(fitted.X), fitted.predictions["classifier path"])
