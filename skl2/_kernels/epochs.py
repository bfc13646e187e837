"""The end of an epoch: what it leaves to the history of a row, and whether the row has stalled.

So many epochs are trained by one call from Python, and none of them has to be taken back.
"""

import math
from typing import NamedTuple

from skl2._compilation.jit import kernel
from skl2._compilation.signature import array
from skl2._kernels.sums import total, total_of_squares

TRAINING, DIVERGED, CONVERGED = range(3)  # status of a row
LOSS, WEIGHT_NORM, BASE_RATE = range(3)  # columns of curves
N_DONE, RATE, BEST, N_STALLED, N_CUTS = range(5)  # columns of standing


class Rule(NamedTuple):
    """When the training loss of a row has stalled."""

    tol: float
    n_iter_no_change: float  # epochs that may be no better by tol; infinite: somebody else judges
    adaptive: bool  # whether a stall first cuts the learning rate
    smallest_rate: float  # below which it is not cut
    constant_loss: float  # mean loss of the best constant prediction
    unit: float  # of the loss


class Epochs(NamedTuple):
    """Consecutive epochs, and what becomes of the rows in them."""

    rates: array(2, "float64")  # (n_epochs, n_batches): learning rates as multiples of the base rates
    total_weight: float  # of the samples
    rule: Rule
    # (n_rows, 5): epochs done of these, base rate, best -loss, epochs stalled in a row, cuts of the rate
    standing: array(2, "float64")
    curves: array(3, "float64")  # (n_rows, n_epochs, 3): mean loss, ‖W‖ of what training leaves, base rate of each
    n_samples_before: array(1, "int64")  # (n_epochs,): samples that training has seen before each of them


@kernel
def end_epoch(n_coefs, rows, row, epochs, epoch):
    """Write down an epoch of a row, and end the row where it has stalled; or where something is not finite."""
    params, moments, standing = rows.params[row], rows.moments[row], epochs.standing[row]
    loss, sums = rows.loss[row] / epochs.total_weight, 0.0
    if rows.average.shape[1] > 0:  # these are the weights that training leaves
        sums += total(params)
        params = rows.average[row]
    squares, others = total_of_squares(params[:n_coefs]), total_of_squares(params[n_coefs:])
    for moment in range(moments.shape[0]):  # where Adam's v overflows, weights would stand still silently
        sums += total(moments[moment])
    if not (math.isfinite(loss) and math.isfinite(squares) and math.isfinite(others) and math.isfinite(sums)):
        rows.status[row] = DIVERGED
        return
    curves = epochs.curves[row, epoch]
    curves[LOSS], curves[WEIGHT_NORM], curves[BASE_RATE] = loss, math.sqrt(squares), standing[RATE]
    rows.loss[row] = 0
    standing[N_DONE] += 1
    rows.status[row] = judge(epochs.rule, standing, loss)


@kernel
def judge(rule, standing, loss):
    """Return the status of a row after an epoch of this loss; standing (5,) is brought up to date."""
    value = -loss
    least = least_improvement(loss, rule.constant_loss, rule.unit, rule.tol)
    standing[N_STALLED] = 0 if value >= standing[BEST] + least else standing[N_STALLED] + 1
    standing[BEST] = max(standing[BEST], value)
    if standing[N_STALLED] <= rule.n_iter_no_change:
        return TRAINING
    if not rule.adaptive or standing[RATE] <= rule.smallest_rate:
        return CONVERGED
    standing[RATE] /= 5
    standing[N_CUTS] += 1
    standing[N_STALLED] = 0
    return TRAINING


@kernel
def least_improvement(loss, constant_loss, unit, tol):
    """Return by how much a loss must fall to count as better: by tol of its unit.

    Above the constant's loss nothing is learned yet: on the way there large targets take many small steps.
    """
    return tol * (unit if loss <= constant_loss else min(unit, 1.0))
