"""Quantiles, and what y may be: shapes, order, scores and messages of regressors."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning, UndefinedMetricWarning
from sklearn.metrics import mean_pinball_loss, r2_score
from sklearn.preprocessing import StandardScaler

from skl2 import MLPRegressor
from skl2._estimators.values import d2_pinball
from skl2._kernels.losses import LOSSES

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((80, 3))
Y = X[:, 0] + RANDOM.standard_normal(80) * np.exp(X[:, 1] / 2)
TWO = np.column_stack([Y, X[:, 2] - Y])
WEIGHT = RANDOM.uniform(0.5, 2, 80)
SMALL = {"hidden_layer_sizes": (5,), "learning_rate": "cosine", "learning_rate_init": 0.05, "batch_size": 20}
SMALL |= {"max_iter": 30, "random_state": 0}
LEVELS = [0.1, 0.5, 0.9]


def quantiles(levels=LEVELS, **settings):
    """A network of quantiles."""
    return MLPRegressor("quantile", quantile=levels, **SMALL | settings)


def d2(y, predicted, levels, sample_weight=None):
    """The mean over quantiles of 1 - loss / loss of the best constant, which is one of y."""

    def loss(values, level):
        return mean_pinball_loss(y, values, alpha=level, sample_weight=sample_weight)

    columns = zip(predicted.T, levels, strict=True)
    return np.mean([1 - loss(each, q) / min(loss(np.full(len(y), c), q) for c in y) for each, q in columns])


@pytest.mark.parametrize("levels", [LEVELS, tuple(LEVELS), np.array(LEVELS)], ids=["list", "tuple", "array"])
def test_quantiles_are_columns_in_order(levels):
    """Predictions are (n_samples, n_quantiles), rising in each row, also where raw outputs cross, and about right."""
    network = quantiles(levels).fit(X, Y)
    predicted = network.predict(X)
    assert network.out_activation_ == "sort"
    assert network.n_outputs_ == 3
    assert predicted.shape == (80, 3)
    assert np.all(np.diff(predicted, axis=1) >= 0)
    assert np.mean(Y[:, np.newaxis] < predicted, axis=0) == pytest.approx(LEVELS, abs=0.08)
    crossed = quantiles(max_iter=2, learning_rate_init=1e-9).partial_fit(X, Y)
    assert np.any(np.diff(crossed._raw_prediction(X), axis=1) < 0)
    assert_array_equal(crossed.predict(X), np.sort(crossed._raw_prediction(X), axis=1))


@pytest.mark.parametrize("levels", [0.3, [0.3], np.float32(0.3)], ids=str)
def test_one_quantile_has_the_shape_of_y(levels):
    """A single level, in a list too, predicts (n_samples,), or one quantile for each output."""
    network = quantiles(levels).fit(X, Y)
    assert network.predict(X).shape == (80,)
    assert network.out_activation_ == "identity"
    both = quantiles(levels).fit(X, TWO).predict(X)
    assert both.shape == (80, 2)
    assert np.any(np.diff(both, axis=1) < 0)  # outputs are not sorted


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
def test_quantiles_are_scored_by_d2(weight):
    """`score` is the mean over quantiles, or over outputs, of scikit-learn's D²; other losses are scored by R²."""
    network = quantiles().fit(X, Y)
    assert network.score(X, Y, weight) == pytest.approx(d2(Y, network.predict(X), LEVELS, weight))
    assert network.score(X, Y, weight) == network.score(X, Y[:, np.newaxis].tolist(), weight) > 0.2
    both = quantiles(0.7).fit(X, TWO)
    expected = [
        d2(y, predicted[:, np.newaxis], [0.7], weight) for y, predicted in zip(TWO.T, both.predict(X).T, strict=True)
    ]
    assert both.score(X, TWO, weight) == pytest.approx(np.mean(expected))
    for loss in ("absolute_error", "huber"):
        network = MLPRegressor(loss, **SMALL).fit(X, Y)
        assert network.score(X, Y, weight) == r2_score(Y, network.predict(X), sample_weight=weight)
    with pytest.raises(ValueError, match="y has 2 outputs per sample, and 3 are predicted"):
        quantiles().fit(X, Y).score(X, TWO)


@pytest.mark.parametrize("levels", [0.95, LEVELS], ids=str)
def test_early_stopping_validates_by_d2(levels):
    """The validation score is D² and the loss the pinball loss, of the sorted and of the raw quantiles."""
    network = quantiles(levels, early_stopping=True).fit(X[:60], Y[:60], X_val=X[60:], y_val=Y[60:])
    best = int(np.argmax(network.validation_scores_))
    assert network.best_validation_score_ == pytest.approx(network.score(X[60:], Y[60:]), rel=1e-12)
    losses = LOSSES["quantile"].numpy(network._raw_prediction(X[60:]), Y[60:, np.newaxis], np.atleast_1d(levels))
    assert network.validation_loss_curve_[best] == pytest.approx(losses.mean(), rel=1e-12)


