"""The entry kernel of training: many networks on one chunk of mini-batches, a part of an epoch or several epochs."""

import math
from typing import NamedTuple

from skl2._compilation.entry import entry
from skl2._compilation.jit import kernel
from skl2._compilation.signature import array
from skl2._kernels.averaging import move_average
from skl2._kernels.epochs import DIVERGED, RATE, TRAINING, Epochs, end_epoch
from skl2._kernels.inputs import Inputs, take_rows
from skl2._kernels.losses import loss_and_delta
from skl2._kernels.network import Network, Workspace, backward, forward, take_part
from skl2._kernels.optimizers import Optimizer, Step, find_piece, take_step
from skl2._kernels.proximal import count_groups, find_columns, group_norm, group_strength, shrink_layers, step_group
from skl2._kernels.sums import accumulate, total, total_of_absolutes, total_of_squares
from skl2._kernels.tickets import Tickets, end_ticket, take_ticket
from skl2._kernels.views import flat

PHASES = 2  # of a mini-batch: gradient, step


class Rows(NamedTuple):
    """Networks in training; the first axis is the network. A single fit is one row."""

    params: array(2)  # (n_rows, n_params)
    moments: array(3)  # (n_rows, n_moments, n_params)
    average: array(2)  # (n_rows, n_params): moving average of params over steps; (n_rows, 0): there is none
    n_steps: array(1, "int64")  # (n_rows,) int64: steps taken
    n_averaged: array(1, "int64")  # (n_rows,) int64: steps in the average
    reach: array(1, "float64")  # (n_rows,) float64: the velocity of SGD where the gradient was always -1
    l2: array(2, "float64")  # (n_rows, n_layers - 1) float64: λ of penalty='l2' on the weights of each layer
    decay: array(2, "float64")  # (n_rows, n_layers - 1) float64: λ of decay, on the same
    l1: array(2, "float64")  # (n_rows, n_layers - 1) float64: λ of penalty='l1', on the same
    group: array(1, "float64")  # (n_rows,) float64: λ of penalty='group_l1', on the weights of the first layer
    loss: array(1, "float64")  # (n_rows,) float64: Σ in this epoch of (reported loss · weight of the mini-batch)
    status: array(1, "int64")  # (n_rows,) int64: TRAINING, or why not


class Chunk(NamedTuple):
    """Consecutive mini-batches, gathered and cast: of an epoch, or of several that are complete."""

    X: Inputs  # n rows
    y: array(2)  # (n, n_targets)
    sample_weight: array(1)  # (n,)
    batch_size: int
    first_batch: int  # number in the epoch of the first mini-batch
    n_epochs: int  # each has n / n_epochs rows


