"""Quantiles of weights and of repeated rows."""

import numpy as np
import pytest

from skl2._tabular.quantiles import quantiles

RANDOM = np.random.default_rng(0)
SHARES = np.linspace(0, 1, 9)


def vectors():
    """Vectors of 1 to 40 numbers, every other one with ties."""
    return [np.round(RANDOM.standard_normal(size), size % 2 * 3) for size in range(1, 41)]


@pytest.mark.parametrize("shares", [SHARES, np.linspace(0, 1, 11), RANDOM.random(30), [0.5], [0.75, 0.25]])
def test_they_are_those_of_numpy(shares):
    """Without weights they are numpy's quantiles by the inverted distribution function, in the order asked for."""
    for values in vectors():
        expected = np.quantile(values, shares, method="inverted_cdf")
        np.testing.assert_array_equal(quantiles(values, shares), expected)
        np.testing.assert_array_equal(quantiles(values, shares, np.ones(values.size)), expected)


def test_a_weight_is_so_many_rows():
    """Integer weights give what repeated rows give, and only their ratios matter."""
    for values in vectors():
        weights = RANDOM.integers(1, 6, values.size)
        expected = quantiles(np.repeat(values, weights), SHARES)
        np.testing.assert_array_equal(quantiles(values, SHARES, weights.astype(float)), expected)
        np.testing.assert_array_equal(quantiles(values, SHARES, weights / 8), expected)


def test_the_vector_stays_as_it_is():
    """Neither values nor weights are changed."""
    values, weights = RANDOM.standard_normal(9), RANDOM.random(9)
    before = values.copy(), weights.copy()
    quantiles(values, SHARES), quantiles(values, SHARES, weights)
    np.testing.assert_array_equal([values, weights], before)
