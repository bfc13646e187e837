"""Proximal steps are the minimisers that they are defined as, in the metric of the optimizer before them."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skl2._kernels.optimizers import OPTIMIZERS, Optimizer, Step
from skl2._kernels.proximal import (
    NO_GROUPS,
    Groups,
    adam_of_group,
    count_groups,
    find_columns,
    shrink,
    size_of_sgd,
    step_group,
)

RANDOM = np.random.default_rng(0)
UNITS = 4
COLUMNS = np.array([2, 0])  # of three: a group need not lie in one piece


def make_optimizer(name, nesterov=False):
    """An Optimizer with ordinary settings."""
    return Optimizer(OPTIMIZERS[name].code, 0.9, nesterov, 0.9, 0.99, 1e-8)


def draw(n_params=3 * UNITS):
    """Random (params, grad, moments), moments as after some steps."""
    params, grad = RANDOM.standard_normal((2, n_params))
    return params, grad, np.stack([RANDOM.standard_normal(n_params), RANDOM.random(n_params) + 0.1])


def rows_of(params):
    """Indices of the weights of the group in params."""
    return np.concatenate([np.arange(column * UNITS, (column + 1) * UNITS) for column in COLUMNS])


@pytest.mark.parametrize("name", ["adam", "sgd"])
@pytest.mark.parametrize("strength", [0.1, 1.0, 1e6])
def test_each_weight_is_the_minimiser(name, strength):
    """shrink(z) minimises λ|w| + (w - z)² / (2s): 0 lies in its subdifferential, s from the optimizer's metric."""
    optimizer, step = make_optimizer(name), Step(0.01, 0.0, 0.0, 3, reach=0.02)
    z, _, moments = draw()
    w = z.copy()
    shrink.function(optimizer, step, strength, w, moments)
    size = 0.01 / (np.sqrt(moments[1] / (1 - 0.99**3)) + 1e-8) if name == "adam" else np.full(z.size, 0.02)
    assert_allclose((z - w)[w != 0] / size[w != 0], strength * np.sign(w[w != 0]), rtol=1e-9)
    assert np.all(np.abs(z[w == 0]) <= size[w == 0] * strength)
    assert (strength < 1e6) == bool(np.any(w))


@pytest.mark.parametrize("name", ["adam", "sgd"])
@pytest.mark.parametrize("strength", [0.01, 1.0, 1e6])
def test_a_group_is_the_minimiser(name, strength):
    """Weights of a group minimise λ‖w‖ + ‖w - z‖² / (2s), z being the optimizer's step, and others stay."""
    optimizer, step = make_optimizer(name), Step(0.01, 0.5, 0.5, 3, reach=0.02)
    params, grad, moments = draw()
    z, old_moments = params.copy(), moments.copy()
    step_group.function(optimizer, step, (0.0, UNITS), COLUMNS, z, grad, old_moments)  # without λ: the step alone
    w, size = params.copy(), 0.02
    if name == "adam":
        size = adam_of_group.function(optimizer, step, (COLUMNS, UNITS), params.copy(), grad, moments.copy())
    step_group.function(optimizer, step, (strength, UNITS), COLUMNS, w, grad, moments)
    group = rows_of(w)
    norm = np.linalg.norm(w[group])
    assert (norm == 0) == (np.linalg.norm(z[group]) <= size * strength)
    if norm:
        assert_allclose((z - w)[group] / size, strength * w[group] / norm, rtol=1e-7)
    others = np.setdiff1d(np.arange(w.size), group)
    assert_array_equal(w[others], params[others])
    assert_array_equal(moments, old_moments)


def test_a_group_of_one_weight_has_adam():
    """Where a group is one weight, its step without λ is Adam's."""
    optimizer, (w, grad, moments) = make_optimizer("adam"), draw(1)
    m, v = 0.9 * moments[0] + 0.1 * grad, 0.99 * moments[1] + 0.01 * grad**2
    expected = w - 0.01 * m / (1 - 0.9**5) / (np.sqrt(v / (1 - 0.99**5)) + 1e-8)
    step_group.function(optimizer, Step(0.01, 0.0, 0.0, 5), (0.0, 1), np.array([0]), w, grad, moments)
    assert_allclose(w, expected, rtol=1e-12)
    assert_allclose(moments, [m, v], rtol=1e-12)


@pytest.mark.parametrize("nesterov", [False, True])
def test_reach_is_how_far_a_gradient_of_minus_one_goes(nesterov):
    """size_of_sgd is the change of a weight whose gradient was -1 in all steps, at rates that change."""
    optimizer, velocity, reach = make_optimizer("sgd", nesterov), 0.0, 0.0
    for rate in (0.1, 0.05, 0.01):
        velocity, reach = 0.9 * velocity + rate, 0.9 * reach + rate
        change = 0.9 * velocity + rate if nesterov else velocity
        assert math.isclose(size_of_sgd.function(optimizer, Step(rate, 0.0, 0.0, 1, reach)), change)


@pytest.mark.parametrize("name", ["adam", "sgd"])
def test_what_is_not_a_number_stays_so(name):
    """NaN is not shrunk to a zero that looks like a choice."""
    optimizer, step = make_optimizer(name), Step(0.01, 0.0, 0.0, 3, reach=0.02)
    params, grad, moments = draw()
    params[0] = math.nan
    w = params.copy()
    shrink.function(optimizer, step, 1.0, w, moments)
    assert np.isnan(w).tolist() == [True] + [False] * (w.size - 1)
    step_group.function(optimizer, step, (1.0, UNITS), COLUMNS, params, grad, moments)
    assert np.isnan(params[rows_of(params)]).all()


def test_groups_are_found():
    """find_columns gives the columns of each group; without groups there are none."""
    groups = Groups(np.array([3, 0, 1, 2]), np.array([0, 1, 3, 4]))
    assert [find_columns.function(groups, number).tolist() for number in range(3)] == [[3], [0, 1], [2]]
    assert (count_groups.function(groups), count_groups.function(NO_GROUPS)) == (3, 0)
