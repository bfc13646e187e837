"""The flat vector of one network, params = [W₁ | … | W_L ‖ b₁ | … | b_L], and its layers."""

import math
from itertools import pairwise

import numpy as np


def count_coefs(sizes):
    """Return the number of weights of a network with `sizes` units per layer, features first."""
    return int(np.sum(sizes[:-1] * sizes[1:]))


def layer_views(params, sizes):
    """Return (coefs, intercepts): a view of params (n_params,) for each layer, (fan_in, fan_out) and (fan_out,)."""
    coefs, intercepts = [], []
    coef, intercept = 0, count_coefs(sizes)
    for fan_in, fan_out in pairwise(sizes):
        coefs.append(params[coef : coef + fan_in * fan_out].reshape(fan_in, fan_out))
        intercepts.append(params[intercept : intercept + fan_out])
        coef, intercept = coef + fan_in * fan_out, intercept + fan_out
    return coefs, intercepts


def sizes_of(coefs):
    """Return (n_layers,) intp: units per layer of the network with these weights."""
    return np.array([coef.shape[0] for coef in coefs] + [coefs[-1].shape[1]], np.intp)


def pack(coefs, intercepts):
    """Return a new flat vector with the values of the layers."""
    return np.concatenate([layer.ravel() for layer in (*coefs, *intercepts)])


def draw_initial(sizes, initial, random_state):
    """Return params (n_params,), those of a layer uniform in ±initial(fan_in, fan_out).

    Weights and intercepts are drawn layer by layer, in scikit-learn's order, so that equal seeds give equal networks.
    """
    params = np.empty(count_coefs(sizes) + np.sum(sizes[1:]))
    for coef, intercept in zip(*layer_views(params, sizes), strict=True):
        bound = initial(*coef.shape)
        coef[:] = random_state.uniform(-bound, bound, coef.shape)
        intercept[:] = random_state.uniform(-bound, bound, intercept.shape)
    return params


def norm(values):
    """Return the Euclidean norm, summed in double precision.

    Not np.dot: it would wake numpy's own BLAS threads, which then spin beside those that train.
    """
    with np.errstate(all="ignore"):
        return math.sqrt(np.einsum("i,i->", values, values, dtype=np.float64))


def layer_norms(coefs):
    """Return the norm of the weights of each layer."""
    return [norm(coef.ravel()) for coef in coefs]
