"""One network forward and backward on one mini-batch.

params = [W₁ | W₂ | … | W_L ‖ b₁ | … | b_L] in C order: λ acts on params[:n_coefs], a slice. Layers are reshaped
slices, so that one compilation serves every depth and width.
"""

from typing import NamedTuple

import numpy as np

from skl2._compilation.jit import kernel
from skl2._compilation.signature import INTEGER, array
from skl2._kernels.activations import IDENTITY, activate, keeps_slope, multiply_by_derivative, sum_rows
from skl2._kernels.dropout import drop, multiply_by_slope, write_slope
from skl2._kernels.gemm import gemm_nn, gemm_nt, gemm_tn
from skl2._kernels.inputs import count_rows, dot, transposed_dot
from skl2._kernels.proximal import NO_GROUPS, Groups
from skl2._kernels.views import matrix


class Network(NamedTuple):
    """The shape of a network, and what its layers compute."""

    sizes: array(1, "intp")  # (n_layers,) intp: units per layer, features first, outputs last
    activation: int  # code of ACTIVATIONS
    loss: int  # code of LOSSES
    n_coefs: int  # number of weights; intercepts follow them in params
    loss_parameters: array(1, "float64")  # (n_outputs,) float64: what the loss takes, 0 where that is nothing
    # (n_layers - 2,): probability with which units of each hidden layer are silent in training; (0,): no dropout
    dropout: array(1, "float64") = np.empty(0)
    seed: int = 0  # of dropout
    groups: Groups = NO_GROUPS  # of input columns, for penalty='group_l1'


class Workspace(NamedTuple):
    """Buffers allocated once per fit, as kernels allocate nothing; one row for each part of a mini-batch."""

    activations: array(2)  # (n_parts, n · units after the features): one (n, units) block per layer
    deltas: array(2)  # the same layout, between forward and backward the slopes that are kept; the last block is unused
    grad: array(2)  # (n_parts, n_params)
    bits: array(2, INTEGER)  # (n_parts, EXP_BLOCK) integers as wide as the numbers, scratch of vectormath
    loss: array(2, "float64")  # (n_parts, 1) float64


@kernel
def take_part(workspace, part):
    """Return the buffers of one part; what follows calls these `workspace`."""
    return Workspace(
        workspace.activations[part],
        workspace.deltas[part],
        workspace.grad[part],
        workspace.bits[part],
        workspace.loss[part],
    )


@kernel
def drops(network, layer):
    """Return whether there is dropout behind a layer; hidden layers begin with 1."""
    return layer <= network.dropout.size and network.dropout[layer - 1] > 0


@kernel
def forward(network, params, X, first_sample, workspace):
    """Fill workspace.activations and return its last block, the raw prediction (n, n_outputs).

    first_sample: how many samples training has seen before these, for dropout.
    """
    sizes, n = network.sizes, count_rows(X)
    coef, intercept, block = 0, network.n_coefs, 0
    for i in range(1, sizes.size):
        fan_in, fan_out = sizes[i - 1], sizes[i]
        weights = matrix(params, coef, fan_in, fan_out)
        z = matrix(workspace.activations, block, n, fan_out)
        if i == 1:
            dot(X, weights, z)
        else:
            gemm_nn(matrix(workspace.activations, block - n * fan_in, n, fan_in), weights, z)
        activation = network.activation if i < sizes.size - 1 else IDENTITY
        slope = matrix(workspace.deltas, block, n, fan_out)
        activate(activation, z, params[intercept : intercept + fan_out], slope, workspace.bits)
        if drops(network, i):
            write_slope(activation, z, slope, workspace.grad[:fan_out])  # grad is not in use yet
            drop(network, i, first_sample, z, slope, workspace.bits)
        coef, intercept, block = coef + fan_in * fan_out, intercept + fan_out, block + n * fan_out
    return z


@kernel
def backward(network, params, X, delta, workspace):
    """Fill workspace.grad; delta (n, n_outputs) is ∂loss/∂raw_prediction, divided by the weight of the mini-batch."""
    sizes, n, grad = network.sizes, count_rows(X), workspace.grad
    coef, intercept, block = network.n_coefs, params.size, n * (params.size - network.n_coefs)
    sum_rows(delta, grad[intercept - sizes[-1] :])
    for i in range(sizes.size - 1, 0, -1):
        fan_in, fan_out = sizes[i - 1], sizes[i]
        coef, intercept, block = coef - fan_in * fan_out, intercept - fan_out, block - n * fan_out
        grad_coef = matrix(grad, coef, fan_in, fan_out)
        if i == 1:
            transposed_dot(X, delta, grad_coef)
        else:
            below = block - n * fan_in
            a = matrix(workspace.activations, below, n, fan_in)
            gemm_tn(a, delta, grad_coef)
            new_delta = matrix(workspace.deltas, below, n, fan_in)
            is_dropped = drops(network, i - 1)
            if is_dropped or keeps_slope(network.activation):  # it is where the delta would be, and a has done its work
                a, new_delta = new_delta, a
            gemm_nt(delta, matrix(params, coef, fan_in, fan_out), new_delta)
            if is_dropped:
                multiply_by_slope(a, new_delta, grad[intercept - fan_in : intercept])
            else:
                multiply_by_derivative(network.activation, a, new_delta, grad[intercept - fan_in : intercept])
            delta = new_delta
