"""What a search refuses, and what becomes of networks that diverge, of Ctrl-C and of scores that are no numbers."""

import re
import threading
from time import monotonic, sleep

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning, FitFailedWarning
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, ShuffleSplit
from sklearn.utils._param_validation import InvalidParameterError

from skl2 import MLPClassifierCV, MLPRegressor, MLPRegressorCV
from skl2._training.engine import _Run

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 3))
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(40), [-0.8, 0.3])
SMALL = {"hidden_layer_sizes": (3,), "batch_size": 10, "max_iter": 4, "random_state": 0, "learning_rate_init": 0.1}
COMPLETE = SMALL | {"learning_rate": "cosine", "tol": 0.0}  # nothing to warn about
BOTH = pytest.mark.parametrize("Chooser", [MLPClassifierCV, MLPRegressorCV])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"alphas": []}, r"alphas must be an int .*array-like of finite numbers >= 0; got \[\]"),
        ({"alphas": [[1, 2]]}, r"got \[\[1, 2\]\]"),
        ({"alphas": [1, -1]}, r"got \[1, -1\]"),
        ({"alphas": [0, np.nan]}, r"got \[0, nan\]"),
        ({"alphas": [np.inf]}, r"got \[inf\]"),
        ({"alphas": ["a"]}, r"got \['a'\]"),
        ({"alphas": [1, 20], "decay": "decoupled"}, r"must be below 1; got 0\.1 \* 20.0 = 2\. Lower alpha below 10"),
        ({"penalty": "l2", "decay": "decoupled"}, "would apply alpha twice"),
        ({"optimizer": "lbfgs", "decay": "decoupled"}, "no such step"),
        ({"penalty": None}, "alpha has no effect: all networks would be the same. Write penalty='l2' or decay="),
        ({"strategy": "halving", "optimizer": "lbfgs"}, "optimizer='lbfgs' cannot pause. Take strategy='full', or"),
        ({"strategy": "halving", "rule": "one_se"}, "rule='one_se' compares networks that have all been trained to"),
        ({"rule": "one_se", "cv": ShuffleSplit(1)}, "needs a standard error, and so at least 2 folds; cv gives 1"),
        ({"scoring": ["r2"]}, r"chosen by one metric: scoring must be the name of a scorer.*; got \['r2'\]"),
        ({"scoring": {"a": "r2"}}, r"chosen by one metric.*; got \{'a': 'r2'\}"),
        ({"scoring": ("r2", "max_error")}, r"chosen by one metric.*; got \('r2', 'max_error'\)"),
        ({"scoring": {"r2"}}, r"chosen by one metric.*; got \{'r2'\}"),
        ({"scoring": lambda estimator, X, y: {"a": 1.0}}, r"scoring must give one number.*; got \{'a': 1\.0\}"),
        ({"scoring": lambda estimator, X, y: None}, "scoring must give one number.*; got None"),
        ({"scoring": lambda estimator, X, y: np.zeros(2)}, r"scoring must give one number.*; got .*\[0\., 0\.\]"),
        ({"scoring": r2_score}, "Please use `make_scorer`"),
        ({"scoring": "best"}, "'best' is not a valid scoring value"),
        ({"scoring": 3}, "scoring.* got 3|scoring.* Got 3"),
        ({"cv": []}, "cv must give at least one fold"),
        ({"cv": [([], [1, 2])]}, "cv must give at least one fold, with samples to train on and samples to score on"),
        ({"cv": 41}, "n_splits=41"),
        ({"n_jobs": 0}, "n_jobs == 0"),
    ],
)
def test_what_is_refused(settings, message):
    """Parameters that make no sense, alone or together, are refused in words, and nothing is fitted."""
    model = MLPRegressorCV(**COMPLETE | {"alphas": [1.0, 2.0]} | settings)
    with pytest.raises(ValueError, match=message):
        model.fit(X, Y)
    assert not [name for name in vars(model) if name.endswith("_") and name != "n_features_in_"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("alphas", value) for value in (1, 0, -3, 2.5, True, None, "auto")),
        *(("rule", "1se"), ("strategy", "half"), ("n_jobs", 1.5), ("cv", "five")),
        *(("max_iter", 0), ("penalty", "l3"), ("hidden_layer_sizes", "a")),
    ],
)
@BOTH
def test_values_of_a_wrong_kind(Chooser, name, value):
    """Each parameter, of the search or of the network, is checked by its kind and named."""
    with pytest.raises(InvalidParameterError, match=f"The '{name}' parameter of {Chooser.__name__} must be"):
        Chooser(**SMALL | {name: value}).fit(X, Y)


