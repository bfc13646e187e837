"""The values of alpha to try: those the user gives, or a grid in the language of the mechanism.

penalty='l2':       λ from 1e-5 to 1, its strength beside a loss of order 1.
decay='decoupled':  λ = D / Σ_t η_t, where D is the total shrinkage: a weight that the data leave alone ends at exp(-D)
                    of its start. D from 0.03 to 30, whatever the learning rate, the batch size and the data size.
                    'cautious' the same; 'independent' with η_t / η_0, the multiples of learning_rate_init.

penalty='l1', 'group_l1': λ from 0.01·λ_max to λ_max, of the gradient at W₁ = 0 (_estimators/largest_alpha.py).

Both ranges hold what cross-validation chose on eight data sets of up to 1000 samples (docs/study): mostly λ of 1e-3 to
0.03, and D of 0.3 to 30. More samples want smaller λ of the penalty, in proportion to 1/n where it is a prior.
"""

import math
from itertools import pairwise
from numbers import Integral
from typing import NamedTuple

import numpy as np

from skl2._inputs.memory import check_memory
from skl2._inputs.settings import alpha_unit, make_plan
from skl2._inputs.steps import check_steps
from skl2._inputs.strengths import (
    DECAYS,
    NO_EFFECT_IN_FLOAT32,
    base_shrinkage,
    check_mechanism,
    check_step,
    check_unit,
)
from skl2._training.schedules import SCHEDULES, learning_rates, sum_of_cycles

L2_RANGE = (1e-5, 1.0)
SHRINKAGE_RANGE = (0.03, 30.0)
SPARSE_RANGE = 0.01  # smallest λ of a penalty that makes weights zero, as a share of the one that makes all zero
EXACT_EPOCHS = 1000  # after so many, Ση takes them in blocks of 1 %: schedules are smooth, and max_iter may be 10**9
BYTES_PER_NETWORK = 2000  # at least: objects and curves of each
AUTO_SHRINKAGE = 3.0  # D of alpha='auto'
LARGEST_STEP = 0.5  # of η·λ: a larger one halves all weights in each step, and at 1 they vanish


class Grid(NamedTuple):
    """Values of alpha, and what they mean."""

    alphas: np.ndarray  # (n_alphas,)
    total_rate: float | None  # Σ_t η_t over the epochs allowed, where weights decay: D = alpha · total_rate
    description: str
    unit: float = 1.0  # λ / alpha

    def between(self, place):
        """Return the alpha at a place between two values, numbered from 0: in equal ratios, of 0 the nearer one."""
        low, high = self.alphas[[int(np.floor(place)), int(np.ceil(place))]]
        share = place - np.floor(place)
        if low == 0 or high == 0:
            return float(low if share < 0.5 else high)
        return float(low ** (1 - share) * high**share)

    def to_train(self, continued=False):
        """Return (each value once, in the order of their first places; the number among them of each value).

        Where each network goes on from the one before, all values as they are.
        """
        if continued:
            return self.alphas, np.arange(self.alphas.size)
        values, first, numbers = np.unique(self.alphas, return_index=True, return_inverse=True)
        order = np.argsort(first)
        return values[order], np.argsort(order)[numbers]

    def take(self, key):
        """Return some of the values."""
        _, *meaning = self.description.split("; ", 1)
        return self._replace(alphas=self.alphas[key], description="; ".join(["alpha as given", *meaning]))


def is_count(alphas):
    """Whether alphas says how many values there are to be."""
    return isinstance(alphas, Integral) and not isinstance(alphas, (bool, np.timedelta64))


def make_grid(estimator, alphas, n_samples, kind="alpha as given", largest=None, fewest=None):
    """Return the Grid for training on n_samples: `alphas` themselves, of a kind, or as many values as an int says.

    largest: the end of a default grid where the penalty makes weights zero; fewest: samples in the smallest fold, where
    λ is largest if it is in units of the steps.
    """
    check_mechanism(estimator)
    check_steps(estimator)
    check_unit(estimator)
    if estimator.penalty is None and estimator.decay is None:
        raise ValueError(
            "With penalty=None and without decay, alpha has no effect: all networks would be the same. Write "
            "penalty='l2' or decay='decoupled'."
        )
    unit, largest_unit = alpha_unit(estimator, n_samples), alpha_unit(estimator, fewest or n_samples)
    total_rate = unit * sum_of_shrinkage(estimator, n_samples) if estimator.decay else None
    if is_count(alphas):
        values = _default_alphas(alphas, _range_of(estimator, total_rate, (unit, largest_unit), largest))
        kind = f"alpha = 0, and {values[1]:.3g} to {values[-1]:.3g}"
    else:
        values = check_alphas(alphas)
    check_step(estimator, values.max(), largest_unit)
    return Grid(values, total_rate, _describe(kind, total_rate, unit, estimator), unit)


def _default_alphas(n_alphas, ends):
    if n_alphas < 2:
        raise ValueError(
            f"An int says how many values of alpha to try, 0 among them: at least 2; got alphas={n_alphas}. For one "
            "value write a list."
        )
    check_memory(BYTES_PER_NETWORK * int(n_alphas), f"alphas={n_alphas}, with a network for each,")
    low, high = ends
    return np.concatenate([[0.0], np.geomspace(high, low, n_alphas - 1)[::-1]])  # of one, the largest


