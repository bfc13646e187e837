"""Targets: one, a column, several; real values and rates."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn import neural_network
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning
from sklearn.linear_model import PoissonRegressor
from sklearn.metrics import r2_score
from versions import needs_scikit_learn

from skl2 import MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 3))
Y = np.c_[X[:, 0], X[:, 1] * X[:, 2], np.abs(X[:, 0])]
SMALL = {"hidden_layer_sizes": (4,), "batch_size": 10, "max_iter": 4, "random_state": 0, "learning_rate_init": 0.02}


@pytest.mark.parametrize(("y", "shape"), [(Y[:, 0], (40,)), (Y[:, :2], (40, 2)), (Y, (40, 3))], ids=["1", "2", "3"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_predictions_have_the_shape_of_y(y, shape, dtype):
    """One target gives a vector, several a matrix with a column each; score is R²."""
    model = MLPRegressor(**SMALL, dtype=dtype).fit(X, y)
    prediction = model.predict(X.astype(dtype))
    assert prediction.shape == shape
    assert prediction.dtype == dtype
    assert model.n_outputs_ == (1 if y.ndim == 1 else y.shape[1])
    assert model.out_activation_ == "identity"
    assert model.score(X, y) == r2_score(y, model.predict(X))


def test_a_column_of_targets_warns():
    """y of shape (n, 1) warns as in scikit-learn, trains as (n,) and predicts a vector."""
    model = MLPRegressor(**SMALL)
    with pytest.warns(DataConversionWarning, match="A column-vector y was passed when a 1d array was expected"):
        model.fit(X, Y[:, :1])
    np.testing.assert_array_equal(model.predict(X), MLPRegressor(**SMALL).fit(X, Y[:, 0]).predict(X))


@pytest.mark.parametrize("kind", [list, np.float32, int, object, np.asfortranarray], ids=lambda kind: kind.__name__)
def test_any_kind_of_targets(kind):
    """Lists, integers, float32, objects and Fortran order of y give the weights of the plain array."""
    y = np.round(Y)
    other = y.tolist() if kind is list else kind(y) if kind is np.asfortranarray else y.astype(kind)
    np.testing.assert_array_equal(
        MLPRegressor(**SMALL).fit(X, other).coefs_[0], MLPRegressor(**SMALL).fit(X, y).coefs_[0]
    )


@pytest.mark.parametrize("settings", [{}, {"momentum": 0.0}, {"nesterovs_momentum": False}], ids=str)
def test_several_targets_train_as_in_scikit_learn(settings):
    """Weights are scikit-learn's; loss_curve_ sums over the targets where theirs has the mean (the gradients agree)."""
    settings = SMALL | {"alpha": 0.0} | settings
    ours = MLPRegressor(optimizer="sgd", **settings).fit(X, Y)
    theirs = neural_network.MLPRegressor(solver="sgd", **settings).fit(X, Y)
    for a, b in zip(ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9)
    np.testing.assert_allclose(ours.loss_curve_, 3 * np.array(theirs.loss_curve_), rtol=1e-9)


def test_several_targets_stop_early():
    """Early stopping with several targets goes by their mean R² on the held-out rows."""
    settings = SMALL | {"max_iter": 12, "early_stopping": True, "validation_fraction": 0.25, "alpha": 0.0}
    ours = MLPRegressor(optimizer="sgd", **settings).fit(X, Y)
    theirs = neural_network.MLPRegressor(solver="sgd", **settings).fit(X, Y)
    np.testing.assert_allclose(ours.validation_scores_, theirs.validation_scores_, rtol=1e-9)
    assert ours.best_validation_score_ == max(ours.validation_scores_)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-9, atol=1e-12)


def test_targets_of_a_linear_model_are_independent():
    """Without hidden layer each of several targets converges to the fit to it alone."""
    settings = {"hidden_layer_sizes": (), "optimizer": "sgd", "max_iter": 400, "n_iter_no_change": np.inf}
    settings |= {"learning_rate_init": 0.1, "alpha": 0.1}
    together = MLPRegressor(**settings).fit(X, Y)
    for target in range(3):
        alone = MLPRegressor(**settings).fit(X, Y[:, target])
        np.testing.assert_allclose(together.predict(X)[:, target], alone.predict(X), rtol=0, atol=1e-6)


