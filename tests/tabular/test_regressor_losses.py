"""Tables under every loss: any unit of y, scores in the loss, quantiles in their order."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.model_selection import KFold

from skl2 import MLPRegressor, TabularMLPRegressor

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((90, 2))
Y = np.exp(X[:, 0] + 0.5 * RANDOM.standard_normal(90))
LEVELS = np.array([0.1, 0.5, 0.9])
LOSSES = sorted(MLPRegressor._parameter_constraints["loss"][0].options)
SMALL = {"hidden_layer_sizes": (6,), "max_iter": 20, "alphas": [0.1], "cv": KFold(3), "dtype": "float64"}
SMALL |= {"batch_size": 10, "learning_rate_init": 0.03, "random_state": 0}


def fitted(y, loss, **settings):
    """A small model, of three quantiles if it is of quantiles."""
    settings = {"quantile": LEVELS} | settings if loss == "quantile" else settings
    return TabularMLPRegressor(loss=loss, **SMALL | settings).fit(X, y)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_unit_of_y_does_not_matter(loss):
    """In another unit, a power of two, predictions and intervals are the same in that unit, and scores the same."""
    model, other = fitted(Y, loss), fitted(2.0**20 * Y, loss)
    assert_array_equal(other.predict(X), 2.0**20 * model.predict(X))
    assert_array_equal(other.predict_interval(X), 2.0**20 * model.predict_interval(X))
    assert other.best_score_ == model.best_score_ > 0.2
    assert model.predict_interval(X).shape == (90, 2)


@pytest.mark.parametrize("loss", ["absolute_error", "quantile"])
def test_the_best_score_is_the_share_of_the_loss_avoided(loss):
    """1 - loss / loss of the best constant on what each fold holds out, the mean over the folds: D²."""
    model = fitted(Y, loss, store_predictions=True)
    levels = LEVELS if loss == "quantile" else np.array([0.5])

    def losses(predicted):
        difference = predicted.reshape(-1, levels.size) - Y[:, np.newaxis]
        return np.maximum((1 - levels) * difference, -levels * difference).sum(axis=1)

    constant = losses(np.quantile(Y, levels, method="averaged_inverted_cdf")).mean()
    scores = [1 - losses(model.cv_predictions_)[test].mean() / constant for _, test in KFold(3).split(X)]
    assert_allclose(model.best_score_, np.mean(scores), rtol=1e-9)


def test_quantiles_of_a_table():
    """They are columns in order, survive a file, and can be compared by their D² in units of y."""
    model = fitted(1000 * Y, "quantile", scoring="d2_pinball")
    again = pickle.loads(pickle.dumps(model))
    predicted = again.predict(X)
    assert predicted.shape == (90, 3)
    assert np.all(np.diff(predicted, axis=1) >= 0)
    assert_array_equal(predicted, model.predict(X))
    assert model.best_score_ == pytest.approx(fitted(Y, "quantile").best_score_, abs=0.1)
    assert model.score(X, 1000 * Y) > 0.2


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("value", [0.1, 7e5])
def test_a_constant_target(loss, value):
    """A constant y is predicted to the last bit, without a warning."""
    model = fitted(np.full(90, value), loss)
    assert_array_equal(model.predict(X), np.full(model.predict(X).shape, value))
    assert model.best_score_ == 1


def test_several_quantiles_are_of_one_y():
    """With several outputs the error says how to do it."""
    with pytest.raises(ValueError, match=r"3 quantiles and a y of 2 outputs.*MultiOutputRegressor"):
        fitted(np.column_stack([Y, Y]), "quantile")
