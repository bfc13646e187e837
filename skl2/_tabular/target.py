"""A target of any unit, as a network of one learning rate trains on it."""

from typing import NamedTuple

import numpy as np
from scipy.special import xlogy
from sklearn.base import BaseEstimator, RegressorMixin

from skl2._tabular.columns import is_gap


class TargetScale(NamedTuple):
    """z = (y - center) / scale, of each output."""

    center: np.ndarray  # (n_outputs,)
    scale: np.ndarray  # (n_outputs,); 0 of a constant, which is predicted whatever the network says

    def apply(self, y):
        """Return y (n_samples, …) in units of the network."""
        deviation = y - self.center
        return np.divide(deviation, self.scale, out=np.zeros_like(deviation), where=self.scale > 0)

    def invert(self, z):
        """Return what the network says (n_samples, …) in units of y."""
        with np.errstate(invalid="ignore"):  # 0 · ∞ of an interval that is infinite
            return np.where(np.isinf(z), z, z * self.scale + self.center)


def fit_scale(y, loss, sample_weight):
    """Return the TargetScale of y (n_samples, …): mean 0 and variance 1, or for counts and rates mean 1."""
    columns = y.reshape(len(y), -1).astype(np.float64, copy=False)
    if sample_weight is not None:
        columns, sample_weight = columns[sample_weight > 0], sample_weight[sample_weight > 0]
    # By a power of two, and so without rounding: squares of large numbers would overflow, of small ones vanish.
    exponent = np.frexp(np.abs(columns).max(axis=0))[1]
    shares = np.ldexp(columns, -exponent)
    mean = np.average(shares, axis=0, weights=sample_weight)
    center, scale = np.zeros_like(mean), mean
    if loss != "poisson":
        center, scale = mean, np.sqrt(np.average((shares - mean) ** 2, axis=0, weights=sample_weight))
    center, scale = np.ldexp(center, exponent), np.ldexp(scale, exponent)
    is_constant = np.all(columns == columns[0], axis=0)  # the mean of which may be rounded
    return TargetScale(np.where(is_constant, columns[0], center), np.where(is_constant, 0, scale))


def constant_loss(z, loss, sample_weight):
    """Return the mean loss of the best constant, which is 0, for counts and rates 1 (0 where all are)."""
    losses = xlogy(z, z) - z + np.any(z, axis=0) if loss == "poisson" else z**2 / 2
    return float(np.average(losses.reshape(len(z), -1).sum(axis=1), weights=sample_weight))


def check_no_gaps(y, error):
    """Raise ValueError because of an error, if y has gaps."""
    cells = np.asarray(y, dtype=object).ravel().tolist()
    n_gaps = sum(is_gap(cell) and not isinstance(cell, str) for cell in cells)
    if n_gaps:
        raise ValueError(
            f"y has gaps (NaN, None or NA): {n_gaps} of {len(cells)} values. There is nothing to learn from such rows; "
            "leave them out of X and y."
        ) from error


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
