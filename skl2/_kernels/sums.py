"""Sums over arrays, in double precision, and of arrays."""

import numpy as np

from skl2._compilation.jit import kernel, reduction


@reduction
def total(x):
    """Return Σ xᵢ in double precision."""
    result = 0.0
    for i in range(x.size):
        result += x[i]
    return result


@reduction
def total_of_squares(x):
    """Return Σ xᵢ² in double precision."""
    result = 0.0
    for i in range(x.size):
        result += np.float64(x[i]) * np.float64(x[i])
    return result


@reduction
def total_of_absolutes(x):
    """Return Σ |xᵢ| in double precision."""
    result = 0.0
    for i in range(x.size):
        result += np.float64(abs(x[i]))
    return result


@kernel
def accumulate(x, y):
    """x ← x + y; x, y (n,)."""
    for i in range(x.size):
        x[i] += y[i]
