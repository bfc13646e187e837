"""The trainer: epochs over chunks of mini-batches, for one network or many, until each of them is done.

This is the only file that calls a compiled kernel. It conducts: randomness, learning rates, history, stopping and
Ctrl-C are up here, arithmetic is down there.
"""

import math
from typing import NamedTuple

import numpy as np

from skl2._batches import Batches, Data
from skl2._blas import threads_for
from skl2._kernels.network import Network, Workspace
from skl2._kernels.optimizers import Optimizer
from skl2._kernels.training import Rows, train_chunk
from skl2._kernels.vectormath import EXP_BLOCK
from skl2._progress import Status
from skl2._schedules import SCHEDULES, Clock


class Plan(NamedTuple):
    """How long, in which steps and at which rates to train."""

    n_epochs: int  # at most
    max_iter: int  # epochs over which the cosine falls
    batch_size: int
    shuffle: bool
    learning_rate: str  # a row of SCHEDULES
    power_t: float
    tol: float
    n_iter_no_change: float


class Task(NamedTuple):
    """What all rows share."""

    network: Network
    optimizer: Optimizer
    data: Data
    plan: Plan


def make_rows(params, n_moments, l2, decay):
    """Return Rows for the networks params (n_rows, n_params), trained in place; l2, decay (n_rows,)."""
    n_rows, n_params = params.shape
    return Rows(
        params=params,
        moments=np.zeros((n_rows, n_moments, n_params), params.dtype),
        n_steps=np.zeros(n_rows, np.int64),
        l2=np.ascontiguousarray(l2, np.float64),
        decay=np.ascontiguousarray(decay, np.float64),
        learning_rates=np.empty((n_rows, 0)),  # `train` knows the number of mini-batches
        loss=np.zeros(n_rows),
        status=np.full(n_rows, Status.TRAINING, np.int64),
    )


def train(task, rows, progress, random_state, validate=None, report=None):
    """Train rows in place until each is done; progress (one per row) and rows.status tell how it went.

    validate(params) → score of one row after each epoch: training then stops by it and ends at the best epoch's
    params. report(text) receives what verbose prints.
    """
    run = _Run(task, rows, progress, validate, report)
    with threads_for(task.plan.batch_size * task.network.n_coefs):
        try:
            for _ in range(task.plan.n_epochs):
                run.train_epoch(random_state)
                run.end_epoch()
                if not np.any(rows.status == Status.TRAINING):
                    break
            rows.status[rows.status == Status.TRAINING] = Status.MAX_ITER
        except KeyboardInterrupt:
            rows.status[rows.status == Status.TRAINING] = Status.INTERRUPTED
    if validate:
        run.restore_best()


class _Run:
    """Everything that stays the same from epoch to epoch."""

    def __init__(self, task, rows, progress, validate, report):
        self.network, self.optimizer, data, self.plan = task
        self.progress, self.validate, self.report = progress, validate, report
        self.batches = Batches(data, self.plan.batch_size, rows.params.dtype, rows.params.size)
        self.rows = rows._replace(learning_rates=np.empty((len(progress), self.batches.n_batches)))
        self.workspace = make_workspace(self.network, self.plan.batch_size, rows.params)
        self.best_params = rows.params.copy() if validate else None

    def train_epoch(self, random_state):
        """One pass over the data in a new order."""
        for row, progress in enumerate(self.progress):
            self.rows.learning_rates[row] = self._learning_rates(progress)
        self.rows.loss[:] = 0
        if self.plan.shuffle:
            self.batches.shuffle(random_state)
        train_compiled = train_chunk[self.rows.params.dtype]
        for chunk in self.batches.chunks():
            train_compiled(self.network, self.optimizer, self.rows, chunk, self.workspace)

    def end_epoch(self):
        """Write the history of the rows that train, and end those that are done."""
        for row in np.flatnonzero(self.rows.status == Status.TRAINING):
            params, progress = self.rows.params[row], self.progress[row]
            weight_norm = norm(params[: self.network.n_coefs])
            if not self._is_finite(row, weight_norm):
                self.rows.status[row] = Status.DIVERGED
                continue
            loss = float(self.rows.loss[row] / self.batches.total_weight)
            score = self.validate(params) if self.validate else None
            progress.record(loss, weight_norm, self.batches.order.size, score)
            is_best, self.rows.status[row], message = progress.judge(self.plan.tol, self.plan.n_iter_no_change)
            if is_best and self.validate:
                self.best_params[row] = params
            if self.report:
                self.report(progress.last_epoch())
                if message:
                    self.report(message)

    def restore_best(self):
        """Go back to the epoch with the best validation score, where there was one."""
        for row, progress in enumerate(self.progress):
            if progress.best > -math.inf:
                self.rows.params[row] = self.best_params[row]
            elif progress.validation_scores:  # all of them NaN
                self.rows.status[row] = Status.DIVERGED

    def _is_finite(self, row, weight_norm):
        """Whether params and moments are finite: where Adam's v overflows, weights would stand still silently."""
        intercepts, moments = self.rows.params[row, self.network.n_coefs :], self.rows.moments[row]
        sums = weight_norm, np.sum(intercepts, dtype=np.float64), np.sum(moments, dtype=np.float64)
        return all(map(math.isfinite, sums))

    def _learning_rates(self, progress):
        n_batches = self.batches.n_batches
        n_epochs, n_samples = progress.n_epochs_seen, progress.n_samples_seen
        clock = Clock(n_batches, n_epochs, self.plan.max_iter, n_samples, self.plan.power_t)
        return progress.learning_rate * SCHEDULES[self.plan.learning_rate].rates(clock)


def make_workspace(network, batch_size, params):
    """Allocate the buffers of one thread."""
    units = batch_size * int(np.sum(network.sizes[1:]))
    dtype = params.dtype
    integers = np.dtype(f"int{8 * dtype.itemsize}")
    return Workspace(
        activations=np.empty(units, dtype),
        deltas=np.empty(units, dtype),
        grad=np.empty(params.shape[1], dtype),
        bits=np.empty(EXP_BLOCK, integers),
    )


def norm(values):
    """Return the Euclidean norm, summed in double precision.

    Not np.dot: it would wake numpy's own BLAS threads, which then spin beside those that train.
    """
    return math.sqrt(np.einsum("i,i->", values, values, dtype=np.float64))
