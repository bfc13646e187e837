"""Losses through estimators: linear networks are scikit-learn's linear models, and losses one another's limits."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import GammaRegressor, HuberRegressor, QuantileRegressor
from sklearn.metrics import mean_pinball_loss

from skl2 import MLPClassifier, MLPRegressor

RANDOM = np.random.default_rng(0)
N = 60
X = RANDOM.standard_normal((N, 3))
Y = X @ [0.5, -0.3, 0.2] + 0.4 * RANDOM.standard_t(2, N)
TARGETS = {"poisson": RANDOM.poisson(np.exp(Y)), "gamma": np.exp(Y)}
LABELS = {
    "binary": (Y > 0.1).astype(int),
    "multiclass": np.digitize(Y, [-0.4, 0.3]),
    "multilabel": np.column_stack([Y > 0.1, X[:, 1] > 0.2]).astype(int),
}
LINEAR = {"hidden_layer_sizes": (), "random_state": 0}
LBFGS = LINEAR | {"optimizer": "lbfgs", "tol": 1e-9, "max_iter": 1000}
# All samples in each of a few steps, so that the order of samples does not count.
STEPS = {"optimizer": "sgd", "momentum": 0.0, "hidden_layer_sizes": (4,), "activation": "tanh", "random_state": 0}
STEPS |= {"shuffle": False, "max_iter": 6, "learning_rate_init": 0.25, "n_iter_no_change": 99, "alpha": 0.0}
pytestmark = pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
REGRESSION = sorted(MLPRegressor._parameter_constraints["loss"][0].options)


def steps(estimator, settings, X, y, sample_weight=None):
    """The flat weights after a few steps on all samples."""
    network = estimator(**STEPS | {"batch_size": len(X)} | settings).fit(X, y, sample_weight)
    return np.concatenate([np.ravel(layer) for layer in (*network.coefs_, *network.intercepts_)])


def test_linear_quantiles_are_quantile_regression():
    """Three quantiles of one linear network are three QuantileRegressors, and lose less where those cross."""
    levels = [0.1, 0.5, 0.8]
    settings = {"optimizer": "sgd", "learning_rate": "cosine", "learning_rate_init": 0.1, "n_iter_no_change": np.inf}
    network = MLPRegressor("quantile", quantile=levels, alpha=0, batch_size=N, max_iter=2000, **LINEAR | settings)
    network.fit(X, Y)
    exact = [QuantileRegressor(quantile=level, alpha=0).fit(X, Y).predict(X) for level in levels]
    assert_allclose(network._raw_prediction(X), np.transpose(exact), atol=2e-4)
    assert np.any(np.diff(exact, axis=0) < -0.01)
    predicted = network.predict(X).T
    assert np.all(np.diff(predicted, axis=0) >= 0)
    losses = [
        sum(mean_pinball_loss(Y, each, alpha=level) for each, level in zip(quantiles, levels, strict=True))
        for quantiles in (predicted, exact)
    ]
    assert losses[0] < losses[1] - 1e-4


@pytest.mark.parametrize("level", [0.5, 0.9])
def test_lbfgs_comes_near_the_minimum_of_a_loss_with_kinks(level):
    """scipy's L-BFGS, which asks for a smooth function, ends within 2 % of the least pinball loss."""
    network = MLPRegressor("quantile", quantile=level, **LBFGS | {"tol": 1e-4}, alpha=0).fit(X, Y)
    exact = QuantileRegressor(quantile=level, alpha=0).fit(X, Y).predict(X)
    losses = [mean_pinball_loss(Y, predicted, alpha=level) for predicted in (network.predict(X), exact)]
    assert losses[1] <= losses[0] <= 1.02 * losses[1]


@pytest.mark.parametrize("alpha", [0.0, 3.0])
def test_a_linear_huber_is_huber_regression_at_its_scale(alpha):
    """At δ = ε σ and λ = alpha σ / n it is scikit-learn's HuberRegressor, which estimates σ beside the coefficients."""
    theirs = HuberRegressor(epsilon=1.35, alpha=alpha, tol=1e-9, max_iter=1000).fit(X, Y)
    assert 5 < theirs.outliers_.sum() < N / 2
    ours = MLPRegressor("huber", huber_delta=1.35 * theirs.scale_, alpha=alpha * theirs.scale_ / N, **LBFGS).fit(X, Y)
    assert_allclose(ours.coefs_[0][:, 0], theirs.coef_, atol=2e-5)  # as near as it comes itself
    assert_allclose(ours.intercepts_[0], theirs.intercept_, atol=2e-5)


