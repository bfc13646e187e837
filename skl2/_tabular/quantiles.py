"""Quantiles that weights and repeated rows agree on."""

import numpy as np


def quantiles(values, shares, weights=None):
    """Return for each share the smallest value up to which lies as much of the weight; values without gaps.

    The inverse of the distribution function, numpy's method='inverted_cdf' (which takes weights since numpy 2): rows of
    weight 2 are two rows.
    """
    if weights is None:
        numbers = np.maximum(np.ceil(np.asarray(shares) * values.size).astype(int) - 1, 0)
        return np.partition(values, np.unique(numbers))[numbers]
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    numbers = np.searchsorted(total, np.asarray(shares) * total[-1])
    return values[order[np.minimum(numbers, values.size - 1)]]
