"""The trainer: epochs over chunks of mini-batches, for one network or many, until each of them is done.

It conducts: randomness, learning rates, history, stopping and Ctrl-C are up here, arithmetic is down there. A path of
networks shares its start, the order of the samples and the gathered chunks; `fit` is a path of length one.
"""

import copy
from typing import NamedTuple

import numpy as np

from skl2._kernels.network import Network, Workspace
from skl2._kernels.optimizers import Optimizer
from skl2._kernels.training import TRAINING, Rows, measure, train_chunk
from skl2._kernels.vectormath import EXP_BLOCK
from skl2._training.batches import Batches, Order, Samples
from skl2._training.blas import one_blas_thread
from skl2._training.interrupts import Interrupts
from skl2._training.monitor import Hooks, Monitor
from skl2._training.progress import Status
from skl2._training.schedules import SCHEDULES, Clock
from skl2._training.team import Team, count_parts, multiply_adds


class Plan(NamedTuple):
    """How long, in which steps and at which rates to train."""

    n_epochs: int  # at most
    max_iter: int  # epochs over which the cosine falls
    max_fun: int  # evaluations of the objective, for L-BFGS
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
    samples: Samples
    plan: Plan


class Training(NamedTuple):
    """Networks in training, between two epochs."""

    rows: Rows
    progress: list  # Progress of each row
    order: Order

    def take(self, numbers):
        """Return a Training of some of the rows, which goes on independently of this one."""
        progress = [copy.deepcopy(self.progress[number]) for number in numbers]
        return Training(Rows(*(part[numbers] for part in self.rows)), progress, copy.deepcopy(self.order))

    def to_train(self):
        """Return this, or a copy where another process lends the arrays: joblib's memory maps are read-only."""
        is_ours = all(part.flags.writeable for part in self.rows)
        return self if is_ours else self.take(range(len(self.progress)))


def join(parts, numbers):
    """Return the Training that was taken apart into parts; numbers[i] are the rows of parts[i] in it."""
    place = np.argsort(np.concatenate(numbers))
    rows = Rows(*(_interleave(fields, numbers) for fields in zip(*(part.rows for part in parts), strict=True)))
    progress = [history for part in parts for history in part.progress]
    furthest = max(parts, key=lambda part: max(history.n_epochs_seen for history in part.progress))
    # Where all rows of a part have ended, its order has stopped too.
    return Training(rows, [progress[i] for i in place], furthest.order)


def _interleave(arrays, numbers):
    """Return the array whose rows numbers[i] are arrays[i]."""
    whole = np.empty((sum(map(len, numbers)), *arrays[0].shape[1:]), arrays[0].dtype)
    for array, places in zip(arrays, numbers, strict=True):
        whole[places] = array
    return whole


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
        status=np.full(n_rows, TRAINING, np.int64),
    )


def train(task, training, hooks=Hooks()):
    """Train each row until it is done; its params are then those of its best epoch, if there is validation."""
    run = _Run(task, training, hooks)
    run.advance()
    run.finish()


def advance(task, training, hooks=Hooks()):
    """Train each row for up to plan.n_epochs more; progress and rows.status tell how it went, and which are done."""
    _Run(task, training, hooks).advance()


