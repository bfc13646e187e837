"""How training goes on: warm_start, partial_fit, early stopping, sample weights; its schedule: test_continuation.py."""

import copy

import numpy as np
import pytest
from same_model import assert_same_model
from sklearn import neural_network

from skl2 import MLPClassifier, MLPRegressor
from skl2._inputs import validation_set

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 3))
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(40), [-0.8, 0.3])  # classes of 7, 19, 14; also a target
WEIGHT = RANDOM.uniform(0.5, 2, 40)
SMALL = {"hidden_layer_sizes": (4,), "batch_size": 10, "max_iter": 4, "random_state": 0, "learning_rate_init": 0.02}


def test_warm_start_goes_on_where_it_ended():
    """Two warm fits without momentum and shuffling are one fit of as many epochs."""
    settings = SMALL | {"optimizer": "sgd", "momentum": 0.0, "shuffle": False}
    twice = MLPRegressor(**settings, warm_start=True).fit(X, Y).fit(X, Y)
    assert_same_model(twice, MLPRegressor(**settings | {"max_iter": 8}).fit(X, Y))
    assert twice.n_iter_ == 4
    assert twice.best_loss_ == min(twice.loss_curve_[4:])


@pytest.mark.parametrize("Estimator", [MLPClassifier, MLPRegressor])
def test_warm_start_keeps_the_weights_of_adam(Estimator):
    """The first loss of a warm fit is close to the last loss before, and far from the first of all."""
    model = Estimator(**SMALL | {"max_iter": 20}, warm_start=True).fit(X, Y).fit(X, Y)
    first, last, again = model.loss_curve_[0], model.loss_curve_[19], model.loss_curve_[20]
    assert abs(again - last) < 0.1 * abs(first - last)
    cold = model.set_params(warm_start=False).fit(X, Y)
    assert cold.loss_curve_[0] == first
    assert len(cold.loss_curve_) == cold.n_iter_ == 20


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_training_goes_on_only_with_the_same_layers(method):
    """Other hidden layers or outputs than the fitted ones are refused, with both; the model stays as it was."""
    model = MLPRegressor(**SMALL, warm_start=True).fit(X, Y)
    before = copy.deepcopy(model)
    model.set_params(hidden_layer_sizes=(5, 2))
    with pytest.raises(ValueError, match=r"\[3, 4, 1\] units per layer.* \[3, 5, 2, 1\].*warm_start=False"):
        getattr(model, method)(X, Y)
    model.set_params(hidden_layer_sizes=(4,))
    with pytest.raises(ValueError, match=r"\[3, 4, 1\] units per layer.* \[3, 4, 3\]"):
        getattr(model, method)(X, X)
    with pytest.raises(ValueError, match="X has 2 features, but MLPRegressor is expecting 3 features"):
        getattr(model, method)(X[:, :2], Y)
    assert_same_model(model, before)


def test_partial_fit_shuffles_with_the_callers_generator():
    """With one RandomState for all calls partial_fit draws the permutations that scikit-learn's draws."""
    settings = {"hidden_layer_sizes": (4,), "batch_size": 10, "alpha": 0.0}
    ours = MLPRegressor(optimizer="sgd", random_state=np.random.RandomState(5), **settings)
    theirs = neural_network.MLPRegressor(solver="sgd", random_state=np.random.RandomState(5), **settings)
    for _ in range(3):
        ours.partial_fit(X, Y)
        theirs.partial_fit(X, Y)
    np.testing.assert_allclose(ours.coefs_[0], theirs.coefs_[0], rtol=1e-9)


def test_partial_fit_has_no_early_stopping():
    """partial_fit with early_stopping=True is refused."""
    with pytest.raises(ValueError, match="partial_fit does not support early_stopping=True"):
        MLPRegressor(early_stopping=True).partial_fit(X, Y)


def test_partial_fit_after_early_stopping_begins_a_new_history():
    """After a fit that stopped early best_loss_ of partial_fit is a loss, not a score."""
    model = MLPClassifier(**SMALL, early_stopping=True, validation_fraction=0.25).fit(X, Y)
    model.set_params(early_stopping=False).partial_fit(X, Y)
    assert model.best_loss_ == model.loss_


def held_out(model, random_state, stratify):
    """The validation rows: the stream of random_state gives the initial weights, then the split."""
    random_state = np.random.RandomState(random_state)
    for coef, intercept in zip(model.coefs_, model.intercepts_, strict=True):
        random_state.uniform(size=coef.size + intercept.size)
    split = validation_set.train_test_split
    return split(np.arange(40), test_size=0.25, random_state=random_state, stratify=stratify)[1]


