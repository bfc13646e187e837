"""L-BFGS: scipy's optimizer on the objective over all samples, mean loss + (λ/2)·Σ‖W‖².

It computes in double precision whatever the dtype of the network: near the minimum its line search compares losses
that differ in the tenth digit. The samples still enter chunk by chunk.
"""

import math
from functools import partial

import numpy as np
from scipy.optimize import minimize

from skl2._kernels.objective import add_gradient
from skl2._kernels.optimizers import find_piece
from skl2._training.batches import Batches
from skl2._training.blas import one_blas_thread
from skl2._training.engine import make_workspace, plain
from skl2._training.interrupts import Interrupts
from skl2._training.monitor import Hooks, Monitor
from skl2._training.parameters import norm
from skl2._training.progress import Status
from skl2._training.team import Team, count_parts, multiply_adds

BLOCK = 256  # samples whose activations are in memory at a time (measured: 128 to 2048 within 20 % of each other)
NO_RATE = math.nan  # its line search has no learning rate
SMALLEST_DECREASE = 1e7 * np.finfo(float).eps  # scipy's own: an iteration that lowers the loss by less is the last


class Objective:
    """Loss and gradient of one network over all samples, as functions of params (n_params,) float64."""

    def __init__(self, task, l2, team, interrupts):
        self.network, self.team, self.interrupts = plain(task.network), team, interrupts
        self.pieces = list(_find_pieces(self.network.sizes, l2))
        block, n_params = _block(task), self.network.n_coefs + int(np.sum(self.network.sizes[1:]))
        self.batches = Batches(task.samples, block, np.dtype(np.float64), n_params)
        self.order = np.arange(self.batches.n_samples)[np.newaxis]
        self.params = np.empty(n_params)  # scipy's own vector may be read-only
        self.workspace = make_workspace(task.network, block, self.params[np.newaxis], team.n_parts)

    def __call__(self, params):
        """Return (loss, gradient (n_params,))."""
        self.params[:] = params
        loss, gradients = 0.0, np.zeros((self.team.n_parts, params.size))
        compiled = add_gradient[self.params.dtype]
        for chunk in self.batches.chunks(self.order):
            self.interrupts.check()
            losses = np.zeros(self.team.n_parts)
            add = partial(compiled, self.network, self.params, chunk, losses, gradients, self.workspace)
            self.team.map(add, chunk.y.shape[0])
            loss += sum(losses.tolist())
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is a divergence
            gradient = gradients.sum(axis=0) / self.batches.total_weight
            loss /= self.batches.total_weight
            for strength, piece in self.pieces:
                gradient[piece] += strength * self.params[piece]
                loss += 0.5 * strength * np.einsum("i,i->", self.params[piece], self.params[piece])
        return loss, gradient


def _find_pieces(sizes, l2):
    """Yield (λ, slice of the weights that have it)."""
    layer, start = 0, 0
    while layer < l2.size:
        strength = float(l2[layer])
        n, layer = find_piece.function(sizes, l2, l2, layer)
        yield strength, slice(start, start + n)
        start += n


def _block(task):
    return min(BLOCK, task.samples.indices.size)


def gradient(task, params):
    """Return the gradient of the mean loss over all samples, without a penalty, (n_params,) float64."""
    with Interrupts() as interrupts, one_blas_thread(), Team(1, 0) as team:
        return Objective(task, np.zeros(len(task.network.sizes) - 1), team, interrupts)(params)[1]


def train_lbfgs(task, training, hooks=Hooks()):
    """Minimise the objective of each row in place; progress and rows.status tell how it went."""
    rows, progress, _ = training
    plan = task.plan if hooks.validate else task.plan._replace(n_iter_no_change=math.inf)  # scipy's rules end it
    interrupts = Interrupts(hooks.check)
    status = Status.TRAINING
    for row, params in enumerate(rows.params):
        monitor = Monitor(params, progress[row], plan, hooks.through(interrupts.let_into))
        if status != Status.INTERRUPTED:  # Ctrl-C ends all rows
            status = _train_row(task, rows.l2[row], monitor, interrupts)
        rows.status[row] = monitor.finish(status)


def _train_row(task, l2, monitor, interrupts):
    sample_work = multiply_adds(task.network, task.samples.X)
    n_parts = count_parts(task.network.n_coefs, _block(task) * sample_work)
    try:
        with interrupts, one_blas_thread(), Team(n_parts, sample_work) as team:
            return _minimize(Objective(task, l2, team, interrupts), monitor)
    except KeyboardInterrupt:
        return Status.INTERRUPTED


def _minimize(objective, monitor):
    """Run scipy's L-BFGS-B from the params of the monitor; return the Status."""
    status, plan = Status.TRAINING, monitor.plan

    def evaluate(params):
        monitor.begin()
        return objective(params)

    def end_iteration(intermediate_result):
        nonlocal status
        with np.errstate(over="ignore"):  # what overflows the dtype of the network is a divergence
            monitor.params[:] = intermediate_result.x
        n_samples, loss = objective.batches.n_samples, float(intermediate_result.fun)
        weight_norm = norm(monitor.params[: objective.network.n_coefs])
        try:
            is_finite = math.isfinite(norm(monitor.params))
            end = partial(monitor.end, loss, weight_norm) if is_finite else monitor.diverge
            status = end(NO_RATE, n_samples)
        except StopIteration as error:  # of a callback: scipy would take it for the end
            raise RuntimeError("A callback raised StopIteration.") from error
        if status != Status.TRAINING:
            raise StopIteration

    start = monitor.params.astype(np.float64)  # scipy computes in the dtype of its start
    unit = monitor.progress.baseline.unit
    options = {
        "maxiter": plan.n_epochs,
        "maxfun": plan.max_fun,
        "gtol": plan.tol * math.sqrt(unit),  # a gradient of squares has the unit of what is squared
        "ftol": SMALLEST_DECREASE * min(unit, 1.0),  # scipy's is one of the loss, where that is above 1
    }
    result = minimize(evaluate, start, method="L-BFGS-B", jac=True, callback=end_iteration, options=options)
    if status != Status.TRAINING:
        return status
    if not (math.isfinite(result.fun) and np.all(np.isfinite(result.x))):
        return monitor.diverge(NO_RATE, objective.batches.n_samples)
    monitor.progress.loss, monitor.progress.message = float(result.fun), result.message
    return {0: Status.CONVERGED, 1: Status.MAX_ITER}.get(result.status, Status.ABNORMAL)
