"""Searches over networks of quantiles: what they compare, and intervals of conformalised quantile regression."""

import io
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.model_selection import KFold

from skl2 import MLPRegressorCV, TabularMLPRegressor
from skl2._selection.conformal import predict_interval, scores_of_quantiles
from skl2.skops import load

FOLDS = KFold(3, shuffle=True, random_state=0)
LEVELS = [0.1, 0.5, 0.9]
SETTINGS = {"loss": "quantile", "quantile": LEVELS, "cv": FOLDS, "hidden_layer_sizes": (6,), "max_iter": 20}
SETTINGS |= {"learning_rate": "cosine", "learning_rate_init": 0.05, "batch_size": 20, "random_state": 0}


def draw(n, seed=0):
    """Noise that grows with one feature."""
    random = np.random.default_rng(seed)
    X = random.standard_normal((n, 3))
    return X, X[:, 0] + np.exp(X[:, 1]) * random.standard_normal(n)


X, Y = draw(60)
NEW, _ = draw(25, seed=1)


@pytest.fixture(scope="module")
def ensemble():
    """Networks of three folds."""
    return MLPRegressorCV([0.01], ensemble=True, store_predictions=True, **SETTINGS).fit(X, Y)


@pytest.mark.parametrize("coverage", [0.3, 0.8, 0.95])
def test_intervals_are_those_of_the_definition(ensemble, coverage):
    """Scores are by how much the outer quantiles miss, and the bounds their ranked sums, by brute force."""
    below, above = [], []
    for member, (_, test) in zip(ensemble.estimators_, FOLDS.split(X), strict=True):
        low, _, high = member.predict(X[test]).T
        scores = np.maximum(low - Y[test], Y[test] - high)[:, np.newaxis]
        low, _, high = member.predict(NEW).T
        below.append(low - scores)
        above.append(high + scores)
    rank = int(np.ceil(coverage * 61 - 1e-9))
    low, high = np.sort(np.concatenate(below), axis=0)[60 - rank], np.sort(np.concatenate(above), axis=0)[rank - 1]
    expected = np.sort(np.column_stack([low, high]), axis=1)
    assert_allclose(ensemble.predict_interval(NEW, coverage), expected, rtol=1e-12, atol=1e-14)


def test_predictions_of_the_mean_are_in_order(ensemble):
    """The mean of sorted quantiles is sorted; so is what the folds held out."""
    predicted = ensemble.predict(NEW)
    assert_allclose(predicted, np.mean([member.predict(NEW) for member in ensemble.estimators_], axis=0))
    assert predicted.shape == (25, 3)
    assert ensemble.cv_predictions_.shape == (60, 3)
    assert np.all(np.diff(ensemble.cv_predictions_, axis=1) >= 0)


def test_intervals_that_shrink_do_not_turn_over():
    """Where all scores are negative, an interval narrower than they say is a short one, its lower bound below."""
    quantiles = np.array([[0.0, 10.0], [4.0, 5.0]])
    scores = [scores_of_quantiles(np.full((9, 1), 5.0), np.tile([[0.0, 10.0]], (9, 1)))]
    assert_array_equal(scores[0], np.full((9, 1), -5.0))
    interval = predict_interval([quantiles], scores, 0.9)[:, 0]
    assert_array_equal(interval, [[5, 5], [0, 9]])


@pytest.mark.parametrize("Model", [MLPRegressorCV, TabularMLPRegressor])
def test_coverage_is_about_what_was_asked_for(Model):
    """On new samples intervals hold a share near the coverage, whatever that of the quantiles, and vary in width."""
    settings = {"hidden_layer_sizes": (10,), "random_state": 0, "loss": "quantile", "quantile": [0.05, 0.5, 0.95]}
    if Model is MLPRegressorCV:
        settings = SETTINGS | settings | {"alphas": [0.01], "ensemble": True}
    (X, y), (X_test, y_test) = draw(400), draw(2000, seed=5)
    model = Model(**settings).fit(X, 100 * y)
    low, high = model.predict_interval(X_test, 0.8).T
    assert 0.76 <= np.mean((low <= 100 * y_test) & (100 * y_test <= high)) <= 0.88
    wide, narrow = ((high - low)[rows].mean() for rows in (X_test[:, 1] > 1, X_test[:, 1] < -1))
    assert wide > 2 * narrow


def test_too_few_samples_are_infinite(ensemble):
    """A coverage above n / (n + 1) has infinite bounds."""
    assert np.all(ensemble.predict_interval(NEW, 0.99) == [-np.inf, np.inf])


def test_a_search_compares_by_d2(ensemble):
    """The default scorer of quantiles is what `score` of networks says, and has a name; `loss` is the pinball loss."""
    assert ensemble.score(NEW, NEW[:, 0]) == pytest.approx(
        MLPRegressorCV([0.01], ensemble=True, scoring="d2_pinball", **SETTINGS).fit(X, Y).score(NEW, NEW[:, 0])
    )
    single = MLPRegressorCV([0.01, 0.1], **SETTINGS).fit(X, Y)
    assert single.score(X, Y) == single.best_estimator_.score(X, Y)
    folds = [
        member.score(X[test], Y[test]) for member, (_, test) in zip(ensemble.estimators_, FOLDS.split(X), strict=True)
    ]
    assert ensemble.best_score_ == pytest.approx(np.mean(folds))
    by_loss = MLPRegressorCV([0.01], ensemble=True, scoring="loss", **SETTINGS).fit(X, Y)
    difference = by_loss.predict(X) - Y[:, np.newaxis]
    losses = np.maximum((1 - np.array(LEVELS)) * difference, -np.array(LEVELS) * difference).sum(axis=1)
    assert by_loss.score(X, Y) == pytest.approx(-losses.mean())


@pytest.mark.parametrize("way", ["pickle", "skops"])
def test_files_keep_intervals_and_the_scorer(ensemble, way):
    """A search of quantiles that comes out of a file says and scores the same, its scorer kept by name."""
    assert ensemble.__getstate__()["scorer_"] == "d2_pinball"
    if way == "skops":
        again = load(
            io.BytesIO(pytest.importorskip("skops.io").dumps(ensemble)), trusted="sklearn.model_selection._split.KFold"
        )
    else:
        again = pickle.loads(pickle.dumps(ensemble))
    assert_array_equal(again.predict_interval(NEW), ensemble.predict_interval(NEW))
    assert again.score(X, Y) == ensemble.score(X, Y)
    damaged = ensemble.__getstate__() | {"_fold_scores": [np.zeros((20, 3))] * 3}
    with pytest.raises(ValueError, match="sorted in columns, of which there are 1"):
        MLPRegressorCV().__setstate__(damaged)
