"""The entry kernels: many networks trained on one chunk of mini-batches, and what is looked at after each epoch."""

import math
from typing import NamedTuple

import numpy as np

from skl2._compilation.entry import entry
from skl2._compilation.jit import kernel, reduction
from skl2._compilation.signature import array
from skl2._kernels.inputs import Inputs, count_rows, take_rows
from skl2._kernels.losses import loss_and_delta
from skl2._kernels.network import Network, Workspace, backward, forward, take_part
from skl2._kernels.optimizers import Optimizer, Step, take_step
from skl2._kernels.tickets import end_ticket, take_ticket
from skl2._kernels.views import flat

TRAINING, DIVERGED = range(2)
PHASES = 2  # of a mini-batch: gradient, step


class Rows(NamedTuple):
    """Networks in training; the first axis is the network. A single fit is one row."""

    params: array(2)  # (n_rows, n_params)
    moments: array(3)  # (n_rows, n_moments, n_params)
    n_steps: array(1, "int64")  # (n_rows,) int64: steps taken
    l2: array(1, "float64")  # (n_rows,) float64: λ of penalty='l2'
    decay: array(1, "float64")  # (n_rows,) float64: λ of decay='decoupled'
    learning_rates: array(2, "float64")  # (n_rows, n_batches) float64: one per mini-batch of the epoch
    loss: array(1, "float64")  # (n_rows,) float64: Σ over the epoch of (reported loss · weight of the mini-batch)
    status: array(1, "int64")  # (n_rows,) int64: TRAINING, or why not


class Chunk(NamedTuple):
    """Consecutive mini-batches of an epoch, gathered and cast."""

    X: Inputs  # n rows
    y: array(2)  # (n, n_targets)
    sample_weight: array(1)  # (n,)
    batch_size: int
    first_batch: int  # number in the epoch of the first mini-batch


@entry
def train_chunk(
    network: Network,
    optimizer: Optimizer,
    rows: Rows,
    chunk: Chunk,
    workspace: Workspace,
    counters: array(1, "int64"),
    first_ticket: int,
):
    """Train each row that is still TRAINING on each mini-batch of the chunk, beside all threads that call this too.

    Tickets count through rows, in them through mini-batches, then phases, then parts. Sums over the parts of a
    mini-batch are taken in their order, so that results do not depend on the number of threads.
    """
    # Long, because LLVM optimises what a kernel calls once more in each of its callers: the first phase as a function
    # of its own makes the first fit ever 1.5 s slower.
    n_parts, n_batches = workspace.grad.shape[0], count_batches(chunk)
    end = first_ticket + rows.params.shape[0] * n_batches * PHASES * n_parts
    while True:
        ticket = take_ticket(counters, n_parts, end)
        if ticket == end:
            return
        phases, part = divmod(ticket - first_ticket, n_parts)
        row, number = divmod(phases // PHASES, n_batches)
        start, stop = find_batch(chunk, number)
        weight = total(chunk.sample_weight[start:stop])
        if rows.status[row] == TRAINING and weight > 0:
            if phases % PHASES == 0:  # forward, loss and delta, backward
                params, buffers = rows.params[row], take_part(workspace, part)
                X, y, sample_weight = take_samples(chunk, start, stop, part, n_parts)
                raw_prediction = forward(network, params, X, buffers)
                loss = loss_and_delta(network.loss, raw_prediction, y, sample_weight, buffers.bits)
                buffers.loss[0] = loss + weight * penalty(params, network.n_coefs, rows.l2[row], part, n_parts)
                divide(flat(raw_prediction), weight)
                backward(network, params, X, raw_prediction, buffers)
                if part == 0:  # one thread writes
                    rows.n_steps[row] += 1
            else:
                step_part(network, optimizer, rows, row, chunk.first_batch + number, workspace, part)
        end_ticket(counters)


@entry
def measure(params: array(2), moments: array(3), n_coefs: int, sums: array(2, "float64")):
    """sums[row] ← Σ of the squares of weights, of those of intercepts, Σ of the moments: finite if all of these are."""
    for row in range(params.shape[0]):
        sums[row, 0] = total_of_squares(params[row][:n_coefs])
        sums[row, 1] = total_of_squares(params[row][n_coefs:])
        sums[row, 2] = 0
        for moment in range(moments.shape[1]):
            sums[row, 2] += total(moments[row, moment])


@kernel
def count_batches(chunk):
    """Return the number of mini-batches; the last may be smaller."""
    return (count_rows(chunk.X) + chunk.batch_size - 1) // chunk.batch_size


@kernel
def find_batch(chunk, number):
    """Return the first row of a mini-batch, and the one after its last."""
    start = number * chunk.batch_size
    stop, n = start + chunk.batch_size, count_rows(chunk.X)
    return start, stop if stop < n else n


@kernel
def take_samples(chunk, start, stop, part, n_parts):
    """Return (X, y, sample_weight) of one part of rows start to stop, as views."""
    first, last = bounds(stop - start, part, n_parts)
    first, last = start + first, start + last
    return take_rows(chunk.X, first, last), chunk.y[first:last], chunk.sample_weight[first:last]


@kernel
def penalty(params, n_coefs, l2, part, n_parts):
    """Return the share of one part in (λ/2)·Σ‖W‖²."""
    if l2 == 0:
        return 0.0
    start, stop = bounds(n_coefs, part, n_parts)
    return 0.5 * l2 * total_of_squares(params[start:stop])


@kernel
def step_part(network, optimizer, rows, row, number, workspace, part):
    """Phase 2: the step, for one part of params; a loss that is not finite ends the row instead."""
    loss = total(flat(workspace.loss))
    if not math.isfinite(loss):
        if part == 0:
            rows.status[row] = DIVERGED
            rows.n_steps[row] -= 1
        return
    if part == 0:
        rows.loss[row] += loss
    params, moments, grad = rows.params[row], rows.moments[row], workspace.grad[0]
    start, stop = bounds(params.size, part, workspace.grad.shape[0])
    for other in range(1, workspace.grad.shape[0]):
        accumulate(grad[start:stop], workspace.grad[other, start:stop])
    step = Step(rows.learning_rates[row, number], rows.l2[row], rows.decay[row], rows.n_steps[row])
    take_step(optimizer, step, params, grad, moments, network.n_coefs, (start, stop))


@kernel
def bounds(n, part, n_parts):
    """Return where part number `part` of n things begins and ends."""
    return n * part // n_parts, n * (part + 1) // n_parts


@kernel
def accumulate(x, y):
    """x ← x + y; x, y (n,)."""
    for i in range(x.size):
        x[i] += y[i]


@kernel
def divide(x, divisor):
    """x ← x / divisor; x (n,)."""
    divisor = x.dtype.type(divisor)
    for i in range(x.size):
        x[i] /= divisor


@reduction
def total(x):
    """Return Σ xᵢ in double precision."""
    result = 0.0
    for i in range(x.size):
        result += x[i]
    return result


@reduction
def total_of_squares(x):
    """Return Σ xᵢ² in double precision."""
    result = 0.0
    for i in range(x.size):
        result += np.float64(x[i]) * np.float64(x[i])
    return result
