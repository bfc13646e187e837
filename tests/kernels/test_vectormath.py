"""exp, tanh and logistic against numpy in long double."""

import numpy as np
import pytest

from skl2._kernels.vectormath import EXP_BLOCK, exp, logistic, tanh

DTYPES = [np.float32, np.float64]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("factor", [1.0, -1.0, 2.0])
def test_exp_is_accurate_to_one_ulp(dtype, factor, tools):
    """exp(factor · x) is within 1.1 eps, relative, over most of the range of the dtype, across blocks."""
    edge = 40.0 if dtype == np.float32 else 340.0
    x = np.random.default_rng(0).uniform(-edge, edge, EXP_BLOCK + 300).astype(dtype)
    expected = np.exp(factor * x.astype(np.longdouble))
    exp(factor, x, tools.make_bits(dtype))
    assert np.max(np.abs(x / expected - 1)) < 1.1 * np.finfo(dtype).eps


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("function", "reference"), [(tanh, np.tanh), (logistic, lambda x: 1 / (1 + np.exp(-x)))], ids=["tanh", "logistic"]
)
def test_bounded_functions_are_accurate_absolutely(dtype, function, reference, tools):
    """Tanh and logistic are within 1.3 eps, absolute, over 14 decades of arguments."""
    x = np.geomspace(1e-12, 80, 400)
    x = np.concatenate([-x, [0], x]).astype(dtype)
    expected = reference(x.astype(np.longdouble))
    function(x, tools.make_bits(dtype))
    assert np.max(np.abs(x - expected)) < 1.3 * np.finfo(dtype).eps


@pytest.mark.parametrize("dtype", DTYPES)
def test_extreme_arguments_stay_in_the_range_of_the_dtype(dtype, tools):
    """NaN stays NaN, and arguments too large or too small give huge and tiny positive numbers, not inf or 0."""
    x = np.array([np.nan, np.inf, -np.inf, 1e30, -1e30], dtype)
    exp(1.0, x, tools.make_bits(dtype))
    assert np.isnan(x[0])
    assert np.all(np.isfinite(x[1:]))
    assert np.all(x[[1, 3]] > np.finfo(dtype).max / 100)
    assert np.all((x[[2, 4]] > 0) & (x[[2, 4]] < np.finfo(dtype).tiny * 100))


@pytest.mark.parametrize("dtype", DTYPES)
def test_saturation_is_exact(dtype, tools):
    """Tanh of ±inf is ±1, logistic of inf is 1, and NaN stays NaN in both."""
    x, z = np.array([np.inf, -np.inf, 0, np.nan], dtype), np.array([np.inf, 0, np.nan], dtype)
    tanh(x, tools.make_bits(dtype))
    logistic(z, tools.make_bits(dtype))
    np.testing.assert_array_equal(x, [1, -1, 0, np.nan])
    np.testing.assert_array_equal(z, [1, 0.5, np.nan])
