"""The entry kernels: many networks trained on one chunk of mini-batches, and what is looked at after each epoch."""

import math
from typing import NamedTuple

import numpy as np

from skl2._kernels._jit import entry, kernel, reduction
from skl2._kernels.inputs import Inputs, count_rows, take_rows
from skl2._kernels.losses import loss_and_delta
from skl2._kernels.network import backward, forward
from skl2._kernels.optimizers import Step, take_step

TRAINING, DIVERGED = range(2)


class Rows(NamedTuple):
    """Networks in training; the first axis is the network. A single fit is one row."""

    params: np.ndarray  # (n_rows, n_params)
    moments: np.ndarray  # (n_rows, n_moments, n_params)
    n_steps: np.ndarray  # (n_rows,) int64: steps taken
    l2: np.ndarray  # (n_rows,) float64: λ of penalty='l2'
    decay: np.ndarray  # (n_rows,) float64: λ of decay='decoupled'
    learning_rates: np.ndarray  # (n_rows, n_batches) float64: one per mini-batch of the epoch
    loss: np.ndarray  # (n_rows,) float64: Σ over the epoch of (reported loss · weight of the mini-batch)
    status: np.ndarray  # (n_rows,) int64: TRAINING, or why not


class Chunk(NamedTuple):
    """Consecutive mini-batches of an epoch, gathered and cast."""

    X: Inputs  # n rows
    y: np.ndarray  # (n, n_targets)
    sample_weight: np.ndarray  # (n,)
    batch_size: int
    first_batch: int  # number in the epoch of the first mini-batch


@entry
def train_chunk(network, optimizer, rows, chunk, workspace):
    """Train each row that is still TRAINING on each mini-batch of the chunk."""
    for row in range(rows.params.shape[0]):
        batch = chunk.first_batch
        for start in range(0, count_rows(chunk.X), chunk.batch_size):
            if rows.status[row] == TRAINING:
                train_batch(network, optimizer, rows, row, take_batch(chunk, start, batch), workspace)
            batch += 1


@entry
def measure(rows, n_coefs, sums):
    """sums[row] ← Σ of the squares of weights, of those of intercepts, Σ of the moments: finite if all of these are."""
    for row in range(rows.params.shape[0]):
        sums[row, 0] = total_of_squares(rows.params[row, :n_coefs])
        sums[row, 1] = total_of_squares(rows.params[row, n_coefs:])
        sums[row, 2] = total(rows.moments[row].reshape(-1))


@kernel
def take_batch(chunk, start, number):
    """The mini-batch that starts at row `start` of the chunk, as a chunk of one."""
    stop = min(start + chunk.batch_size, count_rows(chunk.X))
    return Chunk(
        take_rows(chunk.X, start, stop), chunk.y[start:stop], chunk.sample_weight[start:stop], stop - start, number
    )


@kernel
def train_batch(network, optimizer, rows, row, batch, workspace):
    """Forward, loss and delta, backward, step; a loss that is not finite ends the row before the step."""
    weight = total(batch.sample_weight)
    if weight == 0:
        return  # nothing in this mini-batch counts
    params = rows.params[row]
    raw_prediction = forward(network, params, batch.X, workspace)
    loss = loss_and_delta(network.loss, raw_prediction, batch.y, batch.sample_weight, workspace.bits)
    if rows.l2[row] > 0:
        loss += 0.5 * rows.l2[row] * total_of_squares(params[: network.n_coefs]) * weight
    if not math.isfinite(loss):
        rows.status[row] = DIVERGED
        return
    rows.loss[row] += loss
    divide(raw_prediction.reshape(-1), weight)
    backward(network, params, batch.X, raw_prediction, workspace)
    rows.n_steps[row] += 1
    rate = rows.learning_rates[row, batch.first_batch]
    step = Step(rate, rows.l2[row], rows.decay[row], rows.n_steps[row])
    take_step(optimizer, step, params, workspace.grad, rows.moments[row], network.n_coefs)


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
