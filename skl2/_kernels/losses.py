"""Losses, each with the link that turns raw predictions into predictions, and its derivative.

Every loss is paired with its canonical link, so that ∂loss/∂raw_prediction = prediction - y.
To add one: a code, a function, its numpy twin and its best constant, a branch of `loss_and_delta`, a row of LOSSES.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from skl2._compilation.jit import kernel
from skl2._kernels.activations import numpy_identity, numpy_logistic
from skl2._kernels.vectormath import exp
from skl2._kernels.views import flat

SQUARED_ERROR, BINARY_LOG_LOSS, LOG_LOSS, POISSON = range(4)
SMALLEST = np.finfo(np.float64).tiny  # probability or rate of what does not occur, whose logarithm would be -∞


@kernel
def loss_and_delta(code, raw_prediction, y, sample_weight, bits):
    """Return Σᵢ wᵢ · lossᵢ; raw_prediction ← wᵢ · ∂lossᵢ/∂raw_prediction.

    raw_prediction (n, n_outputs); y (n, n_outputs), for the multiclass log loss (n, 1) with the number of the class;
    sample_weight (n,); bits: scratch of vectormath.
    """
    if code == SQUARED_ERROR:
        return _squared_error(raw_prediction, y, sample_weight)
    if code == BINARY_LOG_LOSS:
        return _binary_log_loss(raw_prediction, y, sample_weight)
    if code == POISSON:
        return _poisson(raw_prediction, y, sample_weight)
    return _log_loss(raw_prediction, y, sample_weight, bits)


@kernel
def _squared_error(raw_prediction, y, sample_weight):
    """Half the squared error, summed over outputs."""
    total = 0.0
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            difference = raw_prediction[i, j] - y[i, j]
            raw_prediction[i, j] = sample_weight[i] * difference
            total += 0.5 * sample_weight[i] * difference * difference
    return total


def numpy_squared_error(raw_prediction, y):
    """Return the loss of each sample, (n,)."""
    return 0.5 * np.sum((raw_prediction - y) ** 2, axis=1)


def constant_squared_error(y, sample_weight, n_outputs):
    """Return (raw prediction (n_outputs,), mean loss) of the best constant: the mean, and half the variances."""
    deviation = y - y[:1].astype(np.float64)  # from the first sample: of equal ones exactly 0
    mean = np.average(deviation, axis=0, weights=sample_weight)
    return mean + y[0], 0.5 * np.sum(np.average((deviation - mean) ** 2, axis=0, weights=sample_weight))


@kernel
def _poisson(raw_prediction, y, sample_weight):
    """exp(z) - y z, plus y log(y) - y so that a perfect prediction costs 0; summed over outputs; y >= 0."""
    total = 0.0
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            z, target = raw_prediction[i, j], y[i, j]
            # Not vectormath's exp, which clips: what overflows must become inf and be seen as divergence.
            prediction = np.exp(z)
            least = target * (1 - math.log(target)) if target > 0 else 0.0
            raw_prediction[i, j] = sample_weight[i] * (prediction - target)
            total += sample_weight[i] * (prediction - target * z - least)
    return total


def numpy_poisson(raw_prediction, y):
    """Return the loss of each sample, (n,)."""
    return np.sum(np.exp(raw_prediction) - y * raw_prediction - y + _times_log(y), axis=1)


def constant_poisson(y, sample_weight, n_outputs):
    """Return (raw prediction (n_outputs,), mean loss) of the best constant: the logarithm of the mean."""
    y = y.astype(np.float64)
    mean = np.average(y, axis=0, weights=sample_weight)
    losses = np.average(_times_log(y), axis=0, weights=sample_weight) - _times_log(mean)
    return np.log(np.maximum(mean, SMALLEST)), np.sum(losses)


def _times_log(p):
    """Return p log(p), 0 where p is 0."""
    return p * np.log(np.where(p > 0, p, 1))


@kernel
def _binary_log_loss(raw_prediction, y, sample_weight):
    """log(1 + exp(z)) - y z, summed over outputs; y is 0 or 1."""
    one = raw_prediction.dtype.type(1)
    total = 0.0
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            z = raw_prediction[i, j]
            small = math.exp(-abs(z))
            p = one / (one + small) if z >= 0 else small / (one + small)
            raw_prediction[i, j] = sample_weight[i] * (p - y[i, j])
            total += sample_weight[i] * ((z if z > 0 else 0.0) - z * y[i, j] + math.log1p(small))
    return total


def numpy_binary_log_loss(raw_prediction, y):
    """Return the loss of each sample, (n,)."""
    return np.sum(np.logaddexp(0, raw_prediction) - y * raw_prediction, axis=1)


def constant_binary_log_loss(y, sample_weight, n_outputs):
    """Return (raw prediction (n_outputs,), mean loss) of the best constant: log-odds, and entropies of the labels."""
    p = np.average(y, axis=0, weights=sample_weight)
    raw = np.log(np.maximum(p, SMALLEST)) - np.log(np.maximum(1 - p, SMALLEST))
    return raw, -np.sum(_times_log(p) + _times_log(1 - p))


@kernel
def _log_loss(raw_prediction, y, sample_weight, bits):
    """log Σₖ exp(zₖ) - z_y over the classes k, computed on z - max(z)."""
    n, n_classes = raw_prediction.shape
    one = raw_prediction.dtype.type(1)
    total = 0.0
    for i in range(n):
        largest = raw_prediction[i, 0]
        for k in range(1, n_classes):
            largest = raw_prediction[i, k] if raw_prediction[i, k] > largest else largest
        for k in range(n_classes):
            raw_prediction[i, k] -= largest
        total -= sample_weight[i] * raw_prediction[i, int(y[i, 0])]
    exp(1.0, flat(raw_prediction), bits)
    for i in range(n):
        normalizer = raw_prediction[i, 0]
        for k in range(1, n_classes):
            normalizer += raw_prediction[i, k]
        total += sample_weight[i] * math.log(normalizer)
        for k in range(n_classes):
            raw_prediction[i, k] *= sample_weight[i] / normalizer
        raw_prediction[i, int(y[i, 0])] -= sample_weight[i] * one
    return total


def numpy_log_loss(raw_prediction, y):
    """Return the loss of each sample, (n,)."""
    return np.logaddexp.reduce(raw_prediction, axis=1) - np.take_along_axis(raw_prediction, y, axis=1)[:, 0]


def constant_log_loss(y, sample_weight, n_outputs):
    """Return (raw prediction (n_outputs,), mean loss) of the best constant: log frequencies, and their entropy."""
    p = np.bincount(y[:, 0], sample_weight, minlength=n_outputs)
    p = p / p.sum()
    return np.log(np.maximum(p, SMALLEST)), -np.sum(_times_log(p))


def numpy_exp(z):
    """z ← exp(z)."""
    return np.exp(z, out=z)


def numpy_softmax(z):
    """z ← exp(z) / Σ exp(z), row by row; z (n, n_classes)."""
    with np.errstate(over="ignore"):  # numbers further apart than the type can say: probabilities of 1 and 0
        z -= z.max(axis=1, keepdims=True)
    np.exp(z, out=z)
    z /= z.sum(axis=1, keepdims=True)
    return z


class Loss(NamedTuple):
    """A row of LOSSES."""

    code: int  # what the kernels know it by
    out_activation: str  # the name of the link, `out_activation_` of an estimator
    regression: bool  # whether MLPRegressor offers it
    link: Callable  # raw prediction (n, n_outputs) → prediction in numpy, in place: nothing to compile
    numpy: Callable  # raw prediction and y → loss of each sample, for validation
    constant: Callable  # (y, sample_weight or None, n_outputs) → (raw prediction, mean loss) of the best constant


LOSSES = {
    "squared_error": Loss(SQUARED_ERROR, "identity", True, numpy_identity, numpy_squared_error, constant_squared_error),
    "poisson": Loss(POISSON, "exp", True, numpy_exp, numpy_poisson, constant_poisson),
    "binary_log_loss": Loss(
        BINARY_LOG_LOSS, "logistic", False, numpy_logistic, numpy_binary_log_loss, constant_binary_log_loss
    ),
    "log_loss": Loss(LOG_LOSS, "softmax", False, numpy_softmax, numpy_log_loss, constant_log_loss),
}
LINKS = {loss.out_activation: loss.link for loss in LOSSES.values()}
