"""From an estimator's parameters to what the engine takes, with the checks that need more than one parameter."""

import math
import sys
import warnings
from collections.abc import Mapping, Set
from itertools import pairwise
from numbers import Integral, Real

import numpy as np
from sklearn.utils import _param_validation
from sklearn.utils._param_validation import Options, StrOptions

from skl2._inputs.column_groups import make_groups
from skl2._inputs.dropout import dropout_rates
from skl2._inputs.loss_parameters import loss_parameters
from skl2._inputs.memory import check_memory
from skl2._inputs.steps import check_steps
from skl2._inputs.strengths import DECAYS, PENALTIES, PerLayer, check_mechanism, check_strength, check_unit
from skl2._kernels.activations import ACTIVATIONS
from skl2._kernels.losses import LOSSES
from skl2._kernels.network import Network
from skl2._kernels.optimizers import OPTIMIZERS, Optimizer
from skl2._training.engine import Plan
from skl2._training.parameters import count_coefs
from skl2._training.schedules import SCHEDULES


class Interval(_param_validation.Interval):
    """An interval of numbers that numpy computes with: no Fraction, no timedelta64, no int too large for a float."""

    def is_satisfied_by(self, val):
        """Return whether a value is allowed."""
        if isinstance(val, np.timedelta64):  # to numpy it is an integer, whose unit it warns of when it is compared
            return False
        try:
            return super().is_satisfied_by(val) and (self.type is Integral or math.isfinite(float(val)))
        except (TypeError, OverflowError):  # of numpy, of float
            return False


PARAMETER_CONSTRAINTS = {
    "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
    "activation": [StrOptions(set(ACTIVATIONS))],
    "optimizer": [StrOptions(set(OPTIMIZERS))],
    "penalty": [StrOptions({"auto", *filter(None, PENALTIES)}), None],
    "column_groups": ["array-like", None],
    "relaxed": ["boolean"],
    "decay": [StrOptions(set(DECAYS)), None],
    "alpha": [Interval(Real, 0, None, closed="left"), StrOptions({"auto"}), PerLayer()],
    "normalized_alpha": ["boolean"],
    "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    "learning_rate": [StrOptions(set(SCHEDULES))],
    "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
    "power_t": [Interval(Real, 0, None, closed="left")],
    "T_0": [Interval(Integral, 1, None, closed="left")],
    "T_mult": [Interval(Integral, 1, None, closed="left")],
    "warmup_epochs": [Interval(Real, 0, None, closed="left")],
    "max_iter": [Interval(Integral, 1, None, closed="left")],
    "shuffle": ["boolean"],
    "random_state": ["random_state"],
    "tol": [Interval(Real, 0, None, closed="left")],
    "verbose": ["verbose"],
    "warm_start": ["boolean"],
    "momentum": [Interval(Real, 0, 1, closed="both")],
    "nesterovs_momentum": ["boolean"],
    "early_stopping": ["boolean", StrOptions({"loss"})],
    "validation_fraction": [Interval(Real, 0, 1, closed="left")],
    "beta_1": [Interval(Real, 0, 1, closed="left")],
    "beta_2": [Interval(Real, 0, 1, closed="left")],
    "epsilon": [Interval(Real, 0, None, closed="neither")],
    "n_iter_no_change": [Interval(Integral, 1, None, closed="left"), Options(Real, {np.inf})],
    "dropout": [Interval(Real, 0, 1, closed="left"), "array-like"],
    "weight_averaging": [Interval(Real, 0, 1, closed="left")],
    "max_fun": [Interval(Integral, 1, None, closed="left")],
    "dtype": [
        StrOptions({"float32", "float64"}),
        Options(type, {np.float32, np.float64}),
        Options(np.dtype, {np.dtype("f4"), np.dtype("f8")}),
        None,
    ],
}

BYTES_PER_PARAM = 16  # at least: initial weights are drawn in float64, layer by layer, into a vector
LARGEST_NETWORK = np.iinfo(np.intp).max // 64  # weights, with their moments and gradient: numpy cannot count beyond


def is_stochastic(estimator):
    """Whether the optimizer goes through mini-batches, and not over all samples at once."""
    return OPTIMIZERS[estimator.optimizer].stochastic


def check_combinations(estimator):
    """Raise ValueError where parameters are fine one by one and not together."""
    check_mechanism(estimator)
    check_steps(estimator)
    check_unit(estimator)
    hidden = _listed(estimator.hidden_layer_sizes)
    check_strength(estimator, None if None in hidden else len(hidden))


def criterion(estimator):
    """Return the row of CRITERIA that ends training."""
    if estimator.early_stopping == "loss":
        return "Validation loss"
    return "Validation score" if estimator.early_stopping else "Training loss"