@pytest.mark.parametrize("Estimator", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
def test_early_stopping_returns_to_the_best_epoch(Estimator, weight):
    """The weights are those of the epoch with the best score on the held-out rows, which they reproduce."""
    settings = SMALL | {"max_iter": 30, "learning_rate_init": 0.2, "early_stopping": True, "validation_fraction": 0.25}
    model = Estimator(**settings, n_iter_no_change=3).fit(X, Y, weight)
    scores = model.validation_scores_
    best_epoch = int(np.argmax(scores)) + 1
    assert 1 < best_epoch < model.n_iter_ == len(scores) < 30
    assert model.best_validation_score_ == scores[best_epoch - 1]
    rows = held_out(model, 0, Y if Estimator is MLPClassifier else None)
    score = model.score(X[rows], Y[rows], None if weight is None else weight[rows])
    assert score == pytest.approx(model.best_validation_score_, rel=1e-12)
    up_to_best = Estimator(**settings | {"max_iter": best_epoch}).fit(X, Y, weight)
    np.testing.assert_array_equal(model.coefs_[0], up_to_best.coefs_[0])


@pytest.mark.parametrize("seed", range(5))
def test_the_split_is_stratified(seed, monkeypatch):
    """Each class has its share of the validation rows, also where there are three of them."""
    splits = []
    split = validation_set.train_test_split
    monkeypatch.setattr(
        "skl2._inputs.validation_set.train_test_split",
        lambda *data, **how: splits.append(split(*data, **how)) or splits[-1],
    )
    settings = SMALL | {"random_state": seed, "max_iter": 1}
    MLPClassifier(**settings, early_stopping=True, validation_fraction=0.5).fit(X, Y)
    counts = np.bincount(Y[splits[0][1]])
    assert np.all(np.abs(counts - np.bincount(Y) / 2) < 1)


def test_warm_start_with_early_stopping_keeps_the_best():
    """A warm fit goes on from the best weights, appends to the scores, and never ends with worse weights."""
    settings = {"max_iter": 10, "early_stopping": True, "validation_fraction": 0.25, "warm_start": True}
    model = MLPRegressor(**SMALL | settings).fit(X, Y)
    best = [model.best_validation_score_]
    for _ in range(4):
        best.append(model.fit(X, Y).best_validation_score_)
    assert len(model.validation_scores_) == len(model.loss_curve_) == 50
    assert best == sorted(best)
    assert best[-1] == max(model.validation_scores_)
    rows = held_out(model, 0, None)
    assert model.score(X[rows], Y[rows]) == pytest.approx(best[-1], rel=1e-12)


@pytest.mark.parametrize(
    ("Estimator", "n_rows", "settings", "message"),
    [
        (MLPRegressor, 9, {}, "validation set is too small: 1 sample, where at least 2 are needed"),
        (MLPClassifier, 2, {}, "validation set is too small: 1 sample"),
        (MLPClassifier, 1, {}, r"cannot hold out validation_fraction=0.1 of 1 samples: .* \(X_val, y_val\) would do"),
        (MLPRegressor, 40, {"validation_fraction": 0}, "cannot hold out validation_fraction=0 of 40 samples"),
    ],
)
def test_too_few_rows_for_early_stopping(Estimator, n_rows, settings, message):
    """A validation set without two rows is refused, with what would do, and without a warning of its classes."""
    with pytest.raises(ValueError, match=message):
        Estimator(early_stopping=True, **settings).fit(X[:n_rows], np.arange(n_rows) % 3)


def test_weights_that_leave_nothing_to_train_on():
    """Weights that are zero on all training rows of an early-stopping split are refused before training."""
    settings = SMALL | {"early_stopping": True, "validation_fraction": 0.25}
    rows = held_out(MLPRegressor(**settings).fit(X, Y), 0, None)
    weight = np.zeros(40)
    weight[rows] = 1
    model = MLPRegressor(**settings)
    with pytest.raises(ValueError, match="All samples to train on weigh 0"):
        model.fit(X, Y, weight)
    assert not hasattr(model, "coefs_")


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("factor", [1e-6, 3.0, 1e6])
def test_only_ratios_of_weights_matter(factor, optimizer):
    """All sample weights times a factor: the same fit."""
    settings = SMALL | {"optimizer": optimizer, "decay": "decoupled", "alpha": 0.1}
    plain = MLPRegressor(**settings).fit(X, Y, WEIGHT)
    scaled = MLPRegressor(**settings).fit(X, Y, factor * WEIGHT)
    for a, b in zip(plain.coefs_ + plain.intercepts_, scaled.coefs_ + scaled.intercepts_, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9)
    np.testing.assert_allclose(plain.loss_curve_, scaled.loss_curve_, rtol=1e-9)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_equal_weights_are_no_weights(early_stopping):
    """Where all samples weigh the same, weights and history are those without sample_weight."""
    settings = SMALL | {"early_stopping": early_stopping, "validation_fraction": 0.25}
    plain, weighted = MLPRegressor(**settings).fit(X, Y), MLPRegressor(**settings).fit(X, Y, np.full(40, 2.5))
    np.testing.assert_allclose(plain.coefs_[0], weighted.coefs_[0], rtol=1e-9)
    np.testing.assert_allclose(plain.loss_curve_, weighted.loss_curve_, rtol=1e-9)


@pytest.mark.parametrize("Estimator", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize("mechanism", [{"penalty": "l2"}, {"decay": "decoupled"}])
def test_integer_weights_are_repeated_rows(Estimator, mechanism):
    """In full batch a weight k, zero included, is the row k times."""
    counts = np.arange(40) % 4
    settings = SMALL | {"batch_size": "auto", "alpha": 0.1, "max_iter": 10} | mechanism
    weighted = Estimator(**settings).fit(X, Y, counts)
    repeated = Estimator(**settings).fit(np.repeat(X, counts, axis=0), np.repeat(Y, counts))
    for a, b in zip(weighted.coefs_ + weighted.intercepts_, repeated.coefs_ + repeated.intercepts_, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(weighted.loss_curve_, repeated.loss_curve_, rtol=1e-9)


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_a_mini_batch_without_weight_is_no_step(optimizer):
    """A mini-batch whose weights are all zero is as if its rows were not there."""
    settings = SMALL | {"optimizer": optimizer, "shuffle": False}
    weight = WEIGHT.copy()
    weight[10:20] = 0
    there = weight > 0
    model, without = MLPRegressor(**settings).fit(X, Y, weight), MLPRegressor(**settings)
    without.fit(X[there], Y[there], weight[there])
    np.testing.assert_array_equal(model.coefs_[0], without.coefs_[0])
    np.testing.assert_allclose(model.loss_curve_, without.loss_curve_, rtol=1e-12)
