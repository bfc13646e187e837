"""Whole trainings of PyTorch and optax, which tests/data/peers/record.py ran, step for step the same here."""

import json
from pathlib import Path

import numpy as np
import pytest

from skl2 import MLPRegressor
from skl2._training.parameters import layer_views

RECORD = json.loads((Path(__file__).parents[1] / "data/peers/trajectories.json").read_text(encoding="utf-8"))
X, Y, START = (np.array(RECORD[name]) for name in ("X", "Y", "start"))
SIZES = np.array([3, 4, 2])


def train(settings):
    """Return params after training from START on mini-batches in their order."""
    model = MLPRegressor(activation="tanh", shuffle=False, tol=0.0, n_iter_no_change=np.inf, warm_start=True)
    model.set_params(**RECORD["settings"] | settings)
    model.set_params(alpha=0.0, max_iter=1).fit(X, Y)
    for ours, theirs in zip((model.coefs_, model.intercepts_), layer_views(START, SIZES), strict=True):
        for layer, start in zip(ours, theirs, strict=True):
            layer[:] = start
    model.set_params(**RECORD["settings"] | settings).fit(X, Y)
    return np.concatenate([layer.ravel() for layer in model.coefs_ + model.intercepts_])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", RECORD["trainings"])
def test_the_weights_of_a_peer(name):
    """Weights agree to rounding after 21 steps, and have moved by far more."""
    training = RECORD["trainings"][name]
    end = np.array(training["end"])
    np.testing.assert_allclose(train(training["settings"]), end, rtol=0, atol=1e-13)
    assert np.abs(end - START).max() > 0.1


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_each_setting_counts():
    """No two trainings end in the same weights, but for the two of one algorithm."""
    ends = np.array([training["end"] for training in RECORD["trainings"].values()])
    distances = np.abs(ends[:, np.newaxis] - ends).max(axis=2)
    assert np.sum(distances[np.triu_indices(len(ends), 1)] < 1e-5) == 1
