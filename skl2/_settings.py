"""From an estimator's parameters to what the engine takes, with the checks that need more than one parameter."""

import warnings
from numbers import Integral

import numpy as np

from skl2._engine import Plan
from skl2._kernels.activations import ACTIVATIONS
from skl2._kernels.losses import LOSSES
from skl2._kernels.network import Network
from skl2._kernels.optimizers import OPTIMIZERS, Optimizer
from skl2._parameters import count_coefs
from skl2._schedules import SCHEDULES

# Below this product of learning rate and alpha, 1 - η·λ rounds to 1 in float32 (2**-25).
NO_EFFECT_IN_FLOAT32 = 3e-8


def check_combinations(estimator):
    """Raise ValueError where parameters are fine one by one and not together."""
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
    if estimator.early_stopping and estimator.validation_fraction == 0:
        raise ValueError("early_stopping=True needs samples to validate on: validation_fraction must be > 0, got 0.")


def check_weights(sample_weight, indices, purpose):
    """Raise ValueError if no sample of `indices` counts."""
    if sample_weight is not None and not np.any(sample_weight[indices]):
        raise ValueError(f"sample_weight is zero for every sample {purpose}; at least one must be positive.")


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


def warn_if_schedule_has_ended(estimator, n_epochs_seen):
    """Warn where partial_fit goes on after the cosine has fallen to zero."""
    if SCHEDULES[estimator.learning_rate].ends_at_max_iter and n_epochs_seen >= estimator.max_iter:
        warnings.warn(
            f"learning_rate={estimator.learning_rate!r} has fallen to 0 after max_iter={estimator.max_iter} epochs: "
            "partial_fit changes nothing any more. Raise max_iter, or take another schedule.",
            UserWarning,
            stacklevel=2,
        )


def warn_if_clipped(estimator, n_samples):
    """Warn where a mini-batch would be larger than the data."""
    if estimator.batch_size != "auto" and estimator.batch_size > n_samples:
        warnings.warn(
            f"batch_size={estimator.batch_size} is larger than the number of samples to train on; it is clipped to "
            f"{n_samples}.",
            UserWarning,
            stacklevel=2,
        )


def divergence_message(estimator, n_epochs):
    """Return what to say of training that diverged after n_epochs, with the likely cause."""
    rate, l2 = estimator.learning_rate_init, strengths(estimator)[0]
    advice = "scale X (StandardScaler) and the targets of a regression, or lower"
    if rate * l2 > 1:
        advice = f"lower alpha={estimator.alpha}, or"
    return (
        "Solver produced non-finite parameter weights. The input data may contain large values and need to be "
        f"preprocessed. Training diverged in epoch {n_epochs + 1}: {advice} learning_rate_init={rate}."
    )


def strengths(estimator):
    """Return (l2, decay): λ where the loss is penalised, and λ where the weights decay. One of them is 0."""
    if estimator.decay == "decoupled":
        return 0.0, float(estimator.alpha)
    return 0.0 if estimator.penalty is None else float(estimator.alpha), 0.0


def layer_sizes(hidden_layer_sizes, n_features, n_outputs):
    """Return (n_layers,) intp: units per layer."""
    hidden = [hidden_layer_sizes] if isinstance(hidden_layer_sizes, Integral) else list(hidden_layer_sizes)
    if not all(isinstance(units, Integral) and not isinstance(units, bool) and units > 0 for units in hidden):
        raise ValueError(
            f"hidden_layer_sizes must be positive integers, one per hidden layer; got {hidden_layer_sizes!r}."
        )
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


def make_plan(estimator, n_samples, incremental):
    """Return the Plan for training on n_samples: one epoch of partial_fit, or fit."""
    return Plan(
        n_epochs=1 if incremental else int(estimator.max_iter),
        max_iter=int(estimator.max_iter),
        batch_size=int(min(200 if estimator.batch_size == "auto" else estimator.batch_size, n_samples)),
        shuffle=estimator.shuffle,
        learning_rate=estimator.learning_rate,
        power_t=estimator.power_t,
        tol=estimator.tol,
        n_iter_no_change=estimator.n_iter_no_change,
    )
