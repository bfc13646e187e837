"""Robust scaling and smooth clipping."""

import numpy as np
import pytest

from skl2._tabular.smooth_clip import center_and_factor, smooth_clip

NUMBERS = np.random.default_rng(0).standard_normal((4, 200)) * [[1], [1e-9], [1e12], [5]] + [[0], [1], [3e12], [-7]]


def clip(x):
    """Numbers, clipped by their own median and spread."""
    return smooth_clip(x, *center_and_factor(x))


def by_definition(x, fitted):
    """The formula of the paper, in the order of the paper."""
    q25, median, q75 = np.quantile(fitted, [0.25, 0.5, 0.75], method="inverted_cdf")
    width = q75 - q25
    if width == 0:
        width = (np.max(fitted) - np.min(fitted)) / 2
    z = (x - median) / width if width else np.zeros_like(x)
    return z / np.sqrt(1 + (z / 3) ** 2)


@pytest.mark.parametrize("x", NUMBERS)
def test_formula(x):
    """The result is z / √(1 + (z/3)²) of z = (x - median) / IQR, also for numbers that were not there for these."""
    clipped = smooth_clip(x, *center_and_factor(x[:150]))
    np.testing.assert_allclose(clipped, by_definition(x, x[:150]), rtol=1e-9)
    assert np.abs(clipped).max() < 3


def test_spread_where_the_quartiles_are_equal():
    """An IQR of 0 is replaced by half of (max - min)."""
    x = np.array([0.0] * 95 + [1, 2, 3, 4, 10])
    assert center_and_factor(x) == (0, 1 / 5)
    np.testing.assert_allclose(clip(x), by_definition(x, x))


def test_constants_are_zeros():
    """A constant gives zeros, also for other numbers later, and so do no numbers at all."""
    for fitted in ([7.0, 7.0], []):
        clipped = smooth_clip(np.array([7, 8, -1e308]), *center_and_factor(np.array(fitted)))
        np.testing.assert_array_equal(clipped, np.zeros(3))


def test_gaps_stay():
    """NaN gives NaN, and its neighbours what they give without it."""
    fitted = center_and_factor(NUMBERS[0])
    holed = np.where(np.arange(200) % 3, NUMBERS[0], np.nan)
    expected = np.where(np.arange(200) % 3, smooth_clip(NUMBERS[0], *fitted), np.nan)
    np.testing.assert_array_equal(smooth_clip(holed, *fitted), expected)


@pytest.mark.parametrize("huge", [1e300, 1.7e308])
def test_huge_numbers_do_not_overflow(huge):
    """Numbers near the largest of all give ±3 without a warning, and a sensible spread if all are so large."""
    small = center_and_factor(np.array([0, 1e-3, 2e-3, 3e-3]))
    np.testing.assert_array_equal(smooth_clip(np.array([huge, -huge]), *small), [3, -3])
    wide = np.array([-huge, -huge, 0, huge, huge])
    np.testing.assert_allclose(clip(wide), clip(wide / huge))


def test_tiny_numbers_do_not_divide_by_zero():
    """Numbers that differ by less than a normal number are a constant."""
    np.testing.assert_array_equal(clip(np.array([0, 5e-324, 5e-324])), np.zeros(3))


def test_what_is_given_stays():
    """The numbers are not changed in place."""
    x = NUMBERS[0].copy()
    clip(x)
    np.testing.assert_array_equal(x, NUMBERS[0])