@entry
def train_chunk(
    network: Network,
    optimizer: Optimizer,
    rows: Rows,
    chunk: Chunk,
    epochs: Epochs,
    workspace: Workspace,
    tickets: Tickets,
):
    """Train each row that is still TRAINING on each mini-batch of the chunk, beside all threads that call this too.

    Tickets count through rows, in them through epochs, mini-batches and phases, then parts. Sums over the parts of a
    mini-batch are taken in their order, so that results do not depend on the number of threads.
    """
    # Long, because LLVM optimises what a kernel calls once more in each of its callers: the first phase as a function
    # of its own makes the first fit ever 1.5 s slower.
    n_parts, n_batches = workspace.grad.shape[0], count_batches(chunk)
    n_turns = count_turns(chunk.n_epochs, n_batches)
    end = tickets.first + rows.status.size * n_turns * n_parts
    while True:
        ticket = take_ticket(tickets.counters, n_parts, end)
        if ticket == end:
            return
        turn, part = divmod(ticket - tickets.first, n_parts)
        row, turn = divmod(turn, n_turns)
        epoch, turn = divmod(turn, n_turns // chunk.n_epochs)
        number, phase = divmod(turn, PHASES)
        batch = chunk.first_batch + number
        start, stop = find_batch(chunk, epoch, number)
        weight = total(chunk.sample_weight[start:stop])
        if rows.status[row] != TRAINING:
            pass
        elif number == n_batches:
            if part == 0 and batch == epochs.rates.shape[1]:
                end_epoch(network.n_coefs, rows, row, epochs, epoch)
        elif weight > 0 and phase == 0:  # forward, loss and delta, backward
            params, buffers = rows.params[row], take_part(workspace, part)
            X, y, sample_weight = take_samples(chunk, start, stop, part, n_parts)
            first_sample = epochs.n_samples_before[epoch] + chunk.batch_size * (chunk.first_batch + number)
            first_sample += bounds(stop - start, part, n_parts)[0]
            raw_prediction = forward(network, params, X, first_sample, buffers)
            loss = loss_and_delta(network.loss, network.loss_parameters, raw_prediction, y, sample_weight, buffers.bits)
            buffers.loss[0] = loss + weight * penalty(network, rows, row, part, n_parts)
            divide(flat(raw_prediction), weight)
            backward(network, params, X, raw_prediction, buffers)
            if part == 0:  # one thread writes
                rows.n_steps[row] += 1
                rows.n_averaged[row] += 1
                rows.reach[row] = optimizer.momentum * rows.reach[row] + find_rate(epochs, row, epoch, batch)
        elif weight > 0:
            rate = find_rate(epochs, row, epoch, batch)
            step_part(network, optimizer, rows, row, rate, workspace, part)
        end_ticket(tickets.counters)


@kernel
def find_rate(epochs, row, epoch, batch):
    """Return the learning rate of a row in a mini-batch of an epoch."""
    return epochs.standing[row, RATE] * epochs.rates[epoch, batch]


@kernel
def count_batches(chunk):
    """Return the number of mini-batches in each epoch of the chunk; the last may be smaller."""
    return (chunk.y.shape[0] // chunk.n_epochs + chunk.batch_size - 1) // chunk.batch_size


@kernel
def count_turns(n_epochs, n_batches):
    """Return how often all parts of a row are needed: for the phases of mini-batches, and for the end of each epoch."""
    return n_epochs * (n_batches * PHASES + 1)


@kernel
def find_batch(chunk, epoch, number):
    """Return the first row of a mini-batch, and the one after its last."""
    n = chunk.y.shape[0] // chunk.n_epochs
    start = number * chunk.batch_size
    stop = start + chunk.batch_size
    return epoch * n + start, epoch * n + (stop if stop < n else n)


@kernel
def take_samples(chunk, start, stop, part, n_parts):
    """Return (X, y, sample_weight) of one part of rows start to stop, as views."""
    first, last = bounds(stop - start, part, n_parts)
    first, last = start + first, start + last
    return take_rows(chunk.X, first, last), chunk.y[first:last], chunk.sample_weight[first:last]


@kernel
def penalty(network, rows, row, part, n_parts):
    """Return the share of one part in Σ (λ/2)·‖W‖² + λ·Σ|W| over the layers, and in Σ_g λ_g·‖W_g‖ over the groups."""
    params, l2, l1 = rows.params[row], rows.l2[row], rows.l1[row]
    start, stop = bounds(network.n_coefs, part, n_parts)
    layer, border, result = 0, 0, 0.0
    while start < stop:
        of_squares, of_absolutes = l2[layer], l1[layer]
        n, layer = find_piece(network.sizes, l2, l1, layer)
        border += n
        last = max(start, min(border, stop))
        if of_squares > 0:
            result += 0.5 * of_squares * total_of_squares(params[start:last])
        if of_absolutes > 0:
            result += of_absolutes * total_of_absolutes(params[start:last])
        start = last
    if rows.group[row] > 0:
        first, last = bounds(count_groups(network.groups), part, n_parts)
        for number in range(first, last):
            columns = find_columns(network.groups, number)
            result += group_strength(rows.group[row], columns) * group_norm(columns, network.sizes[1], params)
    return result


@kernel
def step_part(network, optimizer, rows, row, rate, workspace, part):
    """Phase 2: the step, for one part of params; a loss that is not finite ends the row instead."""
    loss = total(flat(workspace.loss))
    if not math.isfinite(loss):
        if part == 0:
            rows.status[row] = DIVERGED
            rows.n_steps[row] -= 1
            rows.n_averaged[row] -= 1
        return
    if part == 0:
        rows.loss[row] += loss
    params, moments, grad, n_parts = rows.params[row], rows.moments[row], workspace.grad[0], workspace.grad.shape[0]
    step = Step(rate, rows.l2[row], rows.decay[row], rows.n_steps[row], rows.reach[row])
    n_grouped = step_groups(network, optimizer, step, rows, row, workspace, part)
    start, stop = bounds(params.size - n_grouped, part, n_parts)
    start, stop = start + n_grouped, stop + n_grouped
    for other in range(1, n_parts):
        accumulate(grad[start:stop], workspace.grad[other, start:stop])
    take_step(optimizer, step, params, grad, moments, network.sizes, (start, stop))
    shrink_layers(optimizer, step, rows.l1[row], params, moments, network.sizes, (start, stop))
    if optimizer.averaging > 0:
        average = rows.average[row]
        move_average(average[start:stop], params[start:stop], optimizer.averaging, rows.n_averaged[row])


@kernel
def step_groups(network, optimizer, step, rows, row, workspace, part):
    """Take the step of one part of the groups; return how many weights, at the beginning of params, that concerns.

    With λ = 0 none: the optimizer's own step is for them too.
    """
    if rows.group[row] == 0:
        return 0
    groups, units, grad = network.groups, network.sizes[1], workspace.grad
    first, last = bounds(count_groups(groups), part, grad.shape[0])
    for number in range(first, last):
        columns = find_columns(groups, number)
        for column in columns:
            start, stop = column * units, (column + 1) * units
            for other in range(1, grad.shape[0]):
                accumulate(grad[0, start:stop], grad[other, start:stop])
        strength = group_strength(rows.group[row], columns), units
        step_group(optimizer, step, strength, columns, rows.params[row], grad[0], rows.moments[row])
    return groups.columns.size * units


@kernel
def bounds(n, part, n_parts):
    """Return where part number `part` of n things begins and ends."""
    return n * part // n_parts, n * (part + 1) // n_parts


@kernel
def divide(x, divisor):
    """x ← x / divisor; x (n,)."""
    divisor = x.dtype.type(divisor)
    for i in range(x.size):
        x[i] /= divisor
