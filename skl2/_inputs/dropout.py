"""Rates of dropout, one for each hidden layer, and the seed of its masks."""

import math
from collections.abc import Mapping, Set
from numbers import Real

import numpy as np

LARGEST_SEED = 2**62


def drops(estimator):
    """Whether units are silent in training."""
    return any(rate > 0 for rate in _listed(estimator))


def dropout_rates(estimator, n_hidden):
    """Return (n_hidden,) rates, or (0,) where all are 0: there is no dropout then."""
    rates = _listed(estimator)
    if isinstance(estimator.dropout, Real):
        rates *= n_hidden
    elif len(rates) != n_hidden:
        raise ValueError(
            f"dropout must be one rate, or one for each of the {n_hidden} hidden layers; got {estimator.dropout!r}."
        )
    return np.array(rates if any(rates) else [], float)


def draw_seed(random_state):
    """Return a seed for the masks, an int."""
    return int(random_state.randint(LARGEST_SEED, dtype=np.int64))


def _listed(estimator):
    """Return the rates in a list, one where there is one for all layers."""
    dropout = estimator.dropout
    has_order = not isinstance(dropout, (Real, Mapping, Set)) and getattr(dropout, "ndim", 1) == 1
    rates = list(dropout) if has_order else [dropout]
    if not all(map(_is_rate, rates)):
        raise ValueError(
            f"dropout must be a rate in [0, 1), or a sequence of one for each hidden layer; got {dropout!r}."
        )
    return [float(rate) for rate in rates]


def _is_rate(rate):
    is_number = isinstance(rate, Real) and not isinstance(rate, (bool, np.bool_, np.timedelta64))
    return is_number and math.isfinite(rate) and 0 <= rate < 1
