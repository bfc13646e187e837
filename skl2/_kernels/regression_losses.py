"""Losses of real values, each with its derivative, its numpy twin and its best constant.

Kernels return Σᵢ wᵢ · lossᵢ, summed over outputs, and leave wᵢ · ∂lossᵢ/∂z in z, the raw predictions (n, n_outputs);
y is (n, n_outputs), or (n, 1) where all outputs are about one target. Parameters are (n_outputs,) float64. Twins return
the loss of each sample, (n,). Constants return (raw prediction (n_outputs,), mean loss) of the best one.
"""

import math

import numpy as np

from skl2._compilation.jit import kernel

SMALLEST = np.finfo(np.float64).tiny  # probability or rate of what does not occur, whose logarithm would be -∞


@kernel
def squared_error(z, y, sample_weight):
    """Half the squared error, ½(z - y)²."""
    total = 0.0
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            difference = z[i, j] - y[i, j]
            z[i, j] = sample_weight[i] * difference
            total += 0.5 * sample_weight[i] * difference * difference
    return total


def numpy_squared_error(z, y, parameters=None):
    """½ Σ (z - y)²."""
    return 0.5 * np.sum((z - y) ** 2, axis=1)


def constant_squared_error(y, sample_weight, parameters):
    """The mean, and half the variances."""
    deviation = y - y[:1].astype(np.float64)  # from the first sample: of equal ones exactly 0
    mean = np.average(deviation, axis=0, weights=sample_weight)
    return mean + y[0], 0.5 * np.sum(np.average((deviation - mean) ** 2, axis=0, weights=sample_weight))


@kernel
def absolute_error(z, y, sample_weight):
    """|z - y|; its derivative is the sign, 0 where it has none."""
    total = 0.0
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            difference = z[i, j] - y[i, j]
            slope = 1.0 if difference > 0 else -1.0 if difference < 0 else difference  # which is 0, or NaN
            z[i, j] = sample_weight[i] * slope
            total += sample_weight[i] * slope * difference
    return total


def numpy_absolute_error(z, y, parameters=None):
    """Σ |z - y|."""
    return np.sum(np.abs(z - y), axis=1)


def constant_absolute_error(y, sample_weight, parameters):
    """The weighted median."""
    raw = weighted_quantiles(y, sample_weight, np.full(y.shape[1], 0.5))
    return raw, np.average(numpy_absolute_error(raw, y), weights=sample_weight)


@kernel
def huber(delta, z, y, sample_weight):
    """½(z - y)² up to δ, beyond it δ(|z - y| - δ/2): a derivative of at most δ (Huber, 1964)."""
    total = 0.0
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            difference = z[i, j] - y[i, j]
            slope = -delta[j] if difference < -delta[j] else delta[j] if difference > delta[j] else difference
            z[i, j] = sample_weight[i] * slope
            total += sample_weight[i] * slope * (difference - 0.5 * slope)
    return total


def numpy_huber(z, y, delta):
    """Σ s(z - y - s/2), where s is z - y, clipped to [-δ, δ]."""
    difference = z - y
    slope = np.clip(difference, -delta, delta)
    return np.sum(slope * (difference - 0.5 * slope), axis=1)


def constant_huber(y, sample_weight, delta):
    """Huber's M-estimate of location: where the clipped differences sum to 0."""
    y = y.astype(np.float64)
    weight = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, np.float64)
    raw = np.array([_huber_location(values, weight, width) for values, width in zip(y.T, delta, strict=True)])
    return raw, np.average(numpy_huber(raw, y, delta), weights=sample_weight)


def _huber_location(y, weight, delta):
    """Return the root of Σᵢ wᵢ clip(c - yᵢ, -δ, δ) in c: linear between the knots yᵢ - δ and yᵢ + δ, and rising."""
    knots = np.concatenate([y - delta, y + delta])
    order = np.argsort(knots)
    knots, slopes = knots[order], np.cumsum(np.concatenate([weight, -weight])[order])
    rises = np.cumsum(slopes[:-1] * np.diff(knots))  # above the value at the first knot, which is -δ Σw
    height = delta * weight.sum()
    last = min(np.searchsorted(rises, height), len(rises) - 1)
    before = rises[last - 1] if last else 0.0
    return knots[last] + (height - before) / slopes[last] if slopes[last] > 0 else knots[last]


