"""Intervals and sets of CV+ as MAPIE computes them, from the same folds and networks."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.model_selection import KFold

from skl2 import MLPClassifierCV, MLPRegressorCV

classification = pytest.importorskip("mapie.classification")
regression = pytest.importorskip("mapie.regression")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((60, 3))
Y = X[:, 0] - np.sin(X[:, 1]) + 0.3 * RANDOM.standard_normal(60)
LABELS = np.digitize(Y, [-0.7, 0.7])
NEW = RANDOM.standard_normal((200, 3))
SMALL = {"hidden_layer_sizes": (5,), "batch_size": 10, "max_iter": 10, "learning_rate_init": 0.05, "random_state": 0}
COMPLETE = SMALL | {"learning_rate": "cosine", "tol": 0.0}
FOLDS = KFold(4, shuffle=True, random_state=0)
COVERAGES = pytest.mark.parametrize("coverage", [0.3, 0.5, 0.77, 0.9, 0.95])


class Known(BaseEstimator):
    """Trains nothing: its fit finds the network that was trained on just these rows."""

    def __init__(self, networks=None):
        self.networks = networks

    def __sklearn_clone__(self):
        return type(self)(self.networks)

    def fit(self, X, y):
        """Find the network."""
        self.network_ = self.networks[np.asarray(X).tobytes()]
        return self

    def predict(self, X):
        """Predict with it."""
        return self.network_.predict(X)


class KnownRegressor(RegressorMixin, Known):
    """Networks of values."""


class KnownClassifier(ClassifierMixin, Known):
    """Networks of classes."""

    @property
    def classes_(self):
        """Classes of the network found."""
        return self.network_.classes_

    def predict_proba(self, X):
        """Predict probabilities with it."""
        return self.network_.predict_proba(X)


def find_networks(model):
    """Networks by the rows that they were trained on; MAPIE also fits one on all rows, and asks it nothing."""
    members = zip(FOLDS.split(X), model.estimators_, strict=True)
    return {X.tobytes(): model.estimators_[0]} | {X[train].tobytes(): member for (train, _), member in members}


@COVERAGES
@pytest.mark.parametrize("settings", [{}, {"loss": "poisson"}], ids=["values", "counts"])
def test_intervals_are_those_of_mapie(coverage, settings):
    """predict_interval gives the bounds of CrossConformalRegressor(method='plus'), counts from 0 on; and its mean."""
    y = LABELS.astype(float) if settings else Y
    model = MLPRegressorCV([0.1], **COMPLETE | settings, cv=FOLDS, ensemble=True).fit(X, y)
    theirs = regression.CrossConformalRegressor(KnownRegressor(find_networks(model)), coverage, cv=FOLDS, method="plus")
    mean, interval = theirs.fit_conformalize(X, y).predict_interval(NEW)
    np.testing.assert_allclose(model.predict(NEW), mean, rtol=1e-12)
    expected = np.maximum(interval[..., 0], 0) if settings else interval[..., 0]
    np.testing.assert_allclose(model.predict_interval(NEW, coverage), expected, rtol=1e-10, atol=1e-14)


def test_infinite_intervals_are_those_of_mapie():
    """With more coverage than n samples can tell, both are infinite."""
    model = MLPRegressorCV([0.1], **COMPLETE, cv=FOLDS, ensemble=True).fit(X, Y)
    theirs = regression.CrossConformalRegressor(KnownRegressor(find_networks(model)), 0.99, cv=FOLDS, method="plus")
    _, interval = theirs.fit_conformalize(X, Y).predict_interval(NEW, allow_infinite_bounds=True)
    np.testing.assert_array_equal(model.predict_interval(NEW, 0.99), interval[..., 0])


@COVERAGES
def test_sets_are_those_of_mapie(coverage):
    """predict_set holds a class if so many scores are as large as its own, as in MAPIE, and the most probable class.

    How many depends on coverage and n: (1 - c) (n - 1) there, and here, as in the paper, more than (1 - c) (n + 1) - 1;
    MAPIE is asked for the coverage that means the same number.
    """
    model = MLPClassifierCV([0.1], **COMPLETE, cv=FOLDS, ensemble=True).fit(X, LABELS)
    n_as_large = 60 - np.ceil(coverage * 61) + 1
    theirs = classification.CrossConformalClassifier(
        KnownClassifier(find_networks(model)), 1 - n_as_large / 59, cv=FOLDS, conformity_score="lac"
    )
    _, members = theirs.fit_conformalize(X, LABELS).predict_set(NEW, agg_scores="crossval")
    expected = members[..., 0].copy()
    assert 0.1 < expected.mean() < 1
    expected[np.arange(200), model.predict(NEW)] = True
    np.testing.assert_array_equal(model.predict_set(NEW, coverage), expected)
