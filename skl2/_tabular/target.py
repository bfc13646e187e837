"""A target of any unit, as a network of one learning rate trains on it."""

from typing import NamedTuple

import numpy as np
from scipy.special import xlogy
from sklearn.base import BaseEstimator, RegressorMixin

from skl2._inputs.loss_parameters import loss_parameters, quantile_levels
from skl2._kernels.losses import LOSSES
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
    """Return the TargetScale of y (n_samples, …): mean 0 and variance 1, or for what is not negative mean 1."""
    columns = y.reshape(len(y), -1).astype(np.float64, copy=False)
    if sample_weight is not None:
        columns, sample_weight = columns[sample_weight > 0], sample_weight[sample_weight > 0]
    # By a power of two, and so without rounding: squares of large numbers would overflow, of small ones vanish.
    exponent = np.frexp(np.abs(columns).max(axis=0))[1]
    shares = np.ldexp(columns, -exponent)
    mean = np.average(shares, axis=0, weights=sample_weight)
    center, scale = np.zeros_like(mean), mean
    if LOSSES[loss].out_activation != "exp":
        center, scale = mean, np.sqrt(np.average((shares - mean) ** 2, axis=0, weights=sample_weight))
    center, scale = np.ldexp(center, exponent), np.ldexp(scale, exponent)
    is_constant = np.all(columns == columns[0], axis=0)  # the mean of which may be rounded
    return TargetScale(np.where(is_constant, columns[0], center), np.where(is_constant, 0, scale))


def constant_loss(z, estimator, sample_weight):
    """Return the mean loss of the best constant for the loss of an estimator."""
    columns, loss = z.reshape(len(z), -1), estimator.loss
    if loss in CONSTANT_LOSSES:
        return float(np.average(CONSTANT_LOSSES[loss](columns).sum(axis=1), weights=sample_weight))
    if np.all(columns == columns[0]):  # rounding would not leave 0
        return 0.0
    n_outputs = quantile_levels(estimator.quantile).size if loss == "quantile" else 1
    parameters = loss_parameters(estimator, loss, max(n_outputs, columns.shape[1]))
    return float(LOSSES[loss].constant(columns, sample_weight, parameters)[1])


# Of z (n, n_outputs) whose best constant is 0, for counts and rates 1 (0 where all are): the loss of each.
CONSTANT_LOSSES = {
    "squared_error": lambda z: z**2 / 2,
    "poisson": lambda z: xlogy(z, z) - z + np.any(z, axis=0),
}


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
        if parameter := LOSSES[self.loss].parameter:
            setattr(self, parameter, getattr(network, parameter))

    def fit(self, X, y):
        """Do nothing: scorers ask for estimators, which have it."""
        return self

    def predict(self, X):
        """Return values (n_samples, …)."""
        return self.scale.invert(self.network.predict(X))
