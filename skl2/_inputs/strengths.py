"""Where λ acts and how strongly: from penalty, decay and alpha to what the engine takes.

To add a kind of decay: a row of DECAYS; what a step does with it stands in `_kernels/optimizers.py`. A penalty is a row
of PENALTIES, and stands there or in `_kernels/proximal.py`.
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


class Strengths(NamedTuple):
    """What acts on networks, as fields of Rows."""

    l2: np.ndarray  # (n_rows, n_layers - 1): λ of (λ/2)·‖W‖² of each layer
    decay: np.ndarray  # the same of decay
    l1: np.ndarray  # the same of λ·Σ|W|
    group: np.ndarray  # (n_rows,): λ of Σ_g λ·√(columns of g)·‖W_g‖ in the first layer


class Penalty(NamedTuple):
    """A row of PENALTIES: which of the Strengths acts on the weights of the first layer, and on those above."""

    first: str | None
    others: str | None

    @property
    def is_sparse(self):
        """Whether it makes weights exactly zero."""
        return self.first in ("l1", "group")


PENALTIES = {
    "l2": Penalty("l2", "l2"),
    "l1": Penalty("l1", "l1"),
    # The layers above have the squares: without them, small weights below large ones would evade the penalty.
    "group_l1": Penalty("group", "l2"),
    None: Penalty(None, None),
}


def penalty_of(estimator):
    """Return the Penalty of an estimator; 'auto' is 'l2' unless weights decay."""
    if estimator.penalty == "auto":
        return PENALTIES[None if estimator.decay else "l2"]
    return PENALTIES[estimator.penalty]


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
    penalty, is_stochastic = estimator.penalty, OPTIMIZERS[estimator.optimizer].stochastic
    if penalty not in ("auto", None) and decay:
        raise ValueError(
            f"penalty={penalty!r} together with decay={decay!r} would apply alpha twice. Write decay={decay!r} without "
            f"penalty for weights that shrink outside the gradient, or penalty={penalty!r} without decay for a penalty "
            "in the loss."
        )
    if estimator.relaxed and not penalty_of(estimator).is_sparse:
        raise ValueError(
            f"relaxed=True trains on the columns that a penalty has left, and penalty={penalty!r} leaves all. Write "
            "penalty='group_l1' or 'l1', or relaxed=False."
        )
    if penalty_of(estimator).is_sparse and not is_stochastic:
        raise ValueError(
            f"penalty={penalty!r} has no gradient where weights are zero, and optimizer='lbfgs' needs one. Take "
            "optimizer='adam' or 'sgd', or penalty='l2'."
        )
    if decay and not is_stochastic:
        raise ValueError(
            f"decay={decay!r} shrinks the weights in each step, by a multiple of alpha, and optimizer='lbfgs' has no "
            "such step. Write penalty='l2' without decay, or take optimizer='adam' or 'sgd'."
        )


def check_unit(estimator):
    """Raise ValueError where alpha cannot be in units of the steps."""
    if not estimator.normalized_alpha:
        return
    if not OPTIMIZERS[estimator.optimizer].stochastic:
        raise ValueError(
            "normalized_alpha=True divides alpha by the square root of the number of steps, which optimizer='lbfgs' "
            "does not know in advance. Write normalized_alpha=False, or take optimizer='adam' or 'sgd'."
        )
    if isinstance(estimator.alpha, str):
        raise ValueError(
            "alpha='auto' comes to λ itself, and normalized_alpha=True asks for a number to divide. Write "
            "normalized_alpha=False, or a number for alpha."
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
    if not estimator.normalized_alpha:  # else it depends on the number of samples
        check_step(estimator, max(np.ravel(estimator.alpha).tolist()))


def base_shrinkage(estimator):
    """Return by what multiple of λ a step of the base rate shrinks the weights."""
    return float(estimator.learning_rate_init) if DECAYS[estimator.decay].follows_base_rate else 1.0


def check_step(estimator, alpha, unit=1.0):
    """Raise ValueError where a single step would shrink the weights to nothing; unit is λ / alpha."""
    if not estimator.decay:
        return
    rate, alpha = base_shrinkage(estimator), float(alpha)  # numpy's numbers would warn of overflow
    if rate * (unit * alpha) < 1:
        return
    kind, strength, got = estimator.decay.capitalize(), "alpha", f"{alpha}"
    if estimator.normalized_alpha:
        strength, got = f"alpha * {unit:.3g} (normalized_alpha=True)", f"{alpha} * {unit:.3g}"
    if not DECAYS[estimator.decay].follows_base_rate:
        raise ValueError(
            f"{kind} decay shrinks the weights by {strength} in each step, which must be below 1; got "
            f"{unit * alpha:g}. Lower it: the alpha of decay='decoupled', times learning_rate_init, is that of "
            f"{estimator.decay!r}."
        )
    raise ValueError(
        f"{kind} decay shrinks the weights by learning_rate_init * {strength} in each step, which must be below 1; got "
        f"{rate} * {got} = {rate * (unit * alpha):g}. Lower alpha below {1 / (rate * unit):g}, or lower "
        "learning_rate_init."
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


def strengths(estimator, alphas, n_layers):
    """Return the Strengths of networks with so many layers of weights; alphas (n_rows,), or (n_rows, n_layers)."""
    alphas = np.asarray(alphas, np.float64)
    alphas = np.broadcast_to(alphas[:, np.newaxis] if alphas.ndim == 1 else alphas, (len(alphas), n_layers))
    zeros = np.zeros_like(alphas)
    acting = Strengths(zeros, alphas if estimator.decay else zeros, zeros, zeros[:, 0])
    penalty = penalty_of(estimator)
    is_first = np.arange(n_layers) == 0
    for name, is_here in ((penalty.first, is_first), (penalty.others, ~is_first)):
        if name == "group":
            acting = acting._replace(group=alphas[:, 0])
        elif name:
            acting = acting._replace(**{name: getattr(acting, name) + alphas * is_here})
    return acting


def penalty_strength(estimator):
    """Return λ of the penalty in the loss, of layers the largest; 0 where there is none, or where only fit knows it."""
    is_unknown = isinstance(estimator.alpha, str) or estimator.normalized_alpha
    has_none = is_unknown or penalty_of(estimator) == PENALTIES[None]
    return 0.0 if has_none else float(np.max(estimator.alpha))
