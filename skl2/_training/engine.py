"""The trainer: epochs over chunks of mini-batches, for one network or many, until each of them is done.

It conducts: randomness, learning rates, history, stopping and Ctrl-C are up here, arithmetic is down there. A path of
networks shares its start, the order of the samples and the gathered chunks; `fit` is a path of length one.
"""

import copy
from typing import NamedTuple

import numpy as np

from skl2._kernels.epochs import BASE_RATE, LOSS, N_DONE, WEIGHT_NORM, Epochs, Rule
from skl2._kernels.network import Network, Workspace
from skl2._kernels.optimizers import Optimizer
from skl2._kernels.proximal import Groups
from skl2._kernels.training import Rows, train_chunk
from skl2._kernels.vectormath import EXP_BLOCK
from skl2._training.batches import Batches, Order, Samples
from skl2._training.blas import one_blas_thread
from skl2._training.interrupts import Interrupts
from skl2._training.monitor import Hooks, Monitor
from skl2._training.progress import Status
from skl2._training.schedules import SMALLEST_ADAPTIVE_RATE, learning_rates
from skl2._training.team import Team, count_parts, multiply_adds


class Plan(NamedTuple):
    """How long, in which steps and at which rates to train."""

    n_epochs: int  # at most
    max_iter: int  # epochs over which rates fall
    max_fun: int  # evaluations of the objective, for L-BFGS
    batch_size: int
    shuffle: bool
    learning_rate: str  # a row of SCHEDULES
    power_t: float
    tol: float
    n_iter_no_change: float
    T_0: float = 10.0  # epochs of the first cycle of 'cosine_restarts'
    T_mult: int = 2  # by which cycles grow
    warmup_epochs: float = 0.0  # in which rates rise from 0


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


def kept(rows):
    """Return the params that training would leave now, (n_rows, n_params): the average, where there is one."""
    return rows.average if rows.average.shape[1] else rows.params


def make_rows(params, sizes, n_moments, l2, decay, sparse=(0.0, 0.0), averages=False):
    """Return Rows for the networks params (n_rows, n_params), trained in place.

    sizes (n_layers,): units per layer; l2, decay: a number, (n_rows,), or (n_rows, n_layers - 1); (l1, group) = sparse,
    l1 the same and group (n_rows,); averages: whether to average the params.
    """
    (n_rows, n_params), (l1, group) = params.shape, sparse
    return Rows(
        params=params,
        moments=np.zeros((n_rows, n_moments, n_params), params.dtype),
        average=params.copy() if averages else np.empty((n_rows, 0), params.dtype),
        n_steps=np.zeros(n_rows, np.int64),
        n_averaged=np.zeros(n_rows, np.int64),
        reach=np.zeros(n_rows),
        l2=_per_layer(l2, n_rows, len(sizes) - 1),
        decay=_per_layer(decay, n_rows, len(sizes) - 1),
        l1=_per_layer(l1, n_rows, len(sizes) - 1),
        group=np.broadcast_to(np.asarray(group, np.float64), n_rows).copy(),
        loss=np.zeros(n_rows),
        status=np.full(n_rows, Status.TRAINING, np.int64),
    )


def _per_layer(strengths, n_rows, n_layers):
    """Return strengths (n_rows, n_layers), of a row one for all layers if it has one."""
    table = np.asarray(strengths, np.float64)
    return np.broadcast_to(table[:, np.newaxis] if table.ndim == 1 else table, (n_rows, n_layers)).copy()


def train(task, training, hooks=Hooks()):
    """Train each row until it is done; what it leaves (`kept`) is then its best epoch, if there is validation."""
    run = _Run(task, training, hooks)
    run.advance()
    run.finish()


def advance(task, training, hooks=Hooks()):
    """Train each row for up to plan.n_epochs more; progress and rows.status tell how it went, and which are done."""
    _Run(task, training, hooks).advance()