def warn_if_clipped(estimator, n_samples):
    """Warn where a mini-batch would be larger than the data."""
    if is_stochastic(estimator) and estimator.batch_size != "auto" and estimator.batch_size > n_samples:
        warnings.warn(
            f"batch_size={estimator.batch_size} is larger than the number of samples to train on; it is clipped to "
            f"{n_samples}.",
            UserWarning,
            stacklevel=2,
        )


def layer_sizes(hidden_layer_sizes, n_features, n_outputs):
    """Return (n_layers,) intp: units per layer."""
    hidden = _listed(hidden_layer_sizes)
    if not all(_is_count(units) for units in hidden):
        raise ValueError(
            f"hidden_layer_sizes must be positive integers, one per hidden layer; got {hidden_layer_sizes!r}."
        )
    sizes = [n_features, *map(int, hidden), n_outputs]
    n_params = sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(sizes))
    if n_params > LARGEST_NETWORK:
        raise ValueError(
            f"hidden_layer_sizes={hidden_layer_sizes!r} asks for {n_params} weights, more than memory can have. Take "
            "fewer units."
        )
    check_memory(BYTES_PER_PARAM * n_params, f"hidden_layer_sizes={hidden_layer_sizes!r} with {n_features} features")
    return np.array(sizes, np.intp)


def _is_count(units):
    return isinstance(units, Integral) and not isinstance(units, (bool, np.timedelta64)) and units > 0


def _listed(hidden_layer_sizes):
    """Return units per hidden layer in a list, which holds None where they are no sequence."""
    if isinstance(hidden_layer_sizes, Integral):
        return [hidden_layer_sizes]
    has_order = not isinstance(hidden_layer_sizes, (Mapping, Set)) and getattr(hidden_layer_sizes, "ndim", 1) == 1
    return list(hidden_layer_sizes) if has_order else [None]


def make_network(estimator, sizes, loss):
    """Return the Network for these units per layer."""
    codes = ACTIVATIONS[estimator.activation].code, LOSSES[loss].code
    dropout, groups = dropout_rates(estimator, len(sizes) - 2), make_groups(estimator, sizes[0])
    parameters = loss_parameters(estimator, loss, sizes[-1])
    return Network(sizes, *codes, count_coefs(sizes), parameters, dropout, groups=groups)


def make_optimizer(estimator, dtype):
    """Return the Optimizer; an ε that the dtype rounds to zero would make 0 / 0 of a dead weight's step."""
    return Optimizer(
        code=OPTIMIZERS[estimator.optimizer].code,
        momentum=float(estimator.momentum),
        nesterov=bool(estimator.nesterovs_momentum),
        beta_1=float(estimator.beta_1),
        beta_2=float(estimator.beta_2),
        averaging=float(estimator.weight_averaging),
        epsilon=max(float(estimator.epsilon), float(np.finfo(dtype).tiny)),
        decay_unit=_decay_unit(estimator, dtype),
        cautious=DECAYS[estimator.decay].cautious if estimator.decay else False,
    )


def _decay_unit(estimator, dtype):
    """Return what makes η_t · λ of η_t / η_0 · λ: 1 / η_0, as far as a product of the dtype can be."""
    if not estimator.decay or DECAYS[estimator.decay].follows_base_rate:
        return 1.0
    return float(min(1 / float(estimator.learning_rate_init), math.sqrt(np.finfo(dtype).max)))


def resolve_batch_size(estimator, n_samples=np.inf):
    """Return the samples per mini-batch of estimators here and in scikit-learn; n_samples if known."""
    return min(200 if estimator.batch_size == "auto" else estimator.batch_size, n_samples)


def alpha_unit(estimator, n_samples):
    """Return λ / alpha: with normalized_alpha √(b / nE), 1 / √(steps), by Loshchilov & Hutter (2019, appendix B.1)."""
    if not estimator.normalized_alpha:
        return 1.0
    n_epochs = getattr(estimator, "_epochs_of_alpha", count_epochs(estimator))  # a short run has λ of the long one
    return math.sqrt(resolve_batch_size(estimator, n_samples) / (n_samples * n_epochs))


def count_epochs(estimator):
    """Return max_iter as an int that arrays can hold."""
    return int(min(estimator.max_iter, sys.maxsize))


def make_plan(estimator, n_samples, incremental):
    """Return the Plan for training on n_samples: one epoch of partial_fit, or fit."""
    return Plan(
        n_epochs=1 if incremental else count_epochs(estimator),
        max_iter=count_epochs(estimator),
        max_fun=int(min(estimator.max_fun, sys.maxsize)),
        batch_size=int(resolve_batch_size(estimator, n_samples)),
        shuffle=estimator.shuffle,
        learning_rate=estimator.learning_rate,
        power_t=float(estimator.power_t),
        tol=float(estimator.tol),
        n_iter_no_change=min(estimator.n_iter_no_change, sys.maxsize),
        T_0=float(min(estimator.T_0, sys.maxsize)),
        T_mult=int(min(estimator.T_mult, sys.maxsize)),
        warmup_epochs=float(estimator.warmup_epochs),
    )
