"""Why a network has learned nothing: a table of causes, each with its evidence and its remedy.

To add one: a function and a row of CAUSES.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.sparse import issparse

from skl2._inputs.dropout import dropout_rates
from skl2._inputs.settings import is_stochastic
from skl2._inputs.strengths import DECAYS
from skl2._kernels.losses import LOSSES
from skl2._training.progress import Status
from skl2._training.schedules import has_ended

FAR = 10.0  # from 1, of what should have unit scale
SMALLEST_RANGE = 0.01  # of a column: rare binary ones have a small root mean square, and do no harm
USUAL_RATES = {"adam": (1e-4, 0.1), "sgd": (1e-3, 1.0)}  # learning rates outside of which training rarely works
MOVEMENT = 0.3  # Σ_t η_t, which is about how far Adam moves a weight: less cannot change a network
ENOUGH_STEPS = 300
USUAL_TOL = 1e-3
SHRUNK = 0.3  # of ‖W‖ at the start
LARGE_ALPHA = 0.1  # of an l2 penalty, where X and y have unit scale
TOTAL_SHRINKAGE = 3.0  # exp(-3) = 5 % of a weight that the data leave alone is left
LEAST_STRENGTH = 0.01  # of either, for weights that have shrunk: those of a dead network do by themselves
OVERFITTED = 0.8  # of the constant's loss, where the network is no better on other samples
DEEP, NARROW = 4, 2  # hidden layers, and units of one
LARGE_DROPOUT = 0.8
MEMORIES = 3.0  # 1 / (1 - β) steps, that an average needs to forget the start


class Trace(NamedTuple):
    """How a network was trained."""

    alpha: float
    alpha_unit: float  # λ / alpha
    status: Status
    n_epochs: int
    n_steps: int
    total_rate: float  # Σ_t η_t
    last_rate: float
    shrinkage: float  # ‖W‖ at the end, in units of that at the start
    training_loss: float  # in units of that of the best constant prediction


class Case(NamedTuple):
    """A network that has learned nothing."""

    estimator: object
    trace: Trace
    X: np.ndarray  # (n, n_features), some of the samples
    y: np.ndarray  # (n, n_targets), encoded
    name: str  # of the estimator that the user has


class Cause(NamedTuple):
    """What a row of CAUSES finds."""

    decades: float  # how far from what trains, as a power of ten: the largest is the likeliest
    text: str


def describe_causes(case):
    """Return the causes that hold, the likeliest first, with their remedies, and the other possibility."""
    with np.errstate(all="ignore"):  # of numbers whose squares overflow
        causes = sorted(filter(None, (find(case) for find in CAUSES)), key=lambda cause: -cause.decades)
    if not causes:
        return (
            "No cause is found in the settings and scales: X tells nothing of y, or the network needs other settings."
        )
    listed = " ".join(f"({number}) {cause.text}" for number, cause in enumerate(causes, start=1))
    return f"What may be the cause, the likeliest first: {listed} Or X tells nothing of y."


def constant_columns(case):
    """No column of X varies."""
    _, ranges = _scales(case.X)
    return None if np.any(ranges > 0) else Cause(math.inf, "no column of X varies: look at how X is made.")


def far_target(case):
    """y of a regressor is far from unit scale."""
    if not hasattr(case.estimator, "loss"):
        return None
    if LOSSES[case.estimator.loss].out_activation == "exp":
        return _far_rate(case)
    means, deviations = case.y.mean(axis=0, dtype=np.float64), case.y.std(axis=0, dtype=np.float64)
    size = np.maximum(np.abs(means), deviations)
    # A loss is a sum over outputs: the largest one is the first to be learned.
    is_large = size.max() >= FAR
    output = int((size if is_large else deviations).argmax())
    decades = _decades(size[output]) if is_large else -_decades(deviations[output])
    if decades < math.log10(FAR):
        return None
    text = (
        f"y is far from unit scale (mean {means[output]:.3g}, standard deviation {deviations[output]:.3g}): write "
        f"TransformedTargetRegressor({case.name}(...), transformer=StandardScaler())."
    )
    return Cause(decades, text)


def _far_rate(case):
    means = case.y.mean(axis=0, dtype=np.float64)
    farthest = max(means, key=lambda mean: abs(_decades(mean)))
    decades = abs(_decades(farthest))
    if decades < math.log10(FAR):
        return None
    return Cause(
        decades,
        f"the mean of y is {farthest:.3g}, far from 1: fit y / {farthest:.3g}, and multiply what is predicted by it.",
    )


def _decades(size):
    """Return the logarithm of a size, 0 where there is none."""
    return math.log10(min(size, np.finfo(float).max)) if size > 0 else 0.0


def far_columns(case):
    """Columns of X are far from unit scale."""
    sizes, ranges = _scales(case.X)
    names = getattr(case.estimator, "feature_names_in_", np.arange(sizes.size))
    decades, which = _large_columns(sizes, names) if sizes.max() >= FAR else _tiny_columns(ranges, names)
    if not which:
        return None
    scaler = "StandardScaler(with_mean=False)" if issparse(case.X) else "StandardScaler()"
    text = f"X is far from unit scale ({which}): write make_pipeline({scaler}, {case.name}(...))."
    return Cause(decades, text)


def _large_columns(sizes, names):
    largest, n_far = int(sizes.argmax()), int(np.sum(sizes >= FAR))
    which = f"column {names[largest]!s} has root mean square {sizes[largest]:.3g}"
    which += f", the median column {np.median(sizes):.3g}" if sizes.size > 1 else ""
    which += f", and {n_far} of {sizes.size} are above {FAR:g}" if n_far > 1 else ""
    return _decades(sizes[largest]), which


def _tiny_columns(ranges, names):
    is_small = ranges.max() <= 1 / FAR  # all of X; otherwise one column may be lost beside others
    column = int((ranges if is_small else -np.where(ranges > 0, ranges, np.inf)).argmax())
    if not ranges[column] > 0 or not (is_small or ranges[column] <= SMALLEST_RANGE):
        return 0.0, None
    which = f"column {names[column]!s} is within {ranges[column]:.3g} of its mean"
    which += ", and so is every other" if is_small and ranges.size > 1 else ""
    return -_decades(ranges[column]), which


def _scales(X):
    """Return (root mean square, largest distance from the mean) of each column."""
    square = X.multiply(X) if issparse(X) else np.square(X, dtype=np.float64)
    mean, low, high = (_flat(part) for part in (X.mean(axis=0), X.min(axis=0), X.max(axis=0)))
    return np.sqrt(_flat(square.mean(axis=0))), np.where(high > low, np.maximum(high - mean, mean - low), 0)


def _flat(columns):
    return np.asarray(columns.toarray() if issparse(columns) else columns, np.float64).ravel()


def stopped_at_the_start(case):
    """Early stopping, or a stall of the loss, has ended training in its first epochs."""
    trace, estimator = case.trace, case.estimator
    if trace.status not in (Status.STOPPED_EARLY, Status.CONVERGED):
        return None
    patience, is_large = estimator.n_iter_no_change, estimator.tol > USUAL_TOL
    if trace.status == Status.CONVERGED and not is_stochastic(estimator):
        text = f"no element of the gradient was larger than tol={estimator.tol:g} after {trace.n_steps} iterations"
        return Cause(1 + _decades(estimator.tol / USUAL_TOL), f"{text}: lower tol.") if is_large else None
    if not is_large and (trace.n_epochs > 5 * patience or trace.n_steps >= ENOUGH_STEPS):
        return None
    ways = ["lower tol"] if is_large else []
    ways += ["write early_stopping='loss'"] if estimator.early_stopping is True else []
    ways += [f"raise n_iter_no_change to {10 * patience}"]
    text = (
        f"training ended after {trace.n_epochs} epochs ({trace.n_steps} steps), when more than "
        f"n_iter_no_change={patience} in a row had not improved by tol={estimator.tol:g}: {' and '.join(ways)}"
    )
    text += ", or lower batch_size." if is_stochastic(estimator) else "."
    decades = max(_decades(ENOUGH_STEPS / max(trace.n_steps, 1)), 1 + _decades(estimator.tol / USUAL_TOL))
    return Cause(decades, text)


def small_rate(case):
    """The learning rate is tiny, or has ended."""
    if not is_stochastic(case.estimator):
        return None
    rate, (smallest, _) = float(case.estimator.learning_rate_init), USUAL_RATES[case.estimator.optimizer]
    name, total = case.estimator.learning_rate, case.trace.total_rate
    if total < MOVEMENT and (rate < smallest or name == "invscaling"):
        text = f"learning rates are tiny (learning_rate_init={rate:g}, the sum over all {case.trace.n_steps} steps is "
        text += f"{total:.1g}): raise learning_rate_init" + (", or lower power_t." if name == "invscaling" else ".")
        return Cause(_decades(MOVEMENT / total) if total > 0 else 10.0, text)
    if has_ended(name, case.trace.last_rate, n_epochs=0, max_iter=1):  # by its rate, not by its epochs
        text = f"learning_rate={name!r} has ended at {case.trace.last_rate:.1g}: raise n_iter_no_change or lower tol."
        return Cause(1.0, text)
    return None


def large_rate(case):
    """The learning rate is so large that steps jump over what is to be found."""
    if not is_stochastic(case.estimator):
        return None
    rate, (_, largest) = float(case.estimator.learning_rate_init), USUAL_RATES[case.estimator.optimizer]
    if rate < largest:
        return None
    text = f"learning_rate_init={rate:g} is large for {case.estimator.optimizer!r}: lower it, the default is 0.001."
    return Cause(math.log10(rate / largest) + 1, text)


def shrunk_weights(case):
    """Alpha has shrunk the weights to next to nothing, or leaves the data no say."""
    trace, estimator = case.trace, case.estimator
    if not trace.alpha > 0 or (estimator.penalty is None and estimator.decay is None):
        return None
    alpha = trace.alpha * trace.alpha_unit
    total = alpha * trace.total_rate  # D
    if estimator.decay and not DECAYS[estimator.decay].follows_base_rate:
        total /= float(estimator.learning_rate_init)
    strength = total / TOTAL_SHRINKAGE if estimator.decay else alpha / LARGE_ALPHA
    is_shrunk = trace.shrinkage < SHRUNK and trace.n_epochs > 0
    if strength < (LEAST_STRENGTH if is_shrunk else 1.0):
        return None
    is_auto = isinstance(estimator.alpha, str)
    name = f"alpha='auto', here {trace.alpha:.3g}," if is_auto else f"alpha={trace.alpha:g}"
    text = f"{name} {'shrinks the weights' if is_shrunk else 'is large'} (‖W‖ ended at "
    text += f"{trace.shrinkage:.2g} of its start{f', λ·Ση is {total:.3g}' if is_stochastic(estimator) else ''})"
    return Cause(max(0.5, 2 + _decades(strength)), f"{text}: lower alpha.")


def few_steps(case):
    """There were too few steps."""
    trace, estimator = case.trace, case.estimator
    if trace.status != Status.MAX_ITER or trace.n_steps >= ENOUGH_STEPS:
        return None
    limit = "max_iter" if is_stochastic(estimator) or trace.n_epochs == estimator.max_iter else "max_fun"
    text = f"there were few steps ({trace.n_steps}): raise {limit} above {getattr(estimator, limit)}"
    text += ", or lower batch_size." if is_stochastic(estimator) else "."
    return Cause(_decades(ENOUGH_STEPS / max(trace.n_steps, 1)), text)


def narrow_network(case):
    """The hidden layers are many, or let next to nothing through."""
    sizes = np.ravel(case.estimator.hidden_layer_sizes).astype(int).tolist()
    if not sizes or (len(sizes) < DEEP and min(sizes) > NARROW):
        return None
    text = f"the hidden layers are many or narrow (of {', '.join(map(str, sizes))} units): take fewer, or wider ones."
    return Cause(0.3 * len(sizes), text)


def large_dropout(case):
    """Hardly a unit is left in training."""
    rate = max(dropout_rates(case.estimator, np.size(case.estimator.hidden_layer_sizes)), default=0.0)
    if rate < LARGE_DROPOUT:
        return None
    text = f"dropout={case.estimator.dropout} silences {rate:.3g} of the units of a layer at a time: lower it."
    return Cause(-math.log10(1 - rate), text)


def wide_average(case):
    """The average of the weights is that of all steps, also of those where nothing was learned yet."""
    decay_rate, n_steps = float(case.estimator.weight_averaging), case.trace.n_steps
    memories = (1 - decay_rate) * n_steps
    if decay_rate == 0 or not 0 < memories < MEMORIES:
        return None
    text = f"weight_averaging={decay_rate:g} takes in all {n_steps} steps, the first ones too: lower it to "
    return Cause(max(0.5, -math.log10(memories)), f"{text}{max(0, 1 - 10 / n_steps):.3g}, or train longer.")


def overfitted(case):
    """The network fits the samples that it is trained on, and not new ones."""
    if not case.trace.training_loss < OVERFITTED:
        return None
    text = (
        f"the network fits the training samples (a loss of {case.trace.training_loss:.2g} of the constant's) and not "
    )
    text += "others: raise alpha, lower max_iter, take fewer units, or get more samples."
    return Cause(1.0, text)


CAUSES: list[Callable] = [  # Case → Cause, or None where it does not hold
    constant_columns,
    shrunk_weights,
    far_target,
    far_columns,
    small_rate,
    large_rate,
    stopped_at_the_start,
    few_steps,
    narrow_network,
    large_dropout,
    wide_average,
    overfitted,
]
