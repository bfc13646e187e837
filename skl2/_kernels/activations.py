"""Activations of the hidden layers, each beside its derivative.

The derivative is taken from the output where that is as cheap as keeping it. Where it is not, or where two inputs have
the same output, `activate` writes it down while it has what both are made of: the slope.

To add one: a code, a branch of `activate`, a numpy twin, a row of ACTIVATIONS; a branch of `multiply_by_derivative`
unless it keeps its slope.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from skl2._compilation.jit import kernel
from skl2._kernels.initial_weights import glorot, glorot_logistic, he, lecun
from skl2._kernels.vectormath import LARGEST_DOUBLE, LARGEST_SINGLE, exp, exp_quotient, log1p_of_ratio, logistic, tanh
from skl2._kernels.views import flat

# Those after RELU keep their slope, those after LEAKY_RELU are made of one exponential.
IDENTITY, LOGISTIC, TANH, RELU, LEAKY_RELU, ELU, SELU, SOFTPLUS, SILU, GELU = range(10)
LEAKY_SLOPE = 0.01  # of leaky_relu below 0: as in torch
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772  # Klambauer et al. (2017)
# GELU(z) = z σ(v) where v = z (GELU_LINEAR + GELU_CUBIC z²): Hendrycks & Gimpel (2016), as 1 + tanh(v/2) = 2 σ(v).
GELU_LINEAR = 1.5957691216057308  # 2 √(2/π)
GELU_CUBIC = 0.044715 * GELU_LINEAR


@kernel
def activate(code, z, intercept, slope, bits):
    """z ← activation(z + intercept), and slope ← its derivative if `keeps_slope(code)`.

    z and slope (n, units), intercept (units,); bits: scratch of vectormath.
    """
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
    elif code == LEAKY_RELU:
        _leaky_relu(flat(z), flat(slope))
    elif code > LEAKY_RELU:
        _exponential(code, flat(z), flat(slope), bits)


@kernel
def keeps_slope(code):
    """Return whether `activate` writes down the derivative."""
    return code > RELU


@kernel
def multiply_by_derivative(code, a, delta, total):
    """delta ← delta · activation'(z), total ← Σᵢ delta[i]; a, delta (n, units), total (units,).

    a is activation(z), or, if `keeps_slope(code)`, the slope. relu'(0) is 0, as in scikit-learn.
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
    elif keeps_slope(code):
        for i in range(a.shape[0]):
            for j in range(a.shape[1]):
                delta[i, j] *= a[i, j]
    sum_rows(delta, total)


@kernel
def _leaky_relu(z, slope):
    """z, or a hundredth of it where it is negative; slope and z (n,), here and below."""
    one, small = z.dtype.type(1), z.dtype.type(LEAKY_SLOPE)
    for i in range(z.size):
        slope[i] = one if z[i] > 0 else small
        z[i] *= slope[i]


@kernel
def _exponential(code, z, slope, bits):
    """Activations made of exp(v), where v is z or, for GELU, a cubic of it.

    One call of exp for all of them: LLVM compiles what is called anew for each place that calls it.
    """
    number = z.dtype.type
    one, largest = number(1), number(LARGEST_SINGLE if z.itemsize == 4 else LARGEST_DOUBLE)
    linear, cubic = (number(GELU_LINEAR), number(GELU_CUBIC)) if code == GELU else (one, number(0))
    for i in range(z.size):
        x = -largest if z[i] < -largest else z[i]  # written so that NaN passes
        x = largest if x > largest else x
        slope[i] = x * (linear + cubic * x * x)
    exp(1.0, slope, bits)
    if code >= SILU:
        _gated(z, slope, linear, cubic, largest)
    elif code == SOFTPLUS:
        _softplus(z, slope)
    else:
        scale, alpha = (number(SELU_SCALE), number(SELU_ALPHA)) if code == SELU else (one, one)
        _elu(z, slope, scale, alpha)


@kernel
def _gated(z, slope, linear, cubic, largest):
    """z σ(v), with σ(v) = e/(1 + e); its derivative is σ + z v' σ (1 - σ); slope holds e = exp(v)."""
    one, three = z.dtype.type(1), z.dtype.type(3)
    for i in range(z.size):
        x = -largest if z[i] < -largest else z[i]
        rest = one / (one + slope[i])  # 1 - σ
        gate = slope[i] * rest
        z[i] = x * gate
        x = largest if x > largest else x
        slope[i] = gate + x * (linear + three * cubic * x * x) * gate * rest