def test_scores_of_constants():
    """Where y is constant the score is 1 of what is it, and 0 of what is not; of one sample there is none."""
    y = np.full((5, 1), 2.5)
    exact = np.column_stack([y, y, y + 1])
    assert d2_pinball(y, exact, np.array([0.1, 0.5, 0.9])) == pytest.approx(2 / 3)
    with pytest.warns(UndefinedMetricWarning, match="D² score is not well-defined with less than two samples"):
        assert np.isnan(d2_pinball(y[:1], y[:1], np.array([0.5])))


def test_every_way_to_train_knows_quantiles():
    """partial_fit, warm starts and paths have the outputs that fit has; other levels go on, another number does not."""
    network = quantiles()
    for _ in range(2):
        network.partial_fit(X, Y)
    assert network.predict(X).shape == (80, 3)
    assert network.path(X, Y, [0.0, 0.1]).predict(X).shape == (2, 80, 3)
    network.set_params(warm_start=True, quantile=[0.2, 0.5, 0.8]).fit(X, Y)
    with pytest.raises(ValueError, match=r"\[3, 5, 3\] units per layer.*\[3, 5, 2\]"):
        network.set_params(quantile=[0.2, 0.8]).fit(X, Y)
    assert network.predict(X).shape == (80, 3)


@pytest.mark.parametrize(
    "levels", [[], [0.5, 0.1], [0.5, 0.5], [0.0, 0.5], [0.5, 1.0], [[0.1], [0.9]], ["a"], [np.nan]]
)
def test_levels_that_are_none_are_refused(levels):
    """Levels that are not between 0 and 1, or do not rise, are refused in words by every way to train, only if used."""
    for train in (lambda model: model.fit(X, Y), lambda model: model.path(X, Y), lambda model: model.partial_fit(X, Y)):
        with pytest.raises(ValueError, match=r"quantile must be a number between 0 and 1.*rising order; got"):
            train(quantiles(levels))
    MLPRegressor(quantile=levels, **SMALL).fit(X, Y)


@pytest.mark.parametrize("level", [0, 1, -0.1, "median", None])
def test_a_level_that_is_none_is_refused(level):
    """So is a number outside, or what is no number, with the constraint of the parameter."""
    with pytest.raises(ValueError, match="The 'quantile' parameter of MLPRegressor must be a float in the range"):
        quantiles(level).fit(X, Y)


def test_several_quantiles_are_of_one_y():
    """With several outputs the error says how to do it."""
    with pytest.raises(ValueError, match=r"3 quantiles and a y of 2 outputs.*MultiOutputRegressor"):
        quantiles().fit(X, TWO)


@pytest.mark.parametrize("smallest", [0.0, -2.5])
def test_amounts_are_positive(smallest):
    """loss='gamma' refuses a y of 0 or less in fit and y_val, with its smallest value, and predicts positive values."""
    amounts, network = np.exp(Y), MLPRegressor("gamma", **SMALL, early_stopping=True)
    wrong = np.r_[amounts[:-1], smallest]
    message = f"loss='gamma' models positive amounts: y must be > 0; its smallest value is {smallest}"
    with pytest.raises(ValueError, match=message):
        network.fit(X, wrong)
    with pytest.raises(ValueError, match=f"y_val does not fit to y: {message}"):
        network.fit(X, amounts, X_val=X, y_val=wrong)
    assert np.all(network.fit(X, amounts).predict(100 * X) > 0)


@pytest.mark.parametrize("loss", [name for name, loss in LOSSES.items() if loss.regression])
def test_a_network_that_learns_nothing_is_told_by_its_own_loss(loss):
    """The warning has the loss of the best constant under the loss of training: the median's, or a quantile's."""
    y = np.exp(Y) if LOSSES[loss].out_activation == "exp" else Y
    network = MLPRegressor(loss, **SMALL | {"max_iter": 1, "learning_rate_init": 1e-6}, quantile=[0.2, 0.6])
    with pytest.warns(ConvergenceWarning, match="learned nothing") as told:
        network.fit(X, y)
    parameters = {"quantile": np.array([0.2, 0.6]), "huber": np.full(1, 1.35)}.get(loss, np.zeros(1))
    _, least = LOSSES[loss].constant(y[:, np.newaxis], None, parameters)
    assert f" than the {least:.4g} of the best constant" in str(told[0].message)


def test_targets_may_be_scaled_around_it():
    """Inside TransformedTargetRegressor quantiles come back in the unit of y, in their order."""
    model = TransformedTargetRegressor(quantiles(), transformer=StandardScaler()).fit(X, 1e3 * Y + 1e4)
    predicted = model.predict(X)
    assert predicted.shape == (80, 3)
    assert np.mean((1e3 * Y + 1e4)[:, np.newaxis] < predicted, axis=0) == pytest.approx(LEVELS, abs=0.08)
