"""predict_interval and predict_set of networks: their coverage, and which network compares which samples."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_array
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import KFold, RepeatedKFold, ShuffleSplit
from sklearn.utils._param_validation import InvalidParameterError

from skl2 import MLPClassifierCV, MLPRegressorCV

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((60, 3))
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(60), [-0.8, 0.3])
REAL = np.column_stack([X[:, 0] + 0.2 * RANDOM.standard_normal(60), X[:, 1] * X[:, 2]])
SMALL = {"hidden_layer_sizes": (3,), "batch_size": 10, "max_iter": 6, "learning_rate_init": 0.1, "random_state": 0}
COMPLETE = SMALL | {"learning_rate": "cosine", "tol": 0.0}
FOLDS = KFold(4, shuffle=True, random_state=1)
NEW = RANDOM.standard_normal((25, 3))


def make(Chooser, settings=None, **how):
    """A search that keeps the networks of its folds, not fitted."""
    return Chooser([0.0, 0.1], **COMPLETE | (settings or {}), **{"cv": FOLDS, "ensemble": True} | how)


def sums_by_hand(model, y, X_new, cv):
    """μ₋ₖ₍ᵢ₎(x) - Rᵢ and μ₋ₖ₍ᵢ₎(x) + Rᵢ for all samples i, sorted: (2, n, n_new)."""
    sums = []
    for member, (_, test) in zip(model.estimators_, cv.split(X), strict=True):
        center, residuals = member.predict(X_new), np.abs(y[test] - member.predict(X[test]))
        sums.append([center - residuals[:, np.newaxis], center + residuals[:, np.newaxis]])
    return np.sort(np.concatenate(sums, axis=1), axis=1)


@pytest.mark.parametrize(
    "cv",
    [FOLDS, RepeatedKFold(n_splits=2, n_repeats=2, random_state=0), ShuffleSplit(3, test_size=0.3, random_state=0)],
    ids=lambda cv: type(cv).__name__,
)
@pytest.mark.parametrize("coverage", [0.5, 0.8, 0.95])
def test_intervals_are_those_of_cv_plus(cv, coverage):
    """Bounds come from the residual of each sample held out and the prediction by the network that has not seen it."""
    y = REAL[:, 0]
    model = make(MLPRegressorCV, cv=cv).fit(X, y)
    below, above = sums_by_hand(model, y, NEW, cv)
    n = len(below)
    expected = below[math.floor((1 - coverage) * (n + 1) + 1e-9) - 1], above[math.ceil(coverage * (n + 1) - 1e-9) - 1]
    interval = model.predict_interval(NEW, coverage)
    assert interval.shape == (25, 2)
    np.testing.assert_allclose(interval.T, expected, rtol=1e-12)
    np.testing.assert_array_equal(model.predict_interval(NEW), model.predict_interval(NEW, coverage=0.9))


@pytest.mark.parametrize("kind", ["frame", "sparse", "float32", "list"])
def test_intervals_of_samples_of_every_kind(kind):
    """Several outputs have bounds each, in whatever form the samples come; sparse and dense samples have the same."""
    change = {
        "frame": lambda X: pd.DataFrame(X, columns=["a", "b", "c"]),
        "sparse": coo_array,
        "list": np.ndarray.tolist,
    }
    as_kind = change.get(kind, lambda X: X.astype(np.float32))
    y, one_y = (REAL.tolist(), REAL[:, 0].tolist()) if kind == "list" else (REAL, REAL[:, 0])
    model = make(MLPRegressorCV).fit(as_kind(X), y)
    interval = model.predict_interval(as_kind(NEW), 0.8)
    assert interval.shape == (25, 2, 2)
    plain = make(MLPRegressorCV).fit(X, REAL).predict_interval(NEW, 0.8)
    np.testing.assert_allclose(
        interval, plain, rtol=1e-2 if kind == "float32" else 1e-9, atol=1e-3 if kind == "float32" else 0
    )
    assert make(MLPRegressorCV).fit(as_kind(X), one_y).predict_interval(as_kind(NEW)).shape == (25, 2)


def test_intervals_of_counts_are_not_below_zero():
    """With the Poisson loss the lower bound is at least 0, and else as it is."""
    model = make(MLPRegressorCV, {"loss": "poisson"}).fit(X, Y)
    low, high = model.predict_interval(NEW, 0.9).T
    below, above = sums_by_hand(model, Y, NEW, FOLDS)
    np.testing.assert_allclose(low, np.maximum(below[5], 0), rtol=1e-12, atol=1e-14)  # ⌊0.1 · 61⌋ = 6
    np.testing.assert_allclose(high, above[54], rtol=1e-12)
    assert np.any(low == 0)
    assert np.any(model.predict_interval(NEW, 0.1)[:, 0] > 0)
    assert np.all(model.predict_interval(NEW, 0.999) == [0, np.inf])


@pytest.mark.parametrize("coverage", [0.3, 0.8, 0.95])
@pytest.mark.parametrize("y", [Y, Y > 0], ids=["classes", "two classes"])
def test_sets_are_those_of_cv_plus(y, coverage):
    """Each class is compared with each sample held out, by the network that has not seen that sample."""
    model = make(MLPClassifierCV, calibrate=True).fit(X, y)
    members = model.predict_set(NEW, coverage)
    n_below = np.zeros(members.shape, int)
    for member, (_, test) in zip(model.estimators_, FOLDS.split(X), strict=True):
        own, probability = member.predict_proba(NEW), member.predict_proba(X[test])
        for number, p in zip(test, probability, strict=True):
            n_below += 1 - p[int(y[number])] < 1 - own - 1e-12
    expected = n_below < coverage * 61
    expected[np.arange(25), model.predict_proba(NEW).argmax(axis=1)] = True
    np.testing.assert_array_equal(members, expected)
    assert members.dtype == bool
    np.testing.assert_array_equal(model.classes_[model.predict_set(NEW, 0.01).argmax(axis=1)], model.predict(NEW))


def draw(n, seed):
    """Samples that are exchangeable: noise that grows with one feature."""
    random = np.random.default_rng(seed)
    samples = random.standard_normal((n, 3))
    return samples, samples[:, 0] + (0.2 + 0.3 * (samples[:, 1] > 0)) * random.standard_normal(n)


@pytest.mark.parametrize("coverage", [0.6, 0.9])
def test_coverage_of_new_samples(coverage):
    """Over draws of samples, intervals and sets hold about c of new values or more, never as few as 2c - 1."""
    held = []
    for seed in range(6):
        samples, y = draw(300, seed)
        train, new = slice(100), slice(100, None)
        model = make(MLPRegressorCV, {"max_iter": 10}).fit(samples[train], y[train])
        low, high = model.predict_interval(samples[new], coverage).T
        labels = np.digitize(y, [-0.5, 0.5])
        sets = make(MLPClassifierCV).fit(samples[train], labels[train]).predict_set(samples[new], coverage)
        held.append([np.mean((low <= y[new]) & (y[new] <= high)), sets[np.arange(200), labels[new]].mean()])
    of_intervals, of_sets = np.mean(held, axis=0)
    assert np.min(held) > 2 * coverage - 1
    assert coverage - 0.03 < of_intervals < (1 + coverage) / 2  # above c where networks differ much
    assert coverage - 0.03 < of_sets  # the most probable class is always in it


def test_more_networks_than_folds_is_fine():
    """Repeated folds compare with each sample once in each repetition: as many scores as samples and repetitions."""
    model = make(MLPClassifierCV, cv=RepeatedKFold(n_splits=3, n_repeats=2, random_state=0)).fit(X, Y)
    assert sum(map(len, model._fold_scores)) == 120
    assert model.predict_set(NEW).any(axis=1).all()


@pytest.mark.parametrize(("Chooser", "name"), [(MLPRegressorCV, "predict_interval"), (MLPClassifierCV, "predict_set")])
def test_what_is_refused(Chooser, name):
    """Coverage is a number between 0 and 1; there are no intervals without the networks of folds, or before fit."""
    model = make(Chooser)
    with pytest.raises(NotFittedError):
        getattr(model, name)(NEW)
    model.fit(X, Y)
    for coverage in (0, 1, 0.0, 1.0, -0.5, 95, np.nan, np.inf, "0.9", None, [0.5]):
        with pytest.raises(
            InvalidParameterError, match=f"The 'coverage' parameter of {name} must be a float in the range"
        ):
            getattr(model, name)(NEW, coverage)
    with pytest.raises(ValueError, match="has 2 features, but"):
        getattr(model, name)(NEW[:, :2])
    assert not hasattr(make(Chooser, ensemble=False), name)
    with pytest.raises(AttributeError, match=f"has no attribute '{name}'") as caught:
        getattr(make(Chooser, ensemble=False).fit(X, Y), name)
    assert "kept with ensemble=True" in str(caught.value.__cause__)


@pytest.mark.parametrize(("Chooser", "name"), [(MLPRegressorCV, "predict_interval"), (MLPClassifierCV, "predict_set")])
def test_what_was_fitted_counts(Chooser, name):
    """After fit the networks decide: they are there although ensemble was set to False, or not although to True."""
    model = make(Chooser).fit(X, Y)
    expected = getattr(model, name)(NEW)
    np.testing.assert_array_equal(getattr(model.set_params(ensemble=False), name)(NEW), expected)
    plain = make(Chooser, ensemble=False).fit(X, Y).set_params(ensemble=True)
    with pytest.raises(NotFittedError):
        getattr(plain, name)(NEW)


def test_several_labels_have_no_sets():
    """A multilabel classifier says so, and what to take."""
    model = make(MLPClassifierCV).fit(X, np.column_stack([Y > 0, Y > 1]))
    with pytest.raises(ValueError, match=r"one label per sample; of several labels, take predict_proba\."):
        model.predict_set(NEW)
