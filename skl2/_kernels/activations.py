"""Activations of the hidden layers, each beside its derivative.

To add one: a code, a branch of `activate` and of `multiply_by_derivative`, a numpy twin, a row of ACTIVATIONS.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from skl2._kernels._jit import kernel
from skl2._kernels.vectormath import logistic, tanh

IDENTITY, LOGISTIC, TANH, RELU = range(4)


@kernel
def activate(code, z, bits):
    """z ← activation(z); z (n · units,); bits: scratch of vectormath."""
    if code == LOGISTIC:
        logistic(z, bits)
    elif code == TANH:
        tanh(z, bits)
    elif code == RELU:
        zero = z.dtype.type(0)
        for i in range(z.size):
            z[i] = zero if z[i] < zero else z[i]  # written so that NaN passes


@kernel
def multiply_by_derivative(code, a, delta):
    """delta ← delta · activation'(z) where a = activation(z); both (n · units,). relu'(0) is 0, as in scikit-learn."""
    one, zero = a.dtype.type(1), a.dtype.type(0)
    if code == LOGISTIC:
        for i in range(a.size):
            delta[i] *= a[i] * (one - a[i])
    elif code == TANH:
        for i in range(a.size):
            delta[i] *= one - a[i] * a[i]
    elif code == RELU:
        for i in range(a.size):
            delta[i] = zero if a[i] == zero else delta[i]


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