class _Run:
    """Everything that stays the same from epoch to epoch."""

    def __init__(self, task, training, hooks):
        network, self.optimizer, samples, self.plan = task
        self.network = plain(network)
        rows, progress, self.order = training
        self.interrupts = Interrupts(hooks.check)
        hooks = hooks.through(self.interrupts.let_into)
        self.monitors = [
            Monitor(params, history, self.plan, hooks) for params, history in zip(rows.params, progress, strict=True)
        ]
        self.batches = Batches(samples, self.plan.batch_size, rows.params.dtype, rows.params.size)
        self.rows = rows._replace(learning_rates=np.empty((len(progress), self.batches.n_batches)))
        self.sample_work = multiply_adds(self.network, samples.X)
        self.n_parts = count_parts(self.network.n_coefs, self.plan.batch_size * self.sample_work)
        self.workspace = make_workspace(self.network, self.plan.batch_size, rows.params, self.n_parts)
        self.dtype = rows.params.dtype
        self.sums = np.empty((len(progress), 3))

    def advance(self):
        """Train for n_epochs, or until all rows are done."""
        status = self.rows.status
        try:
            with self.interrupts, one_blas_thread(), Team(self.n_parts, self.sample_work) as team:
                for _ in range(self.plan.n_epochs):
                    if not np.any(status == TRAINING):
                        break
                    self.train_epoch(team)
                    self.end_epoch()
        except KeyboardInterrupt:  # outside of the team: no helper works on the rows any more
            status[status == TRAINING] = Status.INTERRUPTED

    def finish(self):
        """Say why each row ended."""
        status = self.rows.status
        status[status == TRAINING] = Status.MAX_ITER
        for row, monitor in enumerate(self.monitors):
            status[row] = monitor.finish(status[row])

    def train_epoch(self, team):
        """One pass over the data in a new order."""
        for monitor, status in zip(self.monitors, self.rows.status.tolist(), strict=True):
            if status == TRAINING:
                monitor.begin()
        self._set_learning_rates()
        self.rows.loss[:] = 0
        if self.plan.shuffle:
            self.order.shuffle()
        for chunk in team.prepare(self.batches, self.order.numbers):
            team.train(train_chunk[self.dtype], self.network, self.optimizer, self.rows, chunk, self.workspace)
            self.interrupts.check()

    def end_epoch(self):
        """Write the history of the rows that train, and end those that are done."""
        measure[self.dtype](self.rows.params, self.rows.moments, self.network.n_coefs, self.sums)
        with np.errstate(all="ignore"):  # of rows that diverged
            weight_norms = np.sqrt(self.sums[:, 0]).tolist()
            losses = (self.rows.loss / self.batches.total_weight).tolist()
        # Where Adam's v overflows, weights would stand still silently.
        trains = (self.rows.status == TRAINING) & np.isfinite(self.sums).all(axis=1)
        for row, monitor in enumerate(self.monitors):
            if trains[row]:
                self.rows.status[row] = monitor.end(losses[row], weight_norms[row], self.batches.n_samples)
            elif monitor.in_epoch:
                self.rows.status[row] = monitor.diverge(self.batches.n_samples)

    def _set_learning_rates(self):
        history = self.monitors[int(np.argmax(self.rows.status == TRAINING))].progress  # as of all rows that train
        n_epochs, n_samples = history.n_epochs_seen, history.n_samples_seen
        clock = Clock(self.batches.n_batches, n_epochs, self.plan.max_iter, n_samples, self.plan.power_t)
        multiples = SCHEDULES[self.plan.learning_rate].rates(clock)
        mean = float(multiples.sum()) / multiples.size
        base = [monitor.progress.learning_rate for monitor in self.monitors]
        for monitor, rate in zip(self.monitors, base, strict=True):
            if monitor.in_epoch:
                monitor.progress.mean_rate = rate * mean
        np.multiply.outer(base, multiples, out=self.rows.learning_rates)


def plain(network):
    """Return the Network with sizes of its own: kernels refuse joblib's memory maps."""
    return network._replace(sizes=np.array(network.sizes))


def make_workspace(network, batch_size, params, n_parts=1):
    """Allocate the buffers of n_parts parts of a mini-batch."""
    units = -(-batch_size // n_parts) * int(np.sum(network.sizes[1:]))
    dtype = params.dtype
    integers = np.dtype(f"int{8 * dtype.itemsize}")
    return Workspace(
        activations=np.empty((n_parts, units), dtype),
        deltas=np.empty((n_parts, units), dtype),
        grad=np.empty((n_parts, params.shape[1]), dtype),
        bits=np.empty((n_parts, EXP_BLOCK), integers),
        loss=np.empty((n_parts, 1)),
    )