def must_not_be_called(estimator, X, y, sample_weight=None):
    """A scorer of networks that should not have been trained."""
    raise AssertionError("A network was trained.")


@BOTH
def test_data_are_checked_before_training(Chooser):
    """Wrong samples, labels and weights are refused as the network refuses them, and not once per fold."""
    model = Chooser([1.0], **COMPLETE, cv=2, scoring=must_not_be_called)
    for arguments, message in (
        ((X[:5], Y), "inconsistent numbers of samples"),
        ((np.where(X > 1, np.nan, X), Y), "Input X contains NaN"),
        ((X, Y, np.ones(3)), r"sample_weight.shape == \(3,\)"),
        ((X, Y, -np.ones(40)), "[Nn]egative"),
        ((X, np.where(Y > 1, np.nan, Y)), "[Ii]nput y contains NaN"),
    ):
        with pytest.raises(ValueError, match=message):
            model.fit(*arguments)


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")  # numpy's words, without compilation
@pytest.mark.filterwarnings("ignore:The network has learned nothing")  # at alpha=2, in GridSearchCV
def test_networks_that_diverge_have_no_score():
    """As in GridSearchCV their scores are NaN and rank last, here with one warning that names their alphas."""
    settings, alphas = COMPLETE | {"optimizer": "sgd", "max_iter": 20}, [1e9, 0.1, 2.0, 1e8]
    with pytest.warns(ConvergenceWarning, match=r"6 of 12 fits, at alpha=1e\+09, 1e\+08: diverged") as warned:
        model = MLPRegressorCV(alphas, **settings, cv=3).fit(X, Y)
    assert sum(issubclass(warning.category, ConvergenceWarning) for warning in warned) == 1
    with pytest.warns(FitFailedWarning), pytest.warns(UserWarning, match="test scores are non-finite"):
        theirs = GridSearchCV(MLPRegressor(**settings), {"alpha": alphas}, cv=3).fit(X, Y)
    for key in ("split0_test_score", "mean_test_score", "std_test_score", "rank_test_score"):
        np.testing.assert_array_equal(model.cv_results_[key], theirs.cv_results_[key])
    assert np.isnan(model.cv_results_["split2_test_score"]).tolist() == [True, False, False, True]
    assert model.alpha_ == theirs.best_params_["alpha"]
    assert MLPRegressorCV([0.1, 2.0], **settings, cv=3).fit(X, Y).best_score_ == model.best_score_
    np.testing.assert_array_equal(model.stages_[-1]["mean_scores"], model.cv_results_["mean_test_score"])


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")  # numpy's words, without compilation
def test_a_search_in_which_all_diverge():
    """Without one score that is a number there is nothing to choose: ValueError, and the estimator stays as it was."""
    model = MLPRegressorCV([0.0, 0.1], **COMPLETE | {"optimizer": "sgd", "max_iter": 20}, cv=2).fit(X, Y)
    before = vars(model.set_params(alphas=[1e9, 1e8])).copy()
    message = "No alpha can be chosen, as none has finite scores in all folds: 4 of 4 fits diverged: scale X"
    with pytest.raises(ValueError, match=message):
        model.fit(X, Y)
    assert vars(model) == before
    np.testing.assert_array_equal(model.alphas_, [0.0, 0.1])


def test_a_score_of_minus_infinity_is_none():
    """Where every network that has been trained scores -∞ there is nothing to choose either."""

    def score(estimator, X, y):
        return -np.inf if np.any(estimator.coefs_[0]) else 0.0

    model = MLPRegressorCV([1.0, 2.0], **COMPLETE, cv=2, scoring=score)
    message = r"No alpha can be chosen, as none has finite scores in all folds: scores are \[-inf -inf\]\.$"
    with pytest.raises(ValueError, match=message):
        model.fit(X, Y)


def test_scorers_that_fail_once_there_is_training():
    """Where only trained networks cannot be scored, the error carries what the scorer said first."""

    def score(estimator, X, y):
        return 1 / (not np.any(estimator.coefs_[0]))

    model = MLPRegressorCV([1.0, 2.0], **COMPLETE, cv=2, scoring=score)
    before = vars(model).copy()
    with pytest.raises(ValueError, match=r"in all folds: scoring failed: ZeroDivisionError: division by zero\.$"):
        model.fit(X, Y)
    assert vars(model) == before


