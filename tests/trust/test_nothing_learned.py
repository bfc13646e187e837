"""Training that has not happened is never reported as success: a warning says so and why, and what it advises helps."""

import re
import warnings

import numpy as np
import pytest
from nothing_learned import ROWS
from scipy import sparse
from scipy.special import xlogy
from sklearn.base import is_classifier
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import cross_val_score
from sklearn.utils.class_weight import compute_sample_weight

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor
from skl2._inputs.validation_set import hold_out

EACH = pytest.mark.parametrize("name", ROWS)
NUMBER = r"(-?\d[\d.]*(?:e[+-]\d+)?)"
MEASURED = "(training samples|validation set)"
LOSSES = (
    rf"its loss on the {MEASURED} is {NUMBER}, (?:no|hardly) less than the {NUMBER} of the best constant prediction\. "
)
SCORES = rf"mean score {NUMBER}, of the constants {NUMBER}\)"


def train(call, *arguments):
    """Return (the result, the texts that say that nothing was learned)."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = call(*arguments)
    told = [each for each in caught if "has learned nothing" in str(each.message)]
    assert all(each.category is ConvergenceWarning for each in told)
    return result, [str(each.message) for each in told]


@pytest.fixture
def parts(monkeypatch):
    """The numbers of the samples to train on, and of those held out, once early stopping has drawn them."""
    drawn = []

    def draw_and_tell(*arguments):
        drawn[:] = hold_out(*arguments)
        return tuple(drawn)

    monkeypatch.setattr("skl2._estimators.problem.hold_out", draw_and_tell)
    return drawn


def losses(model, estimator, X, y):
    """Return the loss of each sample for a network, or for what scikit-learn predicts in its place, in plain numpy."""
    if not is_classifier(model):
        y, z = y.reshape(len(y), -1), estimator.predict(X).reshape(len(y), -1)
        is_poisson = model.loss == "poisson"
        return np.sum(z - xlogy(y, z) - y + xlogy(y, y) if is_poisson else 0.5 * (z - y) ** 2, axis=1)
    logarithms = estimator.predict_log_proba(X)
    if y.ndim == 1:
        return -logarithms[np.arange(len(y)), np.searchsorted(model.classes_, y)]
    logarithms = np.column_stack([p[:, 1] for p in logarithms]) if isinstance(logarithms, list) else logarithms
    return -np.sum(np.where(y, logarithms, np.log1p(-np.exp(logarithms))), axis=1)


def losses_of(row, model, parts, is_held_out):
    """Return the mean losses of the network, and of the constant that fits the training samples best.

    parts are the numbers of the samples to train on, and of those held out; without early stopping there are none.
    """
    data, weights = row.data.halves()[0], row.data.halves()[0].sample_weight
    if getattr(model, "class_weight", None):
        weights = compute_sample_weight(model.class_weight, data.y)
    training, validation = parts or (slice(None), None)
    measured = validation if is_held_out else training
    constant = DummyClassifier(strategy="prior") if is_classifier(model) else DummyRegressor()
    constant.fit(data.X[training], data.y[training], sample_weight=weights)
    X, y = data.X[measured], data.y[measured]
    return [np.average(losses(model, each, X, y), weights=weights) for each in (model, constant)]


@EACH
def test_it_is_said_with_both_numbers_and_the_right_cause(name, parts):
    """One warning says that a call has learned nothing; its numbers are right, and its first cause is the one."""
    row = ROWS[name]
    model, told = train(row.call, row.model, row.data.halves()[0])
    assert len(told) == 1
    assert row.cause in re.search(r"\(1\) (.*?)(?: \(2\) | Or X tells nothing of y)", told[0]).group(1)
    if losses := re.search(LOSSES, told[0]):
        network, constant = losses_of(row, model, parts, losses.group(1) == "validation set")
        assert not network < 0.999 * constant
        assert [float(each) for each in losses.groups()[1:]] == pytest.approx([network, constant], rel=1e-3)
    else:
        score, of_constants = map(float, re.search(SCORES, told[0]).groups())
        constant = DummyClassifier() if is_classifier(model) else DummyRegressor()
        data = row.data.halves()[0]
        assert of_constants == pytest.approx(cross_val_score(constant, data.X, data.y, cv=model.cv).mean(), rel=1e-3)
        assert score < of_constants + 0.01


@EACH
def test_what_it_advises_helps(name):
    """After doing what the first cause says, in code, the fit is good, and no such warning comes."""
    row = ROWS[name]
    model, data = row.remedy(row.model, row.data)
    samples, others = data.halves()
    model, told = train(row.call, model, samples)
    assert told == []
    score = model.score(others.X, others.y)
    if is_classifier(model):
        most_frequent = np.unique(others.y, axis=0, return_counts=True)[1].max() / len(others.y)
        assert score > 0.4 * most_frequent + 0.6
    else:
        assert score > 0.8


@pytest.mark.parametrize("X", [np.zeros((90, 3)), np.full((90, 3), 7.0), sparse.csr_array((90, 3))])
def test_constant_columns_are_the_cause(X):
    """Where no column varies this is the first cause, whatever else is wrong."""
    y = np.arange(90) % 3
    for model in (MLPClassifier(random_state=0), MLPRegressor(learning_rate_init=1e-9, random_state=0)):
        with pytest.warns(ConvergenceWarning, match=r"learned nothing.*\(1\) no column of X varies: look at how X"):
            model.fit(X, y)


def test_samples_that_tell_nothing():
    """Of noise it says that X tells nothing of y: beside the causes that hold, or as the only one left."""
    noise, n = np.random.default_rng(1), 3000
    X, labels = noise.standard_normal((n, 4)), noise.integers(2, size=n)
    _, (told,) = train(MLPClassifier(early_stopping="loss", random_state=0).fit, X, labels)
    assert told.endswith(" Or X tells nothing of y.")
    _, (told,) = train(MLPClassifierCV(2, cv=3, random_state=0).fit, X, labels)
    assert "No cause is found in the settings and scales: X tells nothing of y" in told
