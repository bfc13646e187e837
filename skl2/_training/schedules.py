"""Learning rates: η_t of every mini-batch of epochs, as multiples of the base rate.

partial_fit goes on where a schedule stands, and begins it anew once it has ended (`has_ended`); so does a fit with
warm_start, which begins the epochs of 'cosine' anew in any case.
To add one: a function of the clock and a row of SCHEDULES.
"""

import math
import sys
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

SMALLEST_ADAPTIVE_RATE = 1e-6  # where 'adaptive' gives up, as in scikit-learn
# 'one_cycle': what share of the steps the rate rises, from which part of its peak, and to which part of that it falls.
RISING, FIRST, LAST = 0.3, 1 / 25, 1e-4


class Clock(NamedTuple):
    """Where epochs that follow one another stand in the training of one network, once it has warmed up."""

    epochs: np.ndarray  # (n_epochs, n_batches): before each mini-batch
    n_samples: np.ndarray  # (n_epochs,): seen before each epoch, `t_` of an estimator
    max_iter: float  # epochs planned
    power_t: float
    T_0: float
    T_mult: int


def learning_rates(plan, n_batches, n_samples, n_epochs_before, n_samples_before):
    """Return (n_epochs, n_batches): the multiples of the base rate in epochs of n_samples each.

    n_epochs_before, n_samples_before (n_epochs,): what was before each of them. The rates rise in a line from 0 for
    `warmup_epochs`, while the clock of the schedule stands at 0; then that has the epochs that are left.
    """
    epochs = np.add.outer(n_epochs_before, np.arange(n_batches) / n_batches)
    warmup = float(plan.warmup_epochs)
    clock = Clock(
        np.maximum(epochs - warmup, 0),
        np.maximum(n_samples_before - warmup * n_samples, 0),
        plan.max_iter - warmup if plan.max_iter > warmup else plan.max_iter,
        *(plan.power_t, float(plan.T_0), plan.T_mult),
    )
    rates = SCHEDULES[plan.learning_rate].rates(clock)
    return rates * (np.minimum(epochs, warmup) / warmup) if warmup > 0 else rates


def constant(clock):
    """1. Also 'adaptive', where the base rate falls whenever training stalls (`Progress`)."""
    return np.ones(clock.epochs.shape)


def invscaling(clock):
    """1 / (samples seen + 1)**power_t, constant in an epoch, as in scikit-learn."""
    with np.errstate(over="ignore"):  # of a large power_t: the rate is then 0
        # One by one: numpy's power of an array may differ from theirs in the last bit.
        rates = [1 / np.float64(n_samples + 1) ** clock.power_t for n_samples in clock.n_samples.tolist()]
    return np.tile(np.array(rates)[:, np.newaxis], clock.epochs.shape[1])


def cosine(clock):
    """½ (1 + cos(π t / T)), Loshchilov & Hutter (2017, SGDR): from 1 to 0 over max_iter epochs, then 0."""
    return anneal(_share(clock.epochs, clock.max_iter))


def cosine_restarts(clock):
    """½ (1 + cos(π t / T_i)) in cycle i of T_i = T_0 · T_multⁱ epochs, t epochs after its start: SGDR, eq. 5."""
    if clock.T_mult == 1:
        return anneal(_share(clock.epochs % clock.T_0, clock.T_0))
    number = _count_cycles(clock, clock.epochs)
    starts = np.array([_end_of_cycles(clock, n) for n in range(number.max(initial=0) + 1)])
    return anneal(_share(clock.epochs - starts[number], clock.T_0 * float(clock.T_mult) ** number))


def linear(clock):
    """1 - t / T: from 1 to 0 over max_iter epochs, then 0."""
    return 1 - _share(clock.epochs, clock.max_iter)


def one_cycle(clock):
    """Smith & Topin (2018, arXiv:1708.07120), by two half cosines as PyTorch's OneCycleLR, in which 1 is the peak.

    Step k of K rises from 1/25 until k = 0.3 K - 1, and falls to 1/25 · 10⁻⁴ at k = K - 1.
    """
    n_batches = clock.epochs.shape[1]
    step, last = clock.epochs * n_batches, clock.max_iter * n_batches - 1
    peak = RISING * (last + 1) - 1
    rising = 1 - (1 - FIRST) * anneal(_share(step, peak))
    falling = FIRST * LAST + (1 - FIRST * LAST) * anneal(_share(step - peak, last - peak))
    return np.where(step < peak, rising, falling)


