"""Scores in a search: what a scorer may return, and what it gets."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import KFold

from skl2 import MLPRegressor
from skl2._inputs.samples import Given, validate_samples
from skl2._selection.folds import make_folds
from skl2._selection.scoring import Scoring
from skl2._selection.search import Search

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = pd.DataFrame(RANDOM.standard_normal((20, 2)), columns=["a", "b"], index=RANDOM.permutation(20))
Y = X["a"] + 1
MODEL = MLPRegressor(hidden_layer_sizes=(3,), batch_size=10, max_iter=2, random_state=0)
SPLITS = list(KFold(2).split(X))


def search(scorer, alphas=(0.0, 0.1), splits=SPLITS, **params):
    """The scores (n_alphas, n_folds) of a search with this scorer."""
    estimator = clone(MODEL)
    folds = make_folds(
        estimator, validate_samples(estimator, Given(X, Y, None), reset=True), splits, Scoring(scorer, X, Y, params)
    )
    one = Search(folds, np.array(alphas), None)
    one.run([MODEL.max_iter], None)
    return one.outcome.score


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (1, 1.0),
        (-0.5, -0.5),
        (np.float32(0.5), 0.5),
        (np.int8(-3), -3.0),
        (np.array(0.25), 0.25),
        (np.array([0.25]), 0.25),
        (np.ma.masked_array(0.75), 0.75),
        (True, 1.0),
        (np.False_, 0.0),
        (Fraction(1, 4), 0.25),
        (-np.inf, -np.inf),
        (np.nan, np.nan),
    ],
    ids=repr,
)
def test_one_number_of_any_type(score, expected):
    """Python's and numpy's numbers, truth values and arrays of one number are scores."""

    def scorer(model, X, y):
        return score if np.any(model.coefs_[0]) else 0.0  # of the constants

    np.testing.assert_array_equal(search(scorer), np.full((2, 2), expected))


@pytest.mark.parametrize(
    "score",
    [None, "good", {"r2": 0.5}, [0.5], (0.5, 0.5), 1 + 2j, np.array("good"), np.array([0.5, 0.6]), pd.Series([1, 2])],
    ids=repr,
)
def test_what_is_not_one_number(score):
    """Everything else is refused, with the value in words: several metrics, text, nothing."""
    with pytest.raises(ValueError, match="scoring must give one number, by which alpha is chosen; got"):
        search(lambda model, X, y: score)


def test_a_scorer_gets_the_network_and_the_samples_held_out():
    """It gets each alpha's fitted network, and rows in the form in which the user gave them, with those of metadata."""
    seen = []

    def scorer(model, X, y, mass):
        seen.append((model, X, y, mass))
        return model.alpha

    mass = pd.Series(np.arange(20.0))
    np.testing.assert_array_equal(search(scorer, mass=mass), [[0, 0], [0.1, 0.1]])
    del seen[:2]  # the constants, which are scored before there is training
    for number, (model, X_test, y_test, mass_test) in enumerate(seen):
        train, test = SPLITS[number // 2]
        pd.testing.assert_frame_equal(X_test, X.iloc[test])
        pd.testing.assert_series_equal(y_test, Y.iloc[test])
        np.testing.assert_array_equal(mass_test, test)
        fitted = clone(MODEL).set_params(alpha=[0.0, 0.1][number % 2]).fit(X.iloc[train], Y.iloc[train])
        np.testing.assert_array_equal(model.predict(X_test), fitted.predict(X_test))
        assert model.get_params() == fitted.get_params()


def test_a_scorer_that_writes_into_a_network_spoils_no_other():
    """Networks given to a scorer are objects of their own: attributes set on one are not on the next."""
    seen = []

    def scorer(model, X, y):
        seen.append((model.alpha, hasattr(model, "mark_")))
        model.mark_, model.alpha = True, 7.0
        return 0.0

    search(scorer)
    assert seen == [(0.0, False)] * 2 + [(0.0, False), (0.1, False)] * 2  # two constants first