def test_partial_fit_trains_several_targets():
    """partial_fit takes several targets from the first call, and refuses another number of them later."""
    model = MLPRegressor(**SMALL).partial_fit(X, Y).partial_fit(X[:10], Y[:10])
    assert model.predict(X).shape == (40, 3)
    with pytest.raises(ValueError, match=r"\[3, 4, 3\] units per layer.*\[3, 4, 2\]"):
        model.partial_fit(X, Y[:, :2])


def test_unknown_losses_are_refused():
    """A loss that does not exist is refused with those that do."""
    with pytest.raises(ValueError, match=r"'loss' parameter of MLPRegressor must be a str among \{.*'poisson'.*\}"):
        MLPRegressor(loss="log_cosh").fit(X, Y)


def test_a_prediction_that_overflows_has_no_score():
    """The validation score of predictions that are not finite is NaN, where R² would raise."""
    raw, model = np.array([[1.0], [np.inf]]), MLPRegressor(**SMALL).fit(X, Y[:, 0])
    assert np.isnan(model._validation_score(np.zeros((2, 1)), raw, None))


COUNTS = np.c_[RANDOM.poisson(np.exp(X[:, 0])), RANDOM.poisson(np.exp(0.5 - X[:, 1]))]
WEIGHT = RANDOM.uniform(0.5, 2, 40)


@pytest.mark.parametrize("alpha", [0.01, 1.0])
@pytest.mark.parametrize("sample_weight", [None, WEIGHT], ids=["plain", "weighted"])
def test_a_linear_model_of_rates_is_poisson_regression(sample_weight, alpha):
    """Without hidden layer loss='poisson' at λ is scikit-learn's PoissonRegressor at the same alpha."""
    settings = {"optimizer": "lbfgs", "alpha": alpha, "tol": 1e-8, "random_state": 0}
    network = MLPRegressor("poisson", (), **settings).fit(X, COUNTS[:, 0], sample_weight)
    linear = PoissonRegressor(alpha=alpha, tol=1e-8, solver="newton-cholesky").fit(X, COUNTS[:, 0], sample_weight)
    np.testing.assert_allclose(network.coefs_[0].ravel(), linear.coef_, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(network.intercepts_[0], linear.intercept_, rtol=1e-4)
    np.testing.assert_allclose(network.predict(X), linear.predict(X), rtol=1e-4)


@pytest.mark.parametrize("n_targets", [1, 2])
@pytest.mark.parametrize("early", [{}, {"early_stopping": True, "validation_fraction": 0.25}], ids=["all", "early"])
@pytest.mark.parametrize("n_steps", [1, 2, 6])
def test_rates_train_as_in_scikit_learn(n_steps, early, n_targets):
    """After every epoch weights, losses and scores of loss='poisson' are scikit-learn's, for several targets too."""
    needs_scikit_learn("1.7", "scikit-learn's MLP has loss='poisson'")
    y = COUNTS[:, 0] if n_targets == 1 else COUNTS
    settings = SMALL | {"loss": "poisson", "max_iter": n_steps} | early
    ours = MLPRegressor(optimizer="sgd", alpha=0.02, **settings).fit(X, y)
    theirs = neural_network.MLPRegressor(solver="sgd", alpha=0.02 * 10, **settings).fit(X, y)
    for a, b in zip(ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-9)
    assert ours.score(X, y) == pytest.approx(theirs.score(X, y), rel=1e-9)
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-9)
    if early:
        np.testing.assert_allclose(ours.validation_scores_, theirs.validation_scores_, rtol=1e-9)