def anneal(share):
    """Return ½ (1 + cos(π · share)), which falls from 1 to 0 as share rises from 0 to 1."""
    return 0.5 * (1 + np.cos(np.pi * share))


def _share(times, whole):
    """Return times / whole, from 0 to 1."""
    return np.clip(times / whole, 0, 1)


def _end_of_cycles(settings, n):
    """Return the epochs of the first n cycles, together: T_0 (1 + T_mult + T_mult² + …)."""
    T_mult = int(min(settings.T_mult, sys.maxsize))
    return float(min(settings.T_0, sys.maxsize)) * (n if T_mult == 1 else (T_mult**n - 1) // (T_mult - 1))


def _count_cycles(settings, epochs):
    """Return how many cycles are complete after so many epochs (n_epochs, …)."""
    ends = [_end_of_cycles(settings, 1)]
    while ends[-1] <= np.max(epochs, initial=0):
        ends.append(_end_of_cycles(settings, len(ends) + 1))
    return np.searchsorted(ends, epochs, side="right")


class Schedule(NamedTuple):
    """A row of SCHEDULES."""

    rates: Callable  # Clock → (n_epochs, n_batches) multiples of the base rate
    adaptive: bool = False  # whether the base rate falls when training stalls
    ends_at_max_iter: bool = False  # whether nothing is left after that
    has_cycles: bool = False  # whether it falls and begins anew


SCHEDULES = {
    "constant": Schedule(constant),
    "invscaling": Schedule(invscaling),
    "adaptive": Schedule(constant, adaptive=True),
    "cosine": Schedule(cosine, ends_at_max_iter=True),
    "cosine_restarts": Schedule(cosine_restarts, has_cycles=True),
    "linear": Schedule(linear, ends_at_max_iter=True),
    "one_cycle": Schedule(one_cycle, ends_at_max_iter=True),
}


def count_cycles(plan, n_epochs):
    """Return how many cycles of 'cosine_restarts' are complete after so many epochs; 0 of other schedules."""
    epochs = (min(n_epochs, sys.maxsize) - float(plan.warmup_epochs)) * (1 + 1e-12)  # T_0 of short runs is a fraction
    if not SCHEDULES[plan.learning_rate].has_cycles or epochs <= 0:
        return 0
    return int(epochs // _end_of_cycles(plan, 1) if plan.T_mult == 1 else _count_cycles(plan, epochs))


def end_of_cycles(plan, n):
    """Return how many epochs the warm-up and n cycles of 'cosine_restarts' take."""
    return math.ceil((float(plan.warmup_epochs) + _end_of_cycles(plan, n)) / (1 + 1e-12))


def sum_of_cycles(plan, n_batches):
    """Return the sum of the learning rates of 'cosine_restarts' over max_iter epochs, as multiples of the base rate.

    N mini-batches of a cycle have (N + 1) / 2; of the last cycle there may be r mini-batches, with
    Σ_{k<r} cos(π k / N) = ½ + ½ sin(π (r - ½) / N) / sin(π / 2N). Of a warm-up that is no whole number, almost.
    """
    warmup = min(plan.warmup_epochs, plan.max_iter) * n_batches
    rising = max(0.0, warmup * (warmup - 1) / (2 * plan.warmup_epochs * n_batches)) if warmup else 0.0
    n = count_cycles(plan, plan.max_iter)
    complete = _end_of_cycles(plan, n) * n_batches
    rest = max(0.0, plan.max_iter * n_batches - warmup - complete)
    angle = math.pi / (plan.T_0 * float(plan.T_mult) ** n * n_batches)
    cosines = 0.5 + 0.5 * math.sin((rest - 0.5) * angle) / math.sin(0.5 * angle)
    return rising + 0.5 * (complete + n + rest + cosines)


def is_complete_at_max_iter(plan):
    """Whether training is complete at max_iter: where a schedule ends, or a cycle."""
    if SCHEDULES[plan.learning_rate].has_cycles:
        return count_cycles(plan, plan.max_iter) > count_cycles(plan, plan.max_iter - 1)
    return SCHEDULES[plan.learning_rate].ends_at_max_iter


def has_ended(name, rate, n_epochs, max_iter):
    """Whether a schedule of this base rate has nothing left after so many epochs."""
    schedule = SCHEDULES[name]
    is_spent = schedule.adaptive and rate <= SMALLEST_ADAPTIVE_RATE
    return is_spent or (schedule.ends_at_max_iter and n_epochs >= max_iter)
