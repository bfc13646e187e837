"""Rates of dropout, as users give them, and the seed of its masks."""

import re

import numpy as np
import pandas as pd
import pytest

from skl2 import MLPRegressor
from skl2._inputs.dropout import LARGEST_SEED, draw_seed, dropout_rates, drops

BAD = [
    np.array(0.1),
    [0.1, 1.0],
    [-0.1],
    [None],
    ["0.1"],
    [True],
    [[0.1]],
    {0.1},
    {0.1: 1},
    [np.nan],
    [0.5j],
    np.array([[0.1]]),
    "ab",
]


@pytest.mark.parametrize(
    ("dropout", "n_hidden", "expected"),
    [
        (0.25, 2, [0.25, 0.25]),
        (np.float32(0.25), 1, [0.25]),
        (0, 2, []),
        ([0.5, 0], 2, [0.5, 0.0]),
        ((0, 0.0), 2, []),
        (np.array([0.5]), 1, [0.5]),
        (pd.Series([0.5, 0.25]), 2, [0.5, 0.25]),
        (0.5, 0, []),
        ([], 0, []),
    ],
    ids=str,
)
def test_one_rate_for_each_hidden_layer(dropout, n_hidden, expected):
    """One serves all; where all are 0 there are none."""
    rates = dropout_rates(MLPRegressor(dropout=dropout), n_hidden)
    assert rates.tolist() == expected
    assert rates.dtype == np.float64


@pytest.mark.parametrize("dropout", BAD, ids=str)
def test_what_is_no_rate_is_refused(dropout):
    """With what was given, and what is allowed."""
    with pytest.raises(ValueError, match=re.escape("dropout must be a rate in [0, 1), or a sequence of one for each")):
        drops(MLPRegressor(dropout=dropout))


@pytest.mark.parametrize("dropout", [[0.1], [0.1, 0.1, 0.1], []], ids=str)
def test_as_many_rates_as_hidden_layers(dropout):
    """Else both numbers are said."""
    message = f"dropout must be one rate, or one for each of the 2 hidden layers; got {dropout!r}."
    with pytest.raises(ValueError, match=re.escape(message)):
        MLPRegressor(hidden_layer_sizes=(3, 4), dropout=dropout).fit([[0.0], [1.0]], [0.0, 1.0])


def test_seeds_have_62_bits():
    """They are ints that both words of a key come from."""
    seeds = [draw_seed(np.random.RandomState(seed)) for seed in range(20)]
    assert all(isinstance(seed, int) and 0 <= seed < LARGEST_SEED for seed in seeds)
    assert len({seed >> 32 for seed in seeds}) == len({seed & 0xFFFFFFFF for seed in seeds}) == 20


@pytest.mark.parametrize("method", ["fit", "path"])
def test_lbfgs_has_no_dropout(method):
    """It is refused, with what to write instead."""
    model = MLPRegressor(optimizer="lbfgs", dropout=[0.0, 0.5], hidden_layer_sizes=(3, 3))
    with pytest.raises(ValueError, match=r"^dropout=\[0.0, 0.5\] silences .* Write dropout=0, or take"):
        getattr(model, method)([[0.0], [1.0]], [0.0, 1.0])