@pytest.mark.filterwarnings("ignore:The search has learned nothing")
@pytest.mark.parametrize("rule", ["best", "one_se"])
def test_a_score_of_nan_in_one_fold_is_none(rule):
    """An alpha whose scorer gives NaN for a single fold has no mean score and is not chosen by any rule."""

    def score(estimator, X, y):
        return np.nan if estimator.alpha == 5.0 and X[0, 0] == first else estimator.alpha / 1e6

    first = X[20, 0]
    model = MLPRegressorCV([5.0, 0.5, 0.1], **COMPLETE, cv=2, scoring=score, rule=rule)
    folds = [(np.arange(20), np.arange(20, 40)), (np.arange(20, 40), np.arange(20))]
    model.set_params(cv=folds).fit(X, Y)
    np.testing.assert_array_equal(model.cv_results_["rank_test_score"], [3, 1, 2])
    assert model.alpha_ == 0.5


@pytest.mark.parametrize("settings", [{}, {"optimizer": "lbfgs", "max_iter": 2}], ids=["adam", "lbfgs"])
def test_searches_that_are_too_short_say_so_once(settings):
    """Networks of the search that reach max_iter are reported by one warning, and the final one by its own."""
    with pytest.warns(ConvergenceWarning) as warned:
        MLPRegressorCV([0.0, 1e-3], **SMALL | {"tol": 1e-9} | settings, cv=3).fit(X, Y)
    first, last = (str(warning.message) for warning in warned)
    assert first.startswith("In the search, 6 of 6 fits, at alpha=0, 0.001: ")
    assert re.search(r"Maximum iterations|lbfgs failed to converge\. Increase max_iter=2", first)
    assert "In the search" not in last


@pytest.mark.parametrize("strategy", ["full", "halving"])
@pytest.mark.parametrize("n_jobs", [None, 2])
@pytest.mark.parametrize("place", ["training", "scoring"])
def test_ctrl_c_breaks_off_the_search(place, n_jobs, strategy, monkeypatch):
    """Ctrl-C in a fold is not swallowed: the search is complete or not at all."""
    n_calls, end_epochs = [], _Run.end_epochs

    def interrupt(*arguments):
        n_calls.append(1)
        if len(n_calls) >= 2:
            raise KeyboardInterrupt
        return end_epochs(*arguments) if place == "training" else 0.0

    def score(estimator, X, y):
        return interrupt() if np.any(estimator.coefs_[0]) else 0.0  # the constants, before training

    threads = set(threading.enumerate())
    settings = COMPLETE | {"max_iter": 1000, "n_jobs": n_jobs, "strategy": strategy}
    model = MLPRegressorCV([1.0, 2.0, 3.0], **settings, cv=4)
    if place == "training":
        monkeypatch.setattr(_Run, "end_epochs", interrupt)
    else:
        model.set_params(scoring=score, max_iter=4)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y)
    deadline = monotonic() + 20  # the other threads put back the filters of warnings, which the next test sets
    while set(threading.enumerate()) - threads and monotonic() < deadline:
        sleep(0.001)
    assert set(threading.enumerate()) <= threads
    assert len(n_calls) < 12
    assert not hasattr(model, "alpha_")
    assert not hasattr(model, "cv_results_")


@pytest.mark.filterwarnings("ignore:The network has learned nothing")  # at alpha=0.5, in GridSearchCV
def test_a_scorer_that_fails_is_a_score_of_nan():
    """As in GridSearchCV a network that cannot be scored has NaN there; one warning names its alpha and the error."""

    def score(estimator, X, y):
        if estimator.alpha == 2.0:
            raise ZeroDivisionError("nothing to divide by")
        return estimator.score(X, y)

    model, grid = MLPRegressorCV([0.5, 2.0, 0.1], **COMPLETE, cv=3, scoring=score), {"alpha": [0.5, 2.0, 0.1]}
    message = "3 networks, at alpha=2, could not be scored.* first error: ZeroDivisionError: nothing to divide by"
    with pytest.warns(UserWarning, match=message) as warned:
        model.fit(X, Y)
    assert len(warned) == 1
    with pytest.warns(UserWarning, match="Scoring failed|non-finite"):
        theirs = GridSearchCV(MLPRegressor(**COMPLETE), grid, cv=3, scoring=score).fit(X, Y)
    assert model.alpha_ == theirs.best_params_["alpha"]
    for key in ("mean_test_score", "rank_test_score"):
        np.testing.assert_array_equal(model.cv_results_[key], theirs.cv_results_[key])


def test_a_validation_set_is_refused():
    """The folds hold out their own part for early stopping: X_val is refused with words that say so."""
    with pytest.raises(ValueError, match="MLPRegressorCV takes no validation set: with early_stopping"):
        MLPRegressorCV(**COMPLETE).fit(X, Y, X_val=X, y_val=Y)
