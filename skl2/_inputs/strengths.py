"""Where λ acts and how strongly: from penalty, decay and alpha to what the engine takes.

To add a kind of decay: a row of DECAYS; what a step does with it stands in `_kernels/optimizers.py`.
"""

import math
import warnings
from numbers import Real
from typing import NamedTuple

import numpy as np
from sklearn.utils._param_validation import HasMethods

from skl2._kernels.optimizers import OPTIMIZERS

# Below this product of learning rate and alpha, 1 - η·λ rounds to 1 in float32 (2**-25).
NO_EFFECT_IN_FLOAT32 = 3e-8


class Decay(NamedTuple):
    """A row of DECAYS: how weights shrink outside the gradient."""

    follows_base_rate: bool = True  # by η_t · λ in step t; else by η_t / η_0 · λ, where η_0 is learning_rate_init
    cautious: bool = False  # only where the step does not drive the weight away from 0


DECAYS = {
    "decoupled": Decay(),
    "independent": Decay(follows_base_rate=False),
    "cautious": Decay(cautious=True),
}


class PerLayer(HasMethods):
    """A sequence of strengths, one for the weights of each layer."""

    def __init__(self):
        super().__init__(["__len__", "__getitem__"])

    def is_satisfied_by(self, val):
        """Return whether a value is allowed; how many there must be depends on the network."""
        is_sequence = isinstance(val, (list, tuple)) or (isinstance(val, np.ndarray) and val.ndim == 1)
        return is_sequence and len(val) > 0 and all(map(_is_strength, val))

    def __str__(self):
        return "a sequence of finite numbers >= 0, one for the weights of each layer"


def _is_strength(value):
    try:
        is_number = isinstance(value, Real) and not isinstance(value, (bool, np.bool_, np.timedelta64))
        return is_number and value >= 0 and math.isfinite(float(value))
    except OverflowError:  # of an int that is too large for a float
        return False


def is_per_layer(alpha):
    """Whether alpha has a strength for each layer."""
    return not isinstance(alpha, (Real, str))


def check_mechanism(estimator):
    """Raise ValueError where λ would act twice, or not at all."""
    decay = estimator.decay
    if estimator.penalty == "l2" and decay:
        raise ValueError(
            f"penalty='l2' together with decay={decay!r} would apply alpha twice. Write decay={decay!r} without "
            "penalty for weights that shrink outside the gradient, or penalty='l2' without decay for the L2 penalty."
        )
    if decay and not OPTIMIZERS[estimator.optimizer].stochastic:
        raise ValueError(
            f"decay={decay!r} shrinks the weights in each step, by a multiple of alpha, and optimizer='lbfgs' has no "
            "such step. Write penalty='l2' without decay, or take optimizer='adam' or 'sgd'."
        )


def check_strength(estimator, n_hidden):
    """Raise ValueError where alpha does not fit to the mechanism, or to so many hidden layers (None: not known)."""
    if isinstance(estimator.alpha, str):
        if not estimator.decay:
            raise ValueError(
                "alpha='auto' is 3 / Σ_t η_t, three units of the total shrinkage of decay, which a penalty does not "
                "have. Write decay='decoupled', or a number for alpha."
            )
        return
    if is_per_layer(estimator.alpha) and n_hidden not in (None, len(estimator.alpha) - 1):
        raise ValueError(
            f"alpha has {len(estimator.alpha)} values, and must have one for the weights of each layer: "
            f"{n_hidden + 1} with hidden_layer_sizes={estimator.hidden_layer_sizes!r}, the output layer last. Write "
            "so many, or one number for all layers."
        )
    check_step(estimator, max(np.ravel(estimator.alpha).tolist()))


def base_shrinkage(estimator):
    """Return by what multiple of λ a step of the base rate shrinks the weights."""
    return float(estimator.learning_rate_init) if DECAYS[estimator.decay].follows_base_rate else 1.0


def check_step(estimator, alpha):
    """Raise ValueError where a single step would shrink the weights to nothing."""
    if not estimator.decay:
        return
    rate, alpha = base_shrinkage(estimator), float(alpha)  # numpy's numbers would warn of overflow
    if rate * alpha < 1:
        return
    kind = estimator.decay.capitalize()
    if not DECAYS[estimator.decay].follows_base_rate:
        raise ValueError(
            f"{kind} decay shrinks the weights by alpha in each step, which must be below 1; got {alpha:g}. Lower it: "
            f"the alpha of decay='decoupled', times learning_rate_init, is that of {estimator.decay!r}."
        )
    raise ValueError(
        f"{kind} decay shrinks the weights by learning_rate_init * alpha in each step, which must be below 1; "
        f"got {rate} * {alpha} = {rate * alpha:g}. Lower alpha below {1 / rate:g}, or lower learning_rate_init."
    )


def warn_if_no_effect(estimator, alphas, dtype):
    """Warn where float32 rounds decay away."""
    if not estimator.decay or dtype != np.float32:
        return
    shrinkage = base_shrinkage(estimator) * np.ravel(alphas)
    lost = [f"{value:g}" for value in shrinkage if 0 < value < NO_EFFECT_IN_FLOAT32]
    if lost:
        product = "learning_rate_init * alpha" if DECAYS[estimator.decay].follows_base_rate else "alpha"
        warnings.warn(
            f"{estimator.decay.capitalize()} decay has no effect in float32 if {product} < {NO_EFFECT_IN_FLOAT32:g}; "
            f"got {', '.join(lost)}. Raise alpha, train with dtype='float64', or say alpha=0.",
            UserWarning,
            stacklevel=2,
        )


def strengths(estimator, alphas):
    """Return (l2, decay), of the shape of alphas: λ where the loss is penalised, and where the weights decay."""
    alphas = np.asarray(alphas, np.float64)
    zeros = np.zeros_like(alphas)
    if estimator.decay:
        return zeros, alphas
    return (zeros if estimator.penalty is None else alphas), zeros


def penalty_strength(estimator):
    """Return λ of the penalty in the loss, of layers the largest, 0 where there is none; 'auto' goes with decay."""
    return 0.0 if isinstance(estimator.alpha, str) else float(np.max(strengths(estimator, estimator.alpha)[0]))