def test_rates_train_in_parts_as_in_scikit_learn():
    """partial_fit with loss='poisson' takes scikit-learn's steps."""
    needs_scikit_learn("1.7", "scikit-learn's MLP has loss='poisson'")
    settings = {key: value for key, value in SMALL.items() if key != "max_iter"} | {"loss": "poisson", "alpha": 0.0}
    ours, theirs = MLPRegressor(optimizer="sgd", **settings), neural_network.MLPRegressor(solver="sgd", **settings)
    for rows in np.split(np.arange(40), 4):
        ours.partial_fit(X[rows], COUNTS[rows])
        theirs.partial_fit(X[rows], COUNTS[rows])
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-9)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", ["adam", "sgd", "lbfgs"])
def test_rates_are_positive(optimizer, dtype):
    """Predictions of loss='poisson' are positive, of the shape of y and the dtype of X, where all y are 0 too."""
    y = COUNTS * [1, 0]
    model = MLPRegressor("poisson", **SMALL | {"max_iter": 8}, optimizer=optimizer, dtype=dtype).fit(X, y)
    prediction = model.predict(X.astype(dtype))
    assert prediction.shape == (40, 2)
    assert prediction.dtype == dtype
    assert prediction.min() > 0
    assert model.out_activation_ == "exp"
    assert model.loss_curve_[-1] < model.loss_curve_[0]


@pytest.mark.parametrize("y", [COUNTS[:, 0] - 1, COUNTS - [0, 1], (COUNTS - 0.5).tolist()], ids=["1", "2", "list"])
def test_negative_rates_are_refused(y):
    """loss='poisson' refuses a negative y in fit, partial_fit and y_val, with its smallest value; others take it."""
    reason = rf"must be >= 0; its smallest value is {np.min(y)}"
    model = MLPRegressor("poisson", **SMALL)
    for method in (model.fit, model.partial_fit):
        with pytest.raises(ValueError, match=f"loss='poisson' models counts and rates: y {reason}"):
            method(X, y)
    watched = MLPRegressor("poisson", **SMALL, early_stopping=True)
    with pytest.raises(ValueError, match=f"y_val.*{reason}"):
        watched.fit(X, np.abs(y), X_val=X, y_val=y)
    assert not hasattr(model, "coefs_")
    assert not hasattr(watched, "coefs_")
    MLPRegressor(**SMALL).fit(X, y)


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")  # numpy's words, without compilation
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", ["adam", "sgd", "lbfgs"])
def test_a_rate_that_overflows_is_a_divergence(optimizer, dtype):
    """A prediction exp(z) beyond the number range ends training with an error, not with clipped numbers."""
    model = MLPRegressor("poisson", **SMALL, optimizer=optimizer, dtype=dtype)
    with pytest.raises(ValueError, match=r"non-finite parameter weights.*Training diverged in epoch 1: scale X"):
        model.fit(1e4 * X, COUNTS)
    assert not hasattr(model, "coefs_")


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
def test_a_rate_that_overflows_later_returns_to_the_best():
    """With a validation set a divergence warns and leaves the weights of the best epoch before it."""
    settings = SMALL | {"optimizer": "sgd", "learning_rate_init": 0.6, "max_iter": 30, "n_iter_no_change": np.inf}
    model = MLPRegressor("poisson", **settings, early_stopping=True, validation_fraction=0.25)
    with pytest.warns(ConvergenceWarning, match="Training diverged in epoch .* The weights are those of the best"):
        model.fit(X, COUNTS[:, 0])
    assert np.isnan(model.validation_loss_curve_[-1])
    assert np.all(np.isfinite(model.predict(X)))
    assert model.best_validation_score_ == np.nanmax(model.validation_scores_)


def test_sparse_targets_are_numbers_all_the_same():
    """A sparse y trains as the same y dense."""
    ours, plain = MLPRegressor(**SMALL).fit(X, csr_array(Y)), MLPRegressor(**SMALL).fit(X, Y)
    np.testing.assert_array_equal(ours.predict(X), plain.predict(X))


@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
def test_words_are_no_targets(loss):
    """Targets that are no numbers are a ValueError."""
    with pytest.raises(ValueError, match="y holds text"):
        MLPRegressor(loss).fit(X, np.array(["many", "few"] * 20))


def test_predictions_are_those_of_the_fitted_loss():
    """Another loss set after the fit does not change predictions before the next fit."""
    model = MLPRegressor(**SMALL).fit(X, COUNTS[:, 0])
    before = model.predict(X)
    np.testing.assert_array_equal(model.set_params(loss="poisson").predict(X), before)
