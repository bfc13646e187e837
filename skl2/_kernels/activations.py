"""Activations of the hidden layers, each beside its derivative.

To add one: a code, a branch of `activate` and of `multiply_by_derivative`, a numpy twin, a row of ACTIVATIONS.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from skl2._compilation.jit import kernel
from skl2._kernels.vectormath import logistic, tanh
from skl2._kernels.views import flat

IDENTITY, LOGISTIC, TANH, RELU = range(4)


@kernel
def activate(code, z, intercept, bits):
    """z ← activation(z + intercept); z (n, units), intercept (units,); bits: scratch of vectormath."""
    if code == RELU:  # one pass over z rather than two
        zero = z.dtype.type(0)
        for i in range(z.shape[0]):
            for j in range(z.shape[1]):
                x = z[i, j] + intercept[j]
                z[i, j] = zero if x < zero else x  # written so that NaN passes
        return
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            z[i, j] += intercept[j]
    if code == LOGISTIC:
        logistic(flat(z), bits)
    elif code == TANH:
        tanh(flat(z), bits)


@kernel
def multiply_by_derivative(code, a, delta, total):
    """delta ← delta · activation'(z) where a = activation(z), total ← Σᵢ delta[i]; a, delta (n, units), total (units,).

    relu'(0) is 0, as in scikit-learn.
    """
    one, zero = a.dtype.type(1), a.dtype.type(0)
    if code == RELU:  # one pass over delta rather than two
        for j in range(total.size):
            total[j] = zero
        for i in range(a.shape[0]):
            for j in range(a.shape[1]):
                delta[i, j] = zero if a[i, j] == zero else delta[i, j]
                total[j] += delta[i, j]
        return
    if code == LOGISTIC:
        for i in range(a.shape[0]):
            for j in range(a.shape[1]):
                delta[i, j] *= a[i, j] * (one - a[i, j])
    elif code == TANH:
        for i in range(a.shape[0]):
            for j in range(a.shape[1]):
                delta[i, j] *= one - a[i, j] * a[i, j]
    sum_rows(delta, total)


@kernel
def sum_rows(x, total):
    """total (units,) ← Σᵢ x[i]; x (n, units)."""
    for j in range(total.size):
        total[j] = 0
    for i in range(x.shape[0]):
        for j in range(total.size):
            total[j] += x[i, j]


def numpy_identity(z):
    """Return z."""
    return z


def numpy_logistic(z):
    """z ← 1 / (1 + exp(-z)), exact in both tails and without overflow."""
    numerator = np.exp(np.minimum(z, 0))
    np.exp(-np.abs(z), out=z)
    return np.divide(numerator, np.add(z, 1, out=z), out=z)


def numpy_tanh(z):
    """z ← tanh(z)."""
    return np.tanh(z, out=z)


def numpy_relu(z):
    """z ← max(z, 0)."""
    return np.maximum(z, 0, out=z)


class Activation(NamedTuple):
    """A row of ACTIVATIONS."""

    code: int  # what the kernels know it by
    numpy: Callable  # what predict uses, in place: nothing to compile
    glorot: float  # initial weights are uniform in ±sqrt(glorot / (fan_in + fan_out))


ACTIVATIONS = {
    "identity": Activation(IDENTITY, numpy_identity, 6.0),
    "logistic": Activation(LOGISTIC, numpy_logistic, 2.0),
    "tanh": Activation(TANH, numpy_tanh, 6.0),
    "relu": Activation(RELU, numpy_relu, 6.0),
}
