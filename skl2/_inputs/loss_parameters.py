"""What losses take from the parameters of an estimator, a number for each output."""

import numpy as np

from skl2._kernels.losses import LOSSES


def loss_parameters(estimator, loss, n_outputs):
    """Return (n_outputs,) float64 for the loss to train with, 0 where it takes nothing."""
    name = LOSSES[loss].parameter
    value = 0.0 if name is None else getattr(estimator, name)
    if name == "quantile":
        value = quantile_levels(value)
    return np.broadcast_to(np.asarray(value, np.float64), (n_outputs,)).copy()


def validation_parameters(estimator, loss, n_outputs):
    """Return the same for the loss to validate with, in which labels are not smoothed."""
    return loss_parameters(estimator, loss, n_outputs) if LOSSES[loss].regression else np.zeros(n_outputs)


def quantile_levels(quantile):
    """Return the levels (n_quantiles,), or raise ValueError where they are not between 0 and 1, or fall."""
    try:
        levels = np.asarray(quantile, np.float64)
    except (TypeError, ValueError, OverflowError):
        levels = np.empty((0, 0))
    is_row = levels.ndim <= 1 and levels.size > 0
    if not (is_row and np.all((levels > 0) & (levels < 1)) and np.all(np.diff(np.atleast_1d(levels)) > 0)):
        raise ValueError(
            "quantile must be a number between 0 and 1, both excluded, or a sequence of such numbers in rising order; "
            f"got {quantile!r}. Write quantile=0.5 for the median, or quantile=[0.05, 0.5, 0.95]."
        )
    return np.atleast_1d(levels)
