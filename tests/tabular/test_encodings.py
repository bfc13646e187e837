"""How one series of numbers is encoded."""

import numpy as np
import pytest

from skl2._tabular.encodings import fit_series

NUMBERS = np.random.default_rng(0).standard_normal(100)


def encoded(values, fitted, n_bins=None):
    """What a series fitted to some values gives for others, in float64."""
    series = fit_series("", np.array(fitted, float), n_bins)
    out = np.full((len(values), len(series.suffixes)), np.nan)
    series.write(np.array(values, float), out)
    return out


def test_two_values_are_minus_one_and_one():
    """A series of two values gives exactly ±1, a gap 0, and a number between or beyond lies on the line."""
    np.testing.assert_array_equal(encoded([0.1, 0.7, np.nan], [0.1, 0.7, 0.7, np.nan]), [[-1], [1], [0]])
    np.testing.assert_allclose(encoded([0, 1, 0.25, 1.5, 9, -9], [0, 1]), [[-1], [1], [-0.5], [2], [3], [-3]])
    assert encoded([0, 1], [0, 1], n_bins=4).shape == (2, 1)


def test_a_gap_is_a_median():
    """A gap gives 0, and the bins of the median."""
    with_gaps = encoded([np.nan, np.quantile(NUMBERS, 0.5, method="inverted_cdf")], np.r_[NUMBERS, np.nan], n_bins=4)
    np.testing.assert_array_equal(with_gaps[0], with_gaps[1])
    assert with_gaps.shape == (2, 5)
    assert with_gaps[0, 0] == 0


@pytest.mark.parametrize("n_bins", [None, 4])
def test_gaps_are_left_out(n_bins):
    """Median, spread and bins are those of the numbers, however many gaps are among them."""
    holed = np.r_[NUMBERS, np.full(300, np.nan)]
    np.testing.assert_array_equal(encoded(NUMBERS, holed, n_bins), encoded(NUMBERS, NUMBERS, n_bins))


@pytest.mark.parametrize("values", [[2.0, np.nan, 2.0], [np.nan], [], [0.0, 5e-324]])
def test_a_series_without_differences_is_none(values):
    """Constants, gaps alone, and numbers that differ by less than a normal number, say nothing."""
    assert fit_series("", np.array(values), 4) is None