@kernel
def quantile(levels, z, y, sample_weight):
    """The pinball loss q(y - z) where y > z, else (1 - q)(z - y) (Koenker & Bassett, 1978)."""
    total = 0.0
    for i in range(y.shape[0]):
        for j in range(z.shape[1]):
            difference = z[i, j] - y[i, j if y.shape[1] > 1 else 0]
            slope = 1 - levels[j] if difference > 0 else -levels[j] if difference < 0 else difference  # as above
            z[i, j] = sample_weight[i] * slope
            total += sample_weight[i] * slope * difference
    return total


def numpy_quantile(z, y, levels):
    """Σ max((1 - q)(z - y), q(y - z))."""
    return np.sum(pinball(z - y, levels), axis=1)


def pinball(difference, levels):
    """Return the loss of predictions that are too large by a difference (n, n_outputs), of each."""
    return np.maximum((1 - levels) * difference, -levels * difference)


def constant_quantile(y, sample_weight, levels):
    """The weighted quantiles."""
    raw = weighted_quantiles(y, sample_weight, levels)
    return raw, np.average(numpy_quantile(raw, y, levels), weights=sample_weight)


def weighted_quantiles(y, sample_weight, levels):
    """Return (n_outputs,) quantiles of y (n, n_outputs) or (n, 1): where the weights below are a share q of all.

    If that is so between two values, their mean: the median is the usual one.
    """
    weight = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, np.float64)
    columns, result = np.broadcast_to(y.astype(np.float64), (len(y), len(levels))), np.empty(len(levels))
    for j, level in enumerate(levels):
        order = np.argsort(columns[:, j])
        total = np.cumsum(weight[order])
        low, high = (np.searchsorted(total, level * total[-1], side=side) for side in ("left", "right"))
        values = columns[order, j]
        result[j] = values[low] / 2 + values[min(high, len(y) - 1)] / 2
    return result


@kernel
def poisson(z, y, sample_weight):
    """exp(z) - y z, plus y log(y) - y so that a perfect prediction costs 0; y >= 0."""
    total = 0.0
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            raw, target = z[i, j], y[i, j]
            # Not vectormath's exp, which clips: what overflows must become inf and be seen as divergence.
            prediction = np.exp(raw)
            least = target * (1 - math.log(target)) if target > 0 else 0.0
            z[i, j] = sample_weight[i] * (prediction - target)
            total += sample_weight[i] * (prediction - target * raw - least)
    return total


def numpy_poisson(z, y, parameters=None):
    """Σ exp(z) - y z - y + y log(y)."""
    return np.sum(np.exp(z) - y * z - y + times_log(y), axis=1)


def constant_poisson(y, sample_weight, parameters):
    """The logarithm of the mean."""
    y = y.astype(np.float64)
    mean = np.average(y, axis=0, weights=sample_weight)
    losses = np.average(times_log(y), axis=0, weights=sample_weight) - times_log(mean)
    return np.log(np.maximum(mean, SMALLEST)), np.sum(losses)


def times_log(p):
    """Return p log(p), 0 where p is 0."""
    return p * np.log(np.where(p > 0, p, 1))


@kernel
def gamma(z, y, sample_weight):
    """Half the deviance of the gamma distribution, z - log(y) + y exp(-z) - 1; y > 0."""
    total = 0.0
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            raw, target = z[i, j], y[i, j]
            ratio = target * np.exp(-raw)  # as above
            least = 1 + math.log(target) if target > 0 else 0.0  # 0 is what single precision makes of 1e-50
            z[i, j] = sample_weight[i] * (1 - ratio)
            total += sample_weight[i] * (raw + ratio - least)
    return total


def numpy_gamma(z, y, parameters=None):
    """Σ z - log(y) + y exp(-z) - 1."""
    return np.sum(z - np.log(y) + y * np.exp(-z) - 1, axis=1)


def constant_gamma(y, sample_weight, parameters):
    """The logarithm of the mean."""
    y = y.astype(np.float64)
    raw = np.log(np.average(y, axis=0, weights=sample_weight))
    return raw, np.sum(raw - np.average(np.log(y), axis=0, weights=sample_weight))
