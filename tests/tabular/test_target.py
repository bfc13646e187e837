"""A target of any unit, and what is a loss or a score in which unit."""

import numpy as np
import pytest
from sklearn.metrics import get_scorer, mean_poisson_deviance

from skl2 import MLPRegressor
from skl2._tabular.target import InUnitsOfTarget, check_no_gaps, constant_loss, fit_scale

RANDOM = np.random.default_rng(0)
Y = RANDOM.standard_normal(40)
TWO = np.column_stack([Y, 1e6 * Y[::-1] + 1e9])
WEIGHT = RANDOM.integers(0, 4, 40).astype(float)
LARGEST = np.finfo(float).max


class Says:
    """A network that says the first column of X."""

    loss = "squared_error"

    def predict(self, X):
        """Return numbers (n_samples,)."""
        return X[:, 0]


@pytest.mark.parametrize("weight", [None, WEIGHT])
@pytest.mark.parametrize("y", [Y, TWO, TWO.astype(np.float32), np.round(50 * Y).astype(np.int8), Y > 0])
def test_mean_0_and_variance_1(y, weight):
    """For the network y has mean 0 and variance 1, weights counted; the inverse gives y again."""
    scale = fit_scale(y, "squared_error", weight)
    z = scale.apply(y)
    assert z.shape == y.shape
    tolerance = 1e-4 if y.dtype == np.float32 else 1e-9
    np.testing.assert_allclose(np.average(z, axis=0, weights=weight), 0, atol=tolerance)
    np.testing.assert_allclose(np.average(z**2, axis=0, weights=weight), 1, rtol=1e-6)
    np.testing.assert_allclose(scale.invert(z), y, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("unit", [5e-324 * 2**20, 2.0**-1000, 1e-9, 1.0, 1e6, 1e200, LARGEST / 4 / np.abs(Y).max()])
def test_units_do_not_matter(unit):
    """From the smallest to the largest numbers the network sees the same, and nothing overflows."""
    for loss, y in [("squared_error", Y), ("poisson", np.abs(Y))]:
        expected = fit_scale(y, loss, WEIGHT).apply(y)
        scale = fit_scale(y * unit, loss, WEIGHT)
        np.testing.assert_allclose(scale.apply(y * unit), expected, rtol=1e-4 if unit < 1e-308 else 1e-12)
        assert np.all(np.isfinite(scale))


def test_weights_are_rows():
    """Integer weights give what repeated rows give, and rows of weight 0 what their absence gives."""
    rows = np.repeat(np.arange(40), WEIGHT.astype(int))
    far = np.where(WEIGHT[:, np.newaxis] > 0, TWO, 1e300)
    for loss in ("squared_error", "poisson"):
        expected = fit_scale(np.abs(TWO)[rows], loss, None)
        np.testing.assert_allclose(fit_scale(np.abs(far), loss, WEIGHT), expected, rtol=1e-9)


def test_counts_have_mean_1():
    """With 'poisson' y is divided by its mean."""
    y = RANDOM.poisson(3.0, 40)
    scale = fit_scale(y, "poisson", None)
    np.testing.assert_allclose(scale.apply(y), y / y.mean())
    np.testing.assert_allclose(scale.invert(scale.apply(y)), y)


@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
@pytest.mark.parametrize("constant", [0.0, 0.1, 7, 1e-9, 1e300])
def test_a_constant_is_predicted_as_it_is(loss, constant):
    """Whatever the network says, a constant is inverted to itself, to the last bit; beside others, and infinity not."""
    scale = fit_scale(np.full(30, constant), loss, None)
    np.testing.assert_array_equal(scale.apply(np.full(30, constant)), 0)
    np.testing.assert_array_equal(scale.invert(np.array([-2.0, 0.3, np.inf])), [constant, constant, np.inf])
    weighted = fit_scale(np.r_[np.full(30, constant), 5.0], loss, np.r_[np.full(30, 0.3), 0.0])
    np.testing.assert_array_equal(weighted, scale)
    both = fit_scale(np.column_stack([np.full(40, constant), np.abs(Y)]), loss, None)
    np.testing.assert_array_equal(both.invert(np.ones((3, 2)))[:, 0], constant)
    np.testing.assert_array_equal(both.scale > 0, [False, True])


@pytest.mark.parametrize("weight", [None, WEIGHT])
def test_loss_of_the_best_constant(weight):
    """It is half the variance, or half the Poisson deviance of the mean, summed over outputs; of constants it is 0."""
    z = fit_scale(TWO, "squared_error", weight).apply(TWO)
    np.testing.assert_allclose(constant_loss(z, MLPRegressor(), weight), 1.0)
    y = RANDOM.poisson(3.0, (40, 2))
    z = fit_scale(y, "poisson", weight).apply(y)
    deviances = [mean_poisson_deviance(column, np.ones(40), sample_weight=weight) for column in z.T]
    np.testing.assert_allclose(constant_loss(z, MLPRegressor("poisson"), weight), sum(deviances) / 2)
    for loss in MLPRegressor._parameter_constraints["loss"][0].options:
        y = np.full((40, 2), 0.1)
        assert constant_loss(fit_scale(y, loss, weight).apply(y), MLPRegressor(loss), weight) == 0


def test_scorers_compare_in_units_of_y():
    """A scorer sees y, and what the network says, in the unit of y; and parameters reach it."""
    scale = fit_scale(TWO[:, 1], "squared_error", None)
    X, z = scale.apply(TWO[:, 1] + 100 * Y)[:, np.newaxis], scale.apply(TWO[:, 1])
    for weights in ({}, {"sample_weight": WEIGHT}):
        score = InUnitsOfTarget(get_scorer("neg_mean_absolute_error"), scale)(Says(), X, z, **weights)
        expected = np.average(np.abs(100 * Y), weights=weights.get("sample_weight"))
        assert score == pytest.approx(-expected, rel=1e-6)


@pytest.mark.parametrize("y", [[1.0, np.nan], ["a", None], np.array([[1.0, 2.0], [np.nan, None]], object)])
def test_gaps_are_counted(y):
    """What has gaps is an error that counts them, because of the one before; text of blanks is none."""
    n_gaps = 2 if isinstance(y, np.ndarray) else 1
    with pytest.raises(ValueError, match=rf"y has gaps .*: {n_gaps} of \d values.*leave them out") as error:
        check_no_gaps(y, TypeError("before"))
    assert isinstance(error.value.__cause__, TypeError)
    check_no_gaps(["", " ", "a"], TypeError("before"))