class _Run:
    """Everything that stays the same from epoch to epoch.

    Epochs are trained one by one where somebody listens to them. Else so many at once as fit into a chunk, and the
    kernel judges each: the results are the same.
    """

    def __init__(self, task, training, hooks):
        network, self.optimizer, samples, self.plan = task
        self.network = plain(network)
        self.rows, progress, self.order = training
        self.interrupts = Interrupts(hooks.check)
        hooks = hooks.through(self.interrupts.let_into)
        self.monitors = [
            Monitor(params, history, self.plan, hooks)
            for params, history in zip(kept(self.rows), progress, strict=True)
        ]
        self.dtype = self.rows.params.dtype
        self.batches = Batches(samples, self.plan.batch_size, self.dtype, self.rows.params.size)
        self.is_heard = hooks.are_heard()
        self.n_at_once = 1 if self.is_heard else min(self.batches.count_epochs(), self.plan.n_epochs)
        self.epochs = self._make_epochs()
        self.sample_work = multiply_adds(self.network, samples.X)
        self.n_parts = count_parts(self.network.n_coefs, self.plan.batch_size * self.sample_work)
        self.workspace = make_workspace(self.network, self.plan.batch_size, self.rows.params, self.n_parts)
        self.in_training = np.zeros(len(progress), bool)  # rows that began the last epochs

    def advance(self):
        """Train for n_epochs, or until all rows are done."""
        status, n_left = self.rows.status, self.plan.n_epochs
        try:
            with self.interrupts, one_blas_thread(), Team(self.n_parts, self.sample_work) as team:
                while n_left and np.any(status == Status.TRAINING):
                    self.interrupts.check()
                    n_epochs = min(n_left, self.n_at_once)
                    self.end_epochs(self.train_epochs(team, n_epochs))
                    n_left -= n_epochs
        except KeyboardInterrupt:  # outside of the team: no helper works on the rows any more
            # Also what the last epochs before it have ended, or nobody would hear of it.
            has_ended = self.in_training & (status == Status.CONVERGED)
            status[has_ended | (status == Status.TRAINING)] = Status.INTERRUPTED

    def finish(self):
        """Say why each row ended."""
        status = self.rows.status
        status[status == Status.TRAINING] = Status.MAX_ITER
        for row, monitor in enumerate(self.monitors):
            status[row] = monitor.finish(status[row])

    def train_epochs(self, team, n_epochs):
        """Pass over the data n_epochs times, each time in a new order; return the Epochs."""
        self.in_training = self.rows.status == Status.TRAINING
        for row in np.flatnonzero(self.in_training):
            self.monitors[row].begin()
        before = self._seen_before(n_epochs)
        rates = learning_rates(self.plan, self.batches.n_batches, self.batches.n_samples, *before)
        epochs = self.epochs._replace(rates=rates, n_samples_before=before[1].astype(np.int64))
        epochs.standing[:] = [(0, *monitor.progress.standing()) for monitor in self.monitors]
        where = self.order.where() if n_epochs > 1 and self.plan.shuffle else None
        for chunk in team.prepare(self.batches, self._draw(n_epochs)):
            team.train(train_chunk[self.dtype], self.network, self.optimizer, self.rows, chunk, epochs, self.workspace)
            if n_epochs == 1:
                self.interrupts.check()
        if where and (n_begun := self._count_begun(epochs)) < n_epochs:
            self.order.go_back(where)
            self.order.draw(n_begun)
        return epochs

    def end_epochs(self, epochs):
        """Write the history of the rows that were trained, and end those that are done."""
        status, n_samples = self.rows.status, self.batches.n_samples
        multiples = epochs.rates.sum(axis=1) / self.batches.n_batches  # means over the mini-batches
        for row in np.flatnonzero(self.in_training):
            monitor, (n_done, *standing) = self.monitors[row], epochs.standing[row].tolist()
            curves, has_diverged = epochs.curves[row, : int(n_done)], status[row] == Status.DIVERGED
            rates = (curves[:, BASE_RATE] * multiples[: int(n_done)]).tolist()
            losses, weight_norms = curves[:, LOSS].tolist(), curves[:, WEIGHT_NORM].tolist()
            if self.is_heard and rates:
                status[row] = monitor.end(losses[0], weight_norms[0], rates[0], n_samples)
            elif rates:
                monitor.take_over(losses, weight_norms, rates, standing, n_samples)
            if has_diverged:
                monitor.diverge(standing[0] * float(multiples[int(n_done)]), n_samples)

    def _make_epochs(self):
        progress = self.monitors[0].progress  # what is taken of it is that of all
        rule = Rule(
            tol=self.plan.tol,
            n_iter_no_change=np.inf if self.is_heard else self.plan.n_iter_no_change,
            adaptive=progress.adaptive,
            smallest_rate=SMALLEST_ADAPTIVE_RATE,
            constant_loss=progress.baseline.loss,
            unit=progress.baseline.unit,
        )
        n_rows = len(self.monitors)
        return Epochs(
            rates=np.empty((0, 0)),
            total_weight=self.batches.total_weight,
            rule=rule,
            standing=np.zeros((n_rows, 5)),
            curves=np.empty((n_rows, self.n_at_once, 3)),
            n_samples_before=np.empty(0, np.int64),
        )

    def _count_begun(self, epochs):
        """Return in how many of the epochs a row was trained; one that diverged has not done its last."""
        has_diverged = self.in_training & (self.rows.status == Status.DIVERGED)
        return int(np.max(epochs.standing[:, N_DONE] + has_diverged))

    def _seen_before(self, n_epochs):
        """Return what is seen before each of the next epochs: (epochs (n_epochs,), samples (n_epochs,))."""
        history = self.monitors[np.argmax(self.in_training)].progress  # as of all rows that train
        numbers, n_samples = np.arange(n_epochs), self.batches.n_samples
        return history.n_epochs_seen + numbers, history.n_samples_seen + n_samples * numbers

    def _draw(self, n_epochs):
        """Return the orders of the next epochs, (n_epochs, n_samples)."""
        if self.plan.shuffle:
            return self.order.draw(n_epochs)
        return np.tile(self.order.numbers, (n_epochs, 1))


def plain(network):
    """Return the Network with arrays of its own: kernels refuse joblib's memory maps."""
    return network._replace(
        sizes=np.array(network.sizes),
        groups=Groups(*map(np.array, network.groups)),
        loss_parameters=np.array(network.loss_parameters),
        dropout=np.array(network.dropout),
    )


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
