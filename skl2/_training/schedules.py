"""Learning rates: η_t of every mini-batch of epochs, as multiples of the base rate.

partial_fit goes on where a schedule stands, and begins it anew once it has ended (`has_ended`); so does a fit with
warm_start, which begins the epochs of 'cosine' anew in any case.
To add one: a function of the clock and a row of SCHEDULES.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

SMALLEST_ADAPTIVE_RATE = 1e-6  # where 'adaptive' gives up, as in scikit-learn


class Clock(NamedTuple):
    """Where epochs that follow one another stand in the training of one network."""

    n_batches: int  # mini-batches of an epoch
    n_epochs_before: np.ndarray  # (n_epochs,): before each of them
    max_iter: int  # epochs planned
    n_samples_before: np.ndarray  # (n_epochs,): samples before each, `t_` of an estimator
    power_t: float


def make_clock(plan, n_batches, n_epochs, n_samples, progress):
    """Return the Clock of the next n_epochs, of n_samples each."""
    numbers = np.arange(n_epochs)
    before = progress.n_epochs_seen + numbers, progress.n_samples_seen + n_samples * numbers
    return Clock(n_batches, before[0], plan.max_iter, before[1], plan.power_t)


def constant(clock):
    """1. Also 'adaptive', where the base rate falls whenever training stalls (`Progress`)."""
    return np.ones((clock.n_epochs_before.size, clock.n_batches))


def invscaling(clock):
    """1 / (samples seen + 1)**power_t, constant in an epoch, as in scikit-learn."""
    with np.errstate(over="ignore"):  # of a large power_t: the rate is then 0
        # One by one: numpy's power of an array may differ from theirs in the last bit.
        rates = [1 / np.float64(n_samples + 1) ** clock.power_t for n_samples in clock.n_samples_before.tolist()]
    return np.tile(np.array(rates)[:, np.newaxis], clock.n_batches)


def cosine(clock):
    """½ (1 + cos(π t / T)), Loshchilov & Hutter (2017, SGDR): from 1 to 0 over max_iter epochs, then 0."""
    epochs = np.add.outer(clock.n_epochs_before, np.arange(clock.n_batches) / clock.n_batches)
    return 0.5 * (1 + np.cos(np.pi * np.minimum(epochs / clock.max_iter, 1)))


class Schedule(NamedTuple):
    """A row of SCHEDULES."""

    rates: Callable  # Clock → (n_epochs, n_batches) multiples of the base rate
    adaptive: bool = False  # whether the base rate falls when training stalls
    ends_at_max_iter: bool = False  # whether training is complete there, rather than not converged


SCHEDULES = {
    "constant": Schedule(constant),
    "invscaling": Schedule(invscaling),
    "adaptive": Schedule(constant, adaptive=True),
    "cosine": Schedule(cosine, ends_at_max_iter=True),
}


def has_ended(name, rate, n_epochs, max_iter):
    """Whether a schedule of this base rate has nothing left after so many epochs."""
    schedule = SCHEDULES[name]
    is_spent = schedule.adaptive and rate <= SMALLEST_ADAPTIVE_RATE
    return is_spent or (schedule.ends_at_max_iter and n_epochs >= max_iter)
