"""The table of losses. Each is paired with a link, which turns raw predictions into predictions.

Where that is the canonical link, ∂loss/∂raw_prediction = prediction - y.
To add one: a code, a function with its numpy twin and its best constant in `regression_losses` or
`classification_losses`, a branch of `loss_and_delta`, a row of LOSSES.
"""

from collections.abc import Callable
from typing import NamedTuple

from skl2._compilation.jit import kernel
from skl2._kernels import classification_losses as classification
from skl2._kernels import regression_losses as regression
from skl2._kernels.classification_losses import binary_log_loss, log_loss
from skl2._kernels.regression_losses import absolute_error, gamma, huber, poisson, quantile, squared_error

SQUARED_ERROR, BINARY_LOG_LOSS, LOG_LOSS, POISSON, ABSOLUTE_ERROR, HUBER, QUANTILE, GAMMA = range(8)


@kernel
def loss_and_delta(code, parameters, raw_prediction, y, sample_weight, bits):
    """Return Σᵢ wᵢ · lossᵢ; raw_prediction ← wᵢ · ∂lossᵢ/∂raw_prediction.

    parameters (n_outputs,) float64, what the loss takes; raw_prediction (n, n_outputs); y (n, n_outputs), or (n, 1) for
    several quantiles and, with the number of the class, for the multiclass log loss; sample_weight (n,); bits: scratch
    of vectormath.
    """
    if code == SQUARED_ERROR:
        return squared_error(raw_prediction, y, sample_weight)
    if code == BINARY_LOG_LOSS:
        return binary_log_loss(parameters, raw_prediction, y, sample_weight)
    if code == POISSON:
        return poisson(raw_prediction, y, sample_weight)
    if code == ABSOLUTE_ERROR:
        return absolute_error(raw_prediction, y, sample_weight)
    if code == HUBER:
        return huber(parameters, raw_prediction, y, sample_weight)
    if code == QUANTILE:
        return quantile(parameters, raw_prediction, y, sample_weight)
    if code == GAMMA:
        return gamma(raw_prediction, y, sample_weight)
    return log_loss(parameters, raw_prediction, y, sample_weight, bits)


class Loss(NamedTuple):
    """A row of LOSSES."""

    code: int  # what the kernels know it by
    out_activation: str  # the link, a row of LINKS, `out_activation_` of an estimator
    numpy: Callable  # (raw prediction, y, parameters) → loss of each sample, for validation
    constant: Callable  # (y, sample_weight or None, parameters) → (raw prediction, mean loss) of the best constant
    regression: bool = True  # whether MLPRegressor offers it
    parameter: str | None = None  # of the estimator, what it takes for each output
    factor: int = 2  # its unit is this times the loss of the best constant: halves are of a square or a deviance


LOSSES = {
    "squared_error": Loss(SQUARED_ERROR, "identity", regression.numpy_squared_error, regression.constant_squared_error),
    "absolute_error": Loss(
        ABSOLUTE_ERROR,
        "identity",
        regression.numpy_absolute_error,
        regression.constant_absolute_error,
        factor=1,
    ),
    "huber": Loss(HUBER, "identity", regression.numpy_huber, regression.constant_huber, parameter="huber_delta"),
    "quantile": Loss(
        QUANTILE,
        "identity",
        regression.numpy_quantile,
        regression.constant_quantile,
        parameter="quantile",
    ),
    "poisson": Loss(POISSON, "exp", regression.numpy_poisson, regression.constant_poisson),
    "gamma": Loss(GAMMA, "exp", regression.numpy_gamma, regression.constant_gamma),
    "binary_log_loss": Loss(
        BINARY_LOG_LOSS,
        "logistic",
        classification.numpy_binary_log_loss,
        classification.constant_binary_log_loss,
        regression=False,
        parameter="label_smoothing",
    ),
    "log_loss": Loss(
        LOG_LOSS,
        "softmax",
        classification.numpy_log_loss,
        classification.constant_log_loss,
        regression=False,
        parameter="label_smoothing",
    ),
}