def _range_of(estimator, total_rate, units, largest):
    """Return the smallest and the largest alpha of a default grid; units: λ / alpha, and the largest of any fold."""
    if total_rate is not None:
        return _decay_range(total_rate, units, estimator)
    low, high = L2_RANGE if largest is None else (SPARSE_RANGE * largest, largest)
    return low / units[0], high / units[0]


def _decay_range(total_rate, units, estimator):
    """Return the smallest and the largest alpha of a default grid."""
    learning_rate = estimator.learning_rate_init
    rate, largest_rate = (unit * base_shrinkage(estimator) for unit in units)
    if total_rate == 0:
        raise ValueError(
            f"The learning rates of all steps in max_iter={estimator.max_iter} epochs with warmup_epochs="
            f"{estimator.warmup_epochs} are 0, so that no alpha shrinks the weights. Raise max_iter, lower "
            "warmup_epochs, or write values of alpha yourself."
        )
    low, high = (shrinkage / total_rate for shrinkage in SHRINKAGE_RANGE)
    if not math.isfinite(high):
        raise ValueError(
            f"learning_rate_init={learning_rate} is so small that no alpha shrinks the weights. Raise it, or write the "
            "values of alphas in a list."
        )
    if not low > 0:
        raise ValueError(
            f"learning_rate_init={learning_rate} is so large that any alpha shrinks the weights to nothing. Lower it, "
            "or write the values of alphas in a list."
        )
    high = min(high, LARGEST_STEP / largest_rate)
    low = min(low, high / 10)  # of few steps at low rates D is small at any alpha
    smallest = NO_EFFECT_IN_FLOAT32 / rate
    return (max(low, smallest) if smallest < high else low), high


def resolve_alpha(estimator, n_samples):
    """Return λ, a number or one for each layer; 'auto' is D / Σ_t η_t with D = 3: weights left alone end at 5 %.

    One network cannot ask folds; D is within the window of 1 to E epochs of memory in which Wang and Aitchison (2024,
    arXiv:2405.13698) find the best decay of networks of many sizes.
    """
    if estimator.normalized_alpha:
        unit = alpha_unit(estimator, n_samples)
        check_step(estimator, np.max(estimator.alpha), unit)
        return unit * np.asarray(estimator.alpha, np.float64)
    if not isinstance(estimator.alpha, str):
        return estimator.alpha
    total_rate = sum_of_shrinkage(estimator, n_samples)
    _, high = _decay_range(total_rate, (1.0, 1.0), estimator)
    return min(AUTO_SHRINKAGE / total_rate, high)


def check_alphas(alphas):
    """Return alphas (n_alphas,) float64 if they are what alpha may be."""
    try:
        if np.asarray(alphas).dtype.kind in "cmM":  # numpy would drop imaginary parts, and units of time
            raise TypeError
        values = np.array(alphas, dtype=np.float64)  # a copy: the path keeps it
    except (OverflowError, TypeError, ValueError):
        values = np.empty(0)
    if values.ndim != 1 or not values.size or not np.all((values >= 0) & np.isfinite(values)):
        advice = "a λ for each layer is a value of alpha, and GridSearchCV takes a list of them; "
        raise ValueError(
            "alphas must be an int (so many values on a default grid), or a one-dimensional array-like of finite "
            f"numbers >= 0; {advice if values.ndim == 2 else ''}got {alphas!r}."
        )
    return values


def sum_of_shrinkage(estimator, n_samples):
    """Return by what multiple of λ the steps of max_iter epochs shrink weights, together: Σ_t η_t or Σ_t η_t / η_0.

    For 'adaptive', which no one can foresee, without its cuts.
    """
    plan = make_plan(estimator, n_samples, incremental=False)
    n_batches = -(-n_samples // plan.batch_size)
    if SCHEDULES[plan.learning_rate].has_cycles and plan.max_iter > EXACT_EPOCHS:  # not smooth
        return base_shrinkage(estimator) * sum_of_cycles(plan, n_batches)
    total = 0.0
    for first, stop in pairwise(_blocks_of_epochs(plan.max_iter)):
        middle = np.array([(first + stop - 1) / 2])
        rates = learning_rates(plan, n_batches, n_samples, middle, middle * n_samples)
        total += (stop - first) * float(np.sum(rates))
    return base_shrinkage(estimator) * total


def _blocks_of_epochs(max_iter):
    """Return where blocks of epochs begin, and where the last ends: each epoch is one, until there are many."""
    edges = list(range(min(max_iter, EXACT_EPOCHS) + 1))
    while edges[-1] < max_iter:
        edges.append(min(max_iter, int(1.01 * edges[-1])))
    return edges


def _describe(kind, total_rate, unit, estimator):
    if estimator.normalized_alpha:
        kind += f"; λ = alpha · √(b/nE) = alpha · {unit:.3g}"
    if total_rate is None:
        return kind
    total, of_rates = "Ση", "the sum of all learning rates"
    if not DECAYS[estimator.decay].follows_base_rate:
        total, of_rates = "Ση/η₀", "their sum in units of learning_rate_init"
    strength = "λ" if estimator.normalized_alpha else "alpha"
    return f"{kind}; D = {strength} · {total} is the total shrinkage, {total} = {total_rate / unit:.3g} {of_rates}"
