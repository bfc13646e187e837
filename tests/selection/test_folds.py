"""What folds hold out: the same samples as they are scored on, encoded and weighed as those to train on."""

import numpy as np
import pytest
from sklearn.metrics import get_scorer
from sklearn.model_selection import KFold
from sklearn.utils.class_weight import compute_sample_weight

from skl2 import MLPClassifier, MLPRegressor
from skl2._estimators.problem import encode
from skl2._inputs.samples import Given, validate_samples
from skl2._selection.folds import make_folds, make_folds_of_ensemble
from skl2._selection.scoring import Scoring

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((30, 2))
Y = np.digitize(X[:, 0], [-0.5, 0.5])
TEXT = np.array(["low", "middle", "top"])[Y]
WEIGHT = RANDOM.uniform(0.5, 2, 30)
SPLITS = list(KFold(3).split(X))
ENSEMBLE = pytest.mark.parametrize("ensemble", [False, True])


def make(estimator, y, weight=None, splits=SPLITS, ensemble=False):
    """The Folds of a search."""
    samples = validate_samples(estimator, Given(X, y, weight), reset=True)
    scoring = Scoring(get_scorer("accuracy"), X, y, {})
    if ensemble:
        return make_folds_of_ensemble(estimator, encode(estimator, samples), splits, scoring)
    return make_folds(estimator, samples, splits, scoring)


@ENSEMBLE
@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["", "weights"])
@pytest.mark.parametrize(
    ("estimator", "y", "targets"),
    [
        (MLPRegressor(), X[:, 0], X[:, :1]),
        (MLPClassifier(), TEXT, Y[:, np.newaxis]),
        (MLPClassifier(class_weight="balanced"), TEXT, Y[:, np.newaxis]),
        (MLPClassifier(class_weight={"low": 3.0}), TEXT, Y[:, np.newaxis]),
    ],
    ids=["values", "classes", "balanced", "class weights"],
)
def test_samples_held_out(estimator, y, targets, weight, early_stopping, ensemble):
    """They are rows of the X that all share, targets as in training, and weights, times those of the classes there."""
    estimator.set_params(early_stopping=early_stopping, validation_fraction=0.3, random_state=0)
    folds = make(estimator, y, weight, ensemble=ensemble)
    class_weight = getattr(estimator, "class_weight", None)
    for fold, (train, test) in zip(folds, SPLITS, strict=True):
        held_out = fold.held_out
        assert held_out.X is fold.problem.task.samples.X is X
        np.testing.assert_array_equal(held_out.indices, test)
        np.testing.assert_array_equal(held_out.y, targets[test])
        np.testing.assert_array_equal(fold.test, test)
        if weight is None and class_weight is None:
            assert held_out.sample_weight is None
            continue
        weights = np.ones(30) if weight is None else weight
        expected = weights[test]
        if class_weight == "balanced":  # all classes weigh the same in training
            expected = expected / [weights[train][Y[train] == label].sum() for label in Y[test]]
        elif class_weight:
            expected = expected * compute_sample_weight(class_weight, y[test])
        ratios = held_out.sample_weight.ravel() / expected
        np.testing.assert_allclose(ratios, ratios[0])  # they are in a unit of their own


@ENSEMBLE
def test_classes_that_a_fold_does_not_train_on(ensemble):
    """A fold whose samples held out are of other classes has none of them; one of an ensemble knows all classes."""
    unknown = np.flatnonzero(Y != 1), np.flatnonzero(Y == 1)
    folds = make(MLPClassifier(random_state=0), TEXT, splits=[SPLITS[0], unknown], ensemble=ensemble)
    assert folds[0].held_out is not None
    assert (folds[1].held_out is not None) == ensemble
    if ensemble:
        np.testing.assert_array_equal(folds[1].held_out.y, 1)
