"""The step, one function per optimizer, with both places of λ in its loop: the order of lines is the algorithm.

To add one: a code, a function, a branch of `take_step`, a row of OPTIMIZERS. Parameters of its own go into Optimizer.
"""

import math
from typing import NamedTuple

from skl2._compilation.jit import kernel

SGD, ADAM, LBFGS = range(3)


class Optimizer(NamedTuple):
    """What all networks in training share; one struct for all optimizers, so that one compilation serves them."""

    code: int
    momentum: float
    nesterov: bool
    beta_1: float
    beta_2: float
    epsilon: float
    decay_unit: float = 1.0  # a step shrinks weights by learning rate · λ · this
    cautious: bool = False  # whether decay spares the weights that a step drives away from 0
    averaging: float = 0.0  # decay rate of the moving average of params; 0: there is none


class Step(NamedTuple):
    """What differs from step to step and from network to network."""

    learning_rate: float
    l2: float  # λ of penalty='l2': the optimizer sees it in the gradient; for take_step one for each layer
    decay: float  # λ of decay: the weights shrink outside the gradient; the same
    count: int  # 1 for the first step
    reach: float = 0.0  # of SGD: how far a gradient of -1 in all steps so far moves its velocity


@kernel
def find_piece(sizes, first, second, layer):
    """Return (number of weights, layer after them): those from a layer on over which two strengths stay the same.

    first, second (n_layers - 1,): layer by layer, as l2 and decay, or l2 and l1.
    """
    n, after = 0, layer
    while after < first.size and first[after] == first[layer] and second[after] == second[layer]:
        n += sizes[after] * sizes[after + 1]
        after += 1
    return n, after


@kernel
def take_step(optimizer, step, params, grad, moments, sizes, where):
    """Update params[start:stop], (start, stop) = where, and their moments.

    λ acts on the weights, with step.l2 and step.decay (n_layers - 1,) layer by layer, never on the intercepts after
    them. params, grad (n_params,); moments (n_moments, n_params); sizes (n_layers,): units per layer.
    """
    start, stop = where
    layer, border, l2, decay = 0, 0, 0.0, 0.0
    while start < stop:
        if layer < step.l2.size:  # layers of one λ are one piece: a loop as long as can be
            l2, decay = step.l2[layer], step.decay[layer]
            n, layer = find_piece(sizes, step.l2, step.decay, layer)
            border += n
        else:
            l2, decay, border = 0.0, 0.0, params.size
        last = border if border < stop else stop
        if start >= last:
            continue
        part = Step(step.learning_rate, l2, decay * optimizer.decay_unit, step.count)
        # Slices, so that the loops over them begin at 0: only so does the compiler know that no index is negative, and
        # vectorise them (twice the speed of a whole step).
        values, slopes, first_moments = params[start:last], grad[start:last], moments[0, start:last]
        if optimizer.code == ADAM:
            adam(optimizer, part, values, slopes, first_moments, moments[1, start:last])
        else:
            sgd(optimizer, part, values, slopes, first_moments)
        start = last


@kernel
def sgd(optimizer, step, params, grad, velocity):
    """Momentum as in Loshchilov & Hutter (2019), Algorithm 1: the rate is inside the buffer, decoupled decay is not."""
    number = params.dtype.type
    rate, l2, strength = number(step.learning_rate), number(step.l2), number(step.decay)
    momentum = number(optimizer.momentum)
    ahead = momentum if optimizer.nesterov else number(1)  # Nesterov: one more momentum step, and the gradient again
    again = rate if optimizer.nesterov else number(0)
    cautious = optimizer.cautious  # a loop of its own in machine code: it costs the others nothing
    for i in range(params.size):
        g = grad[i] + l2 * params[i]  # penalty='l2': the optimizer sees λ
        velocity[i] = momentum * velocity[i] - rate * g
        change = ahead * velocity[i] - again * g
        decay = number(0) if cautious and change * params[i] > 0 else strength
        params[i] += change - rate * (decay * params[i])  # decay='decoupled': it does not


@kernel
def adam(optimizer, step, params, grad, m, v):
    """Kingma & Ba (2015), AdamW as in Loshchilov & Hutter (2019), Algorithm 2: ε is added after the bias correction."""
    number = params.dtype.type
    rate, l2, strength = number(step.learning_rate), number(step.l2), number(step.decay)
    beta_1, beta_2, epsilon = number(optimizer.beta_1), number(optimizer.beta_2), number(optimizer.epsilon)
    new_1, new_2 = number(1.0 - optimizer.beta_1), number(1.0 - optimizer.beta_2)
    c1, c2 = number(correct_bias(optimizer.beta_1, step.count)), number(correct_bias(optimizer.beta_2, step.count))
    cautious = optimizer.cautious
    for i in range(params.size):
        g = grad[i] + l2 * params[i]  # penalty='l2': the optimizer sees λ
        m[i] = beta_1 * m[i] + new_1 * g
        v[i] = beta_2 * v[i] + new_2 * g * g
        direction = m[i] * c1 / (number(math.sqrt(v[i] * c2)) + epsilon)
        decay = number(0) if cautious and direction * params[i] < 0 else strength
        params[i] -= rate * (direction + decay * params[i])  # decay='decoupled': it does not


@kernel
def correct_bias(beta, count):
    """Return by what a moment that began at 0 is multiplied after so many steps."""
    return 1.0 / (1.0 - power(beta, count))


@kernel
def power(x, n):
    """Return xⁿ, n ≥ 0. numba's own ** would put a path of the machine that compiles into the code, for an error."""
    result = 1.0
    while n > 0:
        if n % 2 == 1:
            result *= x
        x *= x
        n //= 2
    return result


class OptimizerKind(NamedTuple):
    """A row of OPTIMIZERS."""

    code: int  # what the kernels know it by
    n_moments: int  # vectors of the size of params that it remembers
    stochastic: bool  # whether it takes steps here, mini-batch by mini-batch


OPTIMIZERS = {
    "sgd": OptimizerKind(SGD, 1, stochastic=True),
    "adam": OptimizerKind(ADAM, 2, stochastic=True),
    "lbfgs": OptimizerKind(LBFGS, 0, stochastic=False),  # scipy's, on all samples: _training/lbfgs.py
}
