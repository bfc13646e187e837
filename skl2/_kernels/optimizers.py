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


class Step(NamedTuple):
    """What differs from step to step and from network to network."""

    learning_rate: float
    l2: float  # λ of penalty='l2': the optimizer sees it in the gradient
    decay: float  # λ of decay='decoupled': the weights shrink outside the gradient
    count: int  # 1 for the first step


@kernel
def take_step(optimizer, step, params, grad, moments, n_coefs, where):
    """Update params[start:stop], (start, stop) = where, and their moments.

    λ acts on the weights params[:n_coefs] and never on the intercepts after them.
    params, grad (n_params,); moments (n_moments, n_params).
    """
    start, stop = where
    border = start if n_coefs < start else n_coefs if n_coefs < stop else stop
    for first, last, regularized in ((start, border, 1.0), (border, stop, 0.0)):
        part = Step(step.learning_rate, regularized * step.l2, regularized * step.decay, step.count)
        # Slices, so that the loops over them begin at 0: only so does the compiler know that no index is negative, and
        # vectorise them (twice the speed of a whole step).
        if optimizer.code == ADAM:
            adam(optimizer, part, params[first:last], grad[first:last], moments[0, first:last], moments[1, first:last])
        else:
            sgd(optimizer, part, params[first:last], grad[first:last], moments[0, first:last])


@kernel
def sgd(optimizer, step, params, grad, velocity):
    """Momentum as in Loshchilov & Hutter (2019), Algorithm 1: the rate is inside the buffer, decoupled decay is not."""
    number = params.dtype.type
    rate, l2, decay = number(step.learning_rate), number(step.l2), number(step.decay)
    momentum = number(optimizer.momentum)
    ahead = momentum if optimizer.nesterov else number(1)  # Nesterov: one more momentum step, and the gradient again
    again = rate if optimizer.nesterov else number(0)
    for i in range(params.size):
        g = grad[i] + l2 * params[i]  # penalty='l2': the optimizer sees λ
        velocity[i] = momentum * velocity[i] - rate * g
        params[i] += (ahead * velocity[i] - again * g) - rate * (decay * params[i])  # decay='decoupled': it does not


@kernel
def adam(optimizer, step, params, grad, m, v):
    """Kingma & Ba (2015), AdamW as in Loshchilov & Hutter (2019), Algorithm 2: ε is added after the bias correction."""
    number = params.dtype.type
    rate, l2, decay = number(step.learning_rate), number(step.l2), number(step.decay)
    beta_1, beta_2, epsilon = number(optimizer.beta_1), number(optimizer.beta_2), number(optimizer.epsilon)
    new_1, new_2 = number(1.0 - optimizer.beta_1), number(1.0 - optimizer.beta_2)
    c1 = number(1.0 / (1.0 - power(optimizer.beta_1, step.count)))
    c2 = number(1.0 / (1.0 - power(optimizer.beta_2, step.count)))
    for i in range(params.size):
        g = grad[i] + l2 * params[i]  # penalty='l2': the optimizer sees λ
        m[i] = beta_1 * m[i] + new_1 * g
        v[i] = beta_2 * v[i] + new_2 * g * g
        direction = m[i] * c1 / (number(math.sqrt(v[i] * c2)) + epsilon)
        params[i] -= rate * (direction + decay * params[i])  # decay='decoupled': it does not


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