@pytest.mark.parametrize("sample_weight", [None, RANDOM.uniform(0.5, 2, N)], ids=["plain", "weighted"])
@pytest.mark.parametrize("alpha", [0.0, 0.3])
def test_a_linear_gamma_is_gamma_regression(alpha, sample_weight):
    """Without hidden layer loss='gamma' at λ is scikit-learn's GammaRegressor at the same alpha."""
    theirs = GammaRegressor(alpha=alpha, tol=1e-9, solver="newton-cholesky").fit(X, TARGETS["gamma"], sample_weight)
    ours = MLPRegressor("gamma", alpha=alpha, **LBFGS).fit(X, TARGETS["gamma"], sample_weight)
    assert_allclose(ours.coefs_[0][:, 0], theirs.coef_, atol=1e-5)
    assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-5)


def test_the_median_is_learned_by_either_of_its_losses():
    """The pinball loss of the median is half the absolute error: at twice the rate the same weights, bit for bit."""
    half = steps(MLPRegressor, {"loss": "quantile", "learning_rate_init": 0.5}, X, Y)
    assert_array_equal(steps(MLPRegressor, {"loss": "absolute_error"}, X, Y), half)


def test_a_wide_huber_is_squared_error_and_a_narrow_one_absolute():
    """With every residual within δ the weights are those of squared error, bit for bit; beyond δ those of δ · |r|."""
    wide = steps(MLPRegressor, {"loss": "huber", "huber_delta": 1e6}, X, Y)
    assert_array_equal(wide, steps(MLPRegressor, {"loss": "squared_error"}, X, Y))
    narrow = steps(MLPRegressor, {"loss": "huber", "huber_delta": 2.0**-40, "learning_rate_init": 2.0**38}, X, Y)
    assert_array_equal(narrow, steps(MLPRegressor, {"loss": "absolute_error"}, X, Y))


@pytest.mark.parametrize("loss", REGRESSION)
def test_sample_weights_are_repetitions(loss):
    """Whole weights train as so many copies of their samples do, under each loss."""
    weight, y = np.arange(N) % 4, TARGETS.get(loss, Y)
    settings = {"loss": loss, "learning_rate_init": 0.125, **({"quantile": [0.2, 0.7]} if loss == "quantile" else {})}
    copies = steps(MLPRegressor, settings, np.repeat(X, weight, axis=0), np.repeat(y, weight))
    assert_allclose(steps(MLPRegressor, settings, X, y, weight), copies, rtol=0, atol=1e-12)


@pytest.mark.parametrize("targets", LABELS)
@pytest.mark.parametrize("smoothing", [0.1, 0.75])
def test_smoothed_labels_are_samples_of_every_class(targets, smoothing):
    """A sample under label_smoothing=ε trains as one with a copy for each class, which weighs 1 - ε + ε/K or ε/K."""
    y = LABELS[targets]
    n_classes = 3 if targets == "multiclass" else 2
    others = [1 - y] if n_classes == 2 else [(y + 1) % 3, (y + 2) % 3]
    weight = np.repeat([1 - smoothing, *[0] * (n_classes - 1)], N) + smoothing / n_classes
    copies = np.tile(X, (n_classes, 1)), np.concatenate([y, *others]), weight
    smoothed = steps(MLPClassifier, {"label_smoothing": smoothing}, X, y)
    assert_allclose(smoothed, steps(MLPClassifier, {}, *copies), rtol=0, atol=1e-12)


def test_without_features_smoothed_frequencies_are_learned():
    """Probabilities are (1 - ε) · frequency + ε/K, and the loss their entropy, which is no better than the constant."""
    y = LABELS["multiclass"]
    with pytest.warns(ConvergenceWarning, match="learned nothing: .* hardly less than"):
        network = MLPClassifier(label_smoothing=0.3, alpha=0.0, **LBFGS).fit(np.zeros((N, 1)), y)
    expected = 0.7 * np.bincount(y) / N + 0.1
    assert_allclose(network.predict_proba([[0.0]])[0], expected, atol=1e-6)
    assert network.loss_ == pytest.approx(-expected @ np.log(expected), rel=1e-10)