@kernel
def _softplus(z, slope):
    """log(1 + exp(z)) = max(z, 0) + log(1 + exp(-|z|)); its derivative is σ(z); slope holds e = exp(z)."""
    zero, one, two = z.dtype.type(0), z.dtype.type(1), z.dtype.type(2)
    for i in range(z.size):
        e, x = slope[i], z[i]
        # log(1 + u) = 2 artanh(u / (2 + u)) of u = exp(-|z|), which is 1/e for z > 0.
        ratio = (one if x > zero else e) / (two * e + one if x > zero else two + e)
        z[i] = (zero if x < zero else x) + log1p_of_ratio(ratio)
        slope[i] = e / (one + e)


@kernel
def _elu(z, slope, scale, alpha):
    """scale · z where z > 0, else scale · alpha · (exp(z) - 1); slope holds e = exp(z)."""
    zero, one, near = z.dtype.type(0), z.dtype.type(1), z.dtype.type(-0.35)
    for i in range(z.size):
        x, e = z[i], slope[i]
        r = x if near < x < zero else zero  # where the difference below would lose digits
        below = r * exp_quotient(r) if x > near else e - one
        z[i] = scale * (x if x > zero else alpha * below)
        slope[i] = scale * (one if x > zero else alpha * e)


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


def numpy_leaky_relu(z):
    """z ← z, or a hundredth of it where it is negative."""
    return np.maximum(z, LEAKY_SLOPE * z, out=z)


def numpy_elu(z, scale=1.0, alpha=1.0):
    """z ← scale · z where z > 0, else scale · alpha · (exp(z) - 1)."""
    below = np.expm1(np.minimum(z, 0))
    below *= alpha
    np.maximum(z, 0, out=z)
    z += below
    z *= scale
    return z


def numpy_selu(z):
    """z ← SELU(z)."""
    return numpy_elu(z, SELU_SCALE, SELU_ALPHA)


def numpy_softplus(z):
    """z ← log(1 + exp(z)) = max(z, 0) + log(1 + exp(-|z|)), twice as fast as np.logaddexp."""
    rest = np.abs(z)
    np.exp(np.negative(rest, out=rest), out=rest)
    np.maximum(z, 0, out=z)
    z += np.log1p(rest, out=rest)
    return z


def numpy_silu(z):
    """z ← z / (1 + exp(-z)); infinity goes to 0 on the left."""
    gate = numpy_logistic(z.copy())
    np.maximum(z, np.finfo(z.dtype).min, out=z)
    return np.multiply(z, gate, out=z)


def numpy_gelu(z):
    """z ← z / (1 + exp(-v)), where v is the cubic of z that is above; beyond ±30 one of the factors is 0 or 1."""
    x = np.clip(z, -30, 30)
    gate = x * x
    gate *= GELU_CUBIC
    gate += GELU_LINEAR
    gate *= x
    numpy_logistic(gate)
    np.maximum(z, np.finfo(z.dtype).min, out=z)
    return np.multiply(z, gate, out=z)


class Activation(NamedTuple):
    """A row of ACTIVATIONS."""

    code: int  # what the kernels know it by
    numpy: Callable  # what predict uses, in place: nothing to compile
    initial: Callable  # (fan_in, fan_out) → r: initial weights are uniform in ±r


ACTIVATIONS = {
    "identity": Activation(IDENTITY, numpy_identity, glorot),
    "logistic": Activation(LOGISTIC, numpy_logistic, glorot_logistic),
    "tanh": Activation(TANH, numpy_tanh, glorot),
    "relu": Activation(RELU, numpy_relu, glorot),
    "leaky_relu": Activation(LEAKY_RELU, numpy_leaky_relu, glorot),
    "elu": Activation(ELU, numpy_elu, he),
    "selu": Activation(SELU, numpy_selu, lecun),
    "softplus": Activation(SOFTPLUS, numpy_softplus, glorot),
    "silu": Activation(SILU, numpy_silu, he),
    "gelu": Activation(GELU, numpy_gelu, he),
}
