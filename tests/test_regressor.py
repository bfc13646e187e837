"""Targets: one, a column, several."""

import numpy as np
import pytest
from sklearn import neural_network
from sklearn.exceptions import DataConversionWarning
from sklearn.metrics import r2_score

from skl2 import MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X = np.random.default_rng(0).standard_normal((40, 3))
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
        MLPRegressor(loss="huber").fit(X, Y)


def test_a_prediction_that_overflows_has_no_score():
    """The validation score of predictions that are not finite is NaN, where R² would raise."""
    raw = np.array([[1.0], [np.inf]])
    assert np.isnan(MLPRegressor()._validation_score(np.zeros((2, 1)), raw, None))
