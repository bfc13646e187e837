"""From an estimator's parameters to what the engine takes, with the checks that need more than one parameter."""

import warnings

import numpy as np

from skl2._engine import Plan
from skl2._kernels.activations import ACTIVATIONS
from skl2._kernels.losses import LOSSES
from skl2._kernels.network import Network
from skl2._kernels.optimizers import OPTIMIZERS, Optimizer
from skl2._parameters import count_coefs

# Below this product of learning rate and alpha, 1 - η·λ rounds to 1 in float32 (2**-25).
NO_EFFECT_IN_FLOAT32 = 3e-8


def check_mechanism(estimator):
    """Raise ValueError if alpha would act twice, or reverse the sign of a weight in one step."""
    alpha, rate = estimator.alpha, estimator.learning_rate_init
    if estimator.penalty == "l2" and estimator.decay == "decoupled":
        raise ValueError(
            f"penalty='l2' together with decay='decoupled' would apply alpha={alpha} twice. Write decay='decoupled' "
            "without penalty for decoupled weight decay, or penalty='l2' without decay for the L2 penalty."
        )
    if estimator.decay == "decoupled" and rate * alpha >= 1:
        raise ValueError(
            f"Decoupled decay shrinks the weights by learning_rate_init * alpha in each step, which must be below 1; "
            f"got {rate} * {alpha} = {rate * alpha:g}. Lower alpha below {1 / rate:g}, or lower learning_rate_init."
        )


def warn_if_no_effect(estimator, dtype):
    """Warn where float32 rounds decoupled decay away."""
    shrinkage = estimator.learning_rate_init * estimator.alpha
    if estimator.decay == "decoupled" and dtype == np.float32 and 0 < shrinkage < NO_EFFECT_IN_FLOAT32:
        warnings.warn(
            f"Decoupled decay has no effect in float32 if learning_rate_init * alpha < {NO_EFFECT_IN_FLOAT32:g}; "
            f"got {shrinkage:g}. Raise alpha, train with dtype='float64', or say alpha=0.",
            UserWarning,
            stacklevel=2,
        )


def strengths(estimator):
    """Return (l2, decay): λ where the loss is penalised, and λ where the weights decay. One of them is 0."""
    if estimator.decay == "decoupled":
        return 0.0, float(estimator.alpha)
    return 0.0 if estimator.penalty is None else float(estimator.alpha), 0.0


def layer_sizes(hidden_layer_sizes, n_features, n_outputs):
    """Return (n_layers,) intp: units per layer."""
    hidden = np.atleast_1d(hidden_layer_sizes)
    if hidden.ndim != 1 or (hidden.size and (hidden.dtype.kind not in "iu" or np.any(hidden <= 0))):
        raise ValueError(f"hidden_layer_sizes must be > 0, one integer per hidden layer, got {hidden_layer_sizes}.")
    return np.array([n_features, *hidden, n_outputs], np.intp)


def make_network(estimator, sizes, loss):
    """Return the Network for these units per layer."""
    return Network(sizes, ACTIVATIONS[estimator.activation].code, LOSSES[loss].code, count_coefs(sizes))


def make_optimizer(estimator, dtype):
    """Return the Optimizer; an ε that the dtype rounds to zero would make 0 / 0 of a dead weight's step."""
    return Optimizer(
        code=OPTIMIZERS[estimator.optimizer].code,
        momentum=float(estimator.momentum),
        nesterov=bool(estimator.nesterovs_momentum),
        beta_1=float(estimator.beta_1),
        beta_2=float(estimator.beta_2),
        epsilon=max(float(estimator.epsilon), float(np.finfo(dtype).tiny)),
    )


def make_plan(estimator, n_samples, n_epochs):
    """Return the Plan for training on n_samples."""
    return Plan(
        n_epochs=n_epochs,
        max_iter=estimator.max_iter,
        batch_size=_batch_size(estimator.batch_size, n_samples),
        shuffle=estimator.shuffle,
        learning_rate=estimator.learning_rate,
        power_t=estimator.power_t,
        tol=estimator.tol,
        n_iter_no_change=estimator.n_iter_no_change,
    )


def _batch_size(batch_size, n_samples):
    if batch_size == "auto":
        return min(200, n_samples)
    if batch_size > n_samples:
        warnings.warn(
            f"batch_size={batch_size} is larger than the number of samples to train on; it is clipped to {n_samples}.",
            UserWarning,
            stacklevel=2,
        )
    return int(min(batch_size, n_samples))
