"""Proximal steps: what penalties without a gradient at 0 add to the optimizer's, so that weights become exactly 0.

An optimizer's step is W ← W - s·direction, where the direction is an average of gradients. A proximal step in the same
metric s follows it::

    penalty='l1'         w ← sign(w)·max(0, |w| - s·λ)           for each weight
    penalty='group_l1'   W_g ← W_g·max(0, 1 - s·λ_g / ‖W_g‖)     for the weights that leave the columns of group g

Its fixed points are those of the penalised loss, whatever the optimizer (ProxGen: Yun, Lozano & Yang, 2021,
arXiv:2007.07714). Adam's s is η / (√v̂ + ε), one for each weight. The weights of a group share one, from the mean of
their squared gradients, for which the second step is exact: with a metric of each weight it needs a root of an equation
for each group and step (Deleu & Bengio, 2021, arXiv:2102.03869), and found no better columns. SGD's s is how far its
step would move a weight if all gradients so far had been -1: what velocity has gathered of the loss, s has of λ.
"""

import math
from typing import NamedTuple

import numpy as np

from skl2._compilation.jit import kernel
from skl2._compilation.signature import array
from skl2._kernels.optimizers import ADAM, Step, correct_bias, find_piece, sgd
from skl2._kernels.sums import total_of_squares


class Groups(NamedTuple):
    """Which input columns belong together; all arrays are empty where no group is penalised."""

    columns: array(1, "intp")  # (n_features,): numbers of columns, group by group
    starts: array(1, "intp")  # (n_groups + 1,): where in `columns` each group begins, and where the last ends


NO_GROUPS = Groups(np.empty(0, np.intp), np.empty(0, np.intp))


@kernel
def count_groups(groups):
    """Return the number of groups."""
    return max(groups.starts.size - 1, 0)


@kernel
def find_columns(groups, number):
    """Return the columns of a group."""
    return groups.columns[groups.starts[number] : groups.starts[number + 1]]


@kernel
def group_strength(strength, columns):
    """Return λ_g = λ·√(number of columns), so that large groups are no cheaper (Yuan & Lin, 2006)."""
    return strength * math.sqrt(columns.size)


@kernel
def group_norm(columns, units, params):
    """Return ‖W_g‖ of a group of columns; params begin with the weights of the first layer, (n_features, units)."""
    squares = 0.0
    for column in columns:
        squares += total_of_squares(params[column * units : (column + 1) * units])
    return math.sqrt(squares)


@kernel
def step_group(optimizer, step, strength, columns, params, grad, moments):
    """Update the weights of a group and their moments, and shrink them; strength: (λ_g, units of the first layer)."""
    group_lambda, units = strength
    step = Step(step.learning_rate, 0.0, 0.0, step.count, step.reach)  # of λ there is only the one above
    if optimizer.code == ADAM:
        size = adam_of_group(optimizer, step, (columns, units), params, grad, moments)
    else:
        for column in columns:
            first, last = column * units, (column + 1) * units
            sgd(optimizer, step, params[first:last], grad[first:last], moments[0, first:last])
        size = size_of_sgd(optimizer, step)
    norm, threshold = group_norm(columns, units, params), size * group_lambda
    factor = 0.0 if norm <= threshold else 1.0 - threshold / norm  # written so that NaN passes
    for column in columns:
        weights = params[column * units : (column + 1) * units]
        for i in range(weights.size):
            weights[i] *= weights.dtype.type(factor)


@kernel
def adam_of_group(optimizer, step, where, params, grad, moments):
    """Adam with one second moment for all weights of a group, (columns, units) = where; return the size of its step."""
    columns, units = where
    number = params.dtype.type
    beta_1, beta_2 = number(optimizer.beta_1), number(optimizer.beta_2)
    new_1, new_2 = number(1.0 - optimizer.beta_1), number(1.0 - optimizer.beta_2)
    c1, c2 = number(correct_bias(optimizer.beta_1, step.count)), number(correct_bias(optimizer.beta_2, step.count))
    slope = group_norm(columns, units, grad)
    mean_square = number(slope * slope / (columns.size * units))
    v = beta_2 * moments[1, columns[0] * units] + new_2 * mean_square
    size = number(step.learning_rate) / (number(math.sqrt(v * c2)) + number(optimizer.epsilon))
    for column in columns:
        first, last = column * units, (column + 1) * units
        weights, slopes, m = params[first:last], grad[first:last], moments[0, first:last]
        for i in range(weights.size):
            m[i] = beta_1 * m[i] + new_1 * slopes[i]
            weights[i] -= size * (m[i] * c1)
            moments[1, first + i] = v
    return float(size)


@kernel
def size_of_sgd(optimizer, step):
    """Return how far SGD's step moves a weight if all gradients so far have been -1."""
    if optimizer.nesterov:
        return optimizer.momentum * step.reach + step.learning_rate
    return step.reach


@kernel
def shrink_layers(optimizer, step, l1, params, moments, sizes, where):
    """Shrink params[start:stop], (start, stop) = where, after a step; l1 (n_layers - 1,): λ of each layer's weights."""
    start, stop = where
    layer, border = 0, 0
    while layer < l1.size:
        strength = l1[layer]
        n, layer = find_piece(sizes, l1, l1, layer)
        first, last = max(start, border), min(stop, border + n)
        border += n
        if strength > 0 and first < last:
            shrink(optimizer, step, strength, params[first:last], moments[:, first:last])


@kernel
def shrink(optimizer, step, strength, params, moments):
    """params (n,), after a step ← sign(params)·max(0, |params| - s·strength); moments (n_moments, n)."""
    number = params.dtype.type
    if optimizer.code == ADAM:
        rate, epsilon = number(step.learning_rate * strength), number(optimizer.epsilon)
        c2 = number(correct_bias(optimizer.beta_2, step.count))
        for i in range(params.size):
            threshold = rate / (number(math.sqrt(moments[1, i] * c2)) + epsilon)
            params[i] = number(0) if abs(params[i]) <= threshold else params[i] - math.copysign(threshold, params[i])
    else:
        threshold = number(size_of_sgd(optimizer, step) * strength)
        for i in range(params.size):
            params[i] = number(0) if abs(params[i]) <= threshold else params[i] - math.copysign(threshold, params[i])
