"""A target of any unit, as a network of one learning rate trains on it."""

from typing import NamedTuple

import numpy as np
from scipy.special import xlogy
from sklearn.base import BaseEstimator, RegressorMixin


class TargetScale(NamedTuple):
    """z = (y - center) / scale, of each output."""

    center: np.ndarray  # (n_outputs,)
    scale: np.ndarray  # (n_outputs,)

    def apply(self, y):
        """Return y (n_samples, …) in units of the network."""
        return (y - self._like(self.center, y)) / self._like(self.scale, y)

    def invert(self, z):
        """Return what the network says (n_samples, …) in units of y."""
        return z * self._like(self.scale, z) + self._like(self.center, z)

    def _like(self, values, y):
        return values if y.ndim > 1 else values[0]


def fit_scale(y, loss, sample_weight):
    """Return the TargetScale of y (n_samples, …): mean 0 and variance 1, or for counts and rates mean 1."""
    columns = y.reshape(len(y), -1)
    mean = np.average(columns, axis=0, weights=sample_weight)
    if loss == "poisson":
        return TargetScale(np.zeros_like(mean), np.where(mean > 0, mean, 1))
    # Of the largest deviation first: squares of large numbers would overflow.
    deviation = columns - mean
    largest = np.abs(deviation).max(axis=0)
    largest = np.where(largest > 0, largest, 1)
    spread = largest * np.sqrt(np.average((deviation / largest) ** 2, axis=0, weights=sample_weight))
    return TargetScale(mean, np.where(spread > 0, spread, 1))


def constant_loss(z, loss, sample_weight):
    """Return the mean loss of the best constant, which is 0, for counts and rates 1."""
    losses = xlogy(z, z) - z + 1 if loss == "poisson" else z**2 / 2
    return float(np.average(losses.reshape(len(z), -1).sum(axis=1), weights=sample_weight))


class InUnitsOfTarget:
    """A scorer that compares in units of y what a network says, and is given, in its own."""

    def __init__(self, scorer, scale):
        self.scorer, self.scale = scorer, scale

    def __call__(self, network, X, z, **params):
        """Return the score of a network."""
        return self.scorer(_Rescaled(network, self.scale), X, self.scale.invert(z), **params)


class _Rescaled(RegressorMixin, BaseEstimator):
    """A fitted network that says what it says in units of y."""

    def __init__(self, network, scale):
        self.network, self.scale, self.loss = network, scale, network.loss

    def fit(self, X, y):
        """Do nothing: scorers ask for estimators, which have it."""
        return self

    def predict(self, X):
        """Return values (n_samples, …)."""
        return self.scale.invert(self.network.predict(X))
