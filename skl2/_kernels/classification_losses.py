"""Losses of classes and labels, each with its derivative, its numpy twin and its best constant.

As `regression_losses`. Their one parameter, ε of each output, is label smoothing: an ε-th of each target is spread
evenly over what could be (Szegedy et al. 2016, arXiv:1512.00567).
"""

import math

import numpy as np

from skl2._compilation.jit import kernel
from skl2._kernels.regression_losses import SMALLEST, times_log
from skl2._kernels.vectormath import exp
from skl2._kernels.views import flat

NONE = np.zeros(1)  # no smoothing


@kernel
def binary_log_loss(smoothing, z, y, sample_weight):
    """log(1 + exp(z)) - t z, summed over outputs, for t = (1 - ε)y + ε/2; y is 0 or 1."""
    number = z.dtype.type
    one, half = number(1), number(0.5)
    total = 0.0
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            raw, target = z[i, j], y[i, j] + number(smoothing[j]) * (half - y[i, j])
            small = math.exp(-abs(raw))
            p = one / (one + small) if raw >= 0 else small / (one + small)
            z[i, j] = sample_weight[i] * (p - target)
            total += sample_weight[i] * ((raw if raw > 0 else 0.0) - raw * target + math.log1p(small))
    return total


def numpy_binary_log_loss(z, y, smoothing=NONE):
    """Σ log(1 + exp(z)) - t z."""
    return np.sum(np.logaddexp(0, z) - _smooth(y, smoothing, 2) * z, axis=1)


def constant_binary_log_loss(y, sample_weight, smoothing):
    """The log-odds of the smoothed frequencies, and their entropies."""
    p = _smooth(np.average(y, axis=0, weights=sample_weight), smoothing, 2)
    raw = np.log(np.maximum(p, SMALLEST)) - np.log(np.maximum(1 - p, SMALLEST))
    return raw, -np.sum(times_log(p) + times_log(1 - p))


def _smooth(p, smoothing, n):
    """Return (1 - ε)p + ε/n, p itself where ε is 0."""
    return p + smoothing * (1 / n - p)


@kernel
def log_loss(smoothing, z, y, sample_weight, bits):
    """log Σₖ exp(zₖ) - Σₖ tₖzₖ over the classes k, computed on z - max(z); t is 1 - ε at y, plus ε/K everywhere."""
    n, n_classes = z.shape
    one, share = z.dtype.type(1), z.dtype.type(smoothing[0])
    total = 0.0
    for i in range(n):
        largest = z[i, 0]
        for k in range(1, n_classes):
            largest = z[i, k] if z[i, k] > largest else largest
        for k in range(n_classes):
            z[i, k] -= largest
        total -= sample_weight[i] * z[i, int(y[i, 0])]
        if share > 0:
            total += sample_weight[i] * share * above_mean(z[i], int(y[i, 0]))
    exp(1.0, flat(z), bits)
    for i in range(n):
        normalizer = z[i, 0]
        for k in range(1, n_classes):
            normalizer += z[i, k]
        total += sample_weight[i] * math.log(normalizer)
        for k in range(n_classes):
            z[i, k] *= sample_weight[i] / normalizer
        z[i, int(y[i, 0])] -= sample_weight[i] * one
        if share > 0:
            spread(sample_weight[i] * share, z[i], int(y[i, 0]))
    return total


@kernel
def above_mean(z, number):
    """Return z[number] - mean(z): what smoothing takes from the sum of tₖzₖ, in units of ε; z (n_classes,)."""
    total = 0.0
    for k in range(z.size):
        total += z[number] - z[k]
    return total / z.size


@kernel
def spread(amount, z, number):
    """Add to z (n_classes,) the derivative of `above_mean`, times an amount: 1 at the number, minus 1/K everywhere."""
    z[number] += amount
    for k in range(z.size):
        z[k] -= amount / z.size


def numpy_log_loss(z, y, smoothing=NONE):
    """log Σₖ exp(zₖ) - Σₖ tₖzₖ."""
    of_label = np.take_along_axis(z, y, axis=1)[:, 0]
    of_targets = of_label + smoothing[0] * (z.mean(axis=1) - of_label) if smoothing[0] else of_label
    return np.logaddexp.reduce(z, axis=1) - of_targets


def constant_log_loss(y, sample_weight, smoothing):
    """The logarithms of the smoothed frequencies, and their entropy."""
    p = np.bincount(y[:, 0], sample_weight, minlength=smoothing.size)
    p = _smooth(p / p.sum(), smoothing, p.size)
    return np.log(np.maximum(p, SMALLEST)), -np.sum(times_log(p))
