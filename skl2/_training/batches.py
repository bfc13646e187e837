"""Mini-batches: the order of an epoch, cut into chunks that are gathered and cast to the training dtype.

A chunk is the unit between two looks at Python: Ctrl-C, progress and several networks take turns there. Where epochs
are small, it may be several of them.
"""

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array, issparse

from skl2._kernels.inputs import Inputs
from skl2._kernels.training import Chunk

CHUNK_BYTES = 2**20  # about the second-level cache of a core
# Mini-batches, of up to CHUNK_BYTES each: a helper gathers a chunk and only then joins in the one before.
MIN_AHEAD = 4
CHUNK_FLOPS = 4 * 10**9  # about 100 ms on one core: the longest that Ctrl-C should wait
BLOCK_FLOPS = 5 * 10**8  # of several epochs in one chunk: small products are slow, these take up to 50 ms


class Samples(NamedTuple):
    """Samples: row indices[i] of X, with y[i] and sample_weight[i]. So X is shared by all parts of the data."""

    X: np.ndarray | csr_array  # (n_rows, n_features), any float dtype and layout, or CSR
    y: np.ndarray  # (n, n_targets); labels as the user gave them, until they become targets
    sample_weight: np.ndarray | None  # (n,); None: all are 1
    indices: np.ndarray  # (n,) intp

    def take(self, numbers):
        """Return some of the samples, of the same X."""
        weight = None if self.sample_weight is None else self.sample_weight[numbers]
        return Samples(self.X, self.y[numbers], weight, self.indices[numbers])

    def copy_rows(self):
        """Return the same samples with an X of their own."""
        return self._replace(X=self.X[self.indices], indices=np.arange(self.indices.size))


class Order:
    """The order of n samples. Each epoch permutes the one before, as scikit-learn's MLP does at equal random state."""

    def __init__(self, n_samples, random_state):
        self.numbers = np.arange(n_samples)
        self.random_state = random_state

    def draw(self, n_epochs):
        """Return the orders of the next epochs, (n_epochs, n_samples)."""
        orders = np.tile(np.arange(self.numbers.size), (n_epochs, 1))
        for order in orders:
            self.random_state.shuffle(order)
            order[:] = self.numbers = self.numbers[order]
        return orders

    def where(self):
        """Return what `go_back` needs to draw again what is drawn from now on."""
        return self.numbers, self.random_state.get_state(legacy=False)

    def go_back(self, where):
        """Forget what was drawn since."""
        self.numbers, state = where
        self.random_state.set_state(state)


class Batches:
    """Epochs of the samples, in mini-batches of batch_size."""

    def __init__(self, samples, batch_size, dtype, n_params):
        self.samples = samples
        self.batch_size = batch_size
        self.n_samples = samples.indices.size
        self.n_batches = -(-self.n_samples // batch_size)
        self.row_bytes = _bytes_per_row(samples.X, dtype)
        self.row_flops = 6 * n_params  # three products of two flops per parameter
        self.dtype = dtype
        self.total_weight = _total_weight(samples)
        self._buffers = {}

    def chunks(self, orders, ahead=False):
        """Yield an epoch in this order, orders (1, n_samples), as chunks; or more of them as one.

        A chunk overwrites the one before; or the one before that, where it is gathered `ahead`, while one is in use.
        """
        n_epochs = len(orders)
        rows = n_epochs * self.n_samples if n_epochs > 1 else self._chunk_rows(ahead)
        order, buffers = orders.ravel(), self._allocate(rows, ahead)
        for number, start in enumerate(range(0, order.size, rows)):
            numbers = order[start : start + rows]
            buffer = buffers[number % len(buffers)]
            gather(self.samples.y, numbers, buffer.y[: numbers.size])
            if self.samples.sample_weight is not None:
                gather(self.samples.sample_weight, numbers, buffer.sample_weight[: numbers.size])
            inputs = self._inputs(self.samples.indices[numbers], buffer.X)
            y, sample_weight = buffer.y[: numbers.size], buffer.sample_weight[: numbers.size]
            yield Chunk(inputs, y, sample_weight, self.batch_size, start // self.batch_size, n_epochs)

    def count_epochs(self):
        """Return how many epochs may be one chunk."""
        n_epochs = CHUNK_BYTES // max(1, self.n_samples * self.row_bytes)
        return max(1, min(n_epochs, BLOCK_FLOPS // (self.n_samples * self.row_flops)))

    def count_chunks(self, ahead=False):
        """Return the number of chunks of an epoch."""
        return -(-self.n_samples // self._chunk_rows(ahead))

    def _chunk_rows(self, ahead):
        batch_bytes = self.batch_size * self.row_bytes
        n_batches = CHUNK_BYTES // batch_bytes
        if ahead:
            n_batches = max(n_batches, min(MIN_AHEAD, MIN_AHEAD * CHUNK_BYTES // batch_bytes))
        n_batches = max(1, min(n_batches, CHUNK_FLOPS // (self.batch_size * self.row_flops)))
        return min(self.batch_size * n_batches, self.n_samples)

    def _allocate(self, rows, ahead):
        if (rows, ahead) not in self._buffers:
            n_buffers = min(2, -(-self.n_samples // rows)) if ahead else 1
            self._buffers[rows, ahead] = [_make_buffer(self.samples, rows, self.dtype) for _ in range(n_buffers)]
        return self._buffers[rows, ahead]

    def _inputs(self, indices, buffer):
        if issparse(self.samples.X):
            return gather_sparse(self.samples.X, indices, buffer)
        dense = buffer.dense[: indices.size]
        gather(self.samples.X, indices, dense)
        return buffer._replace(dense=dense)


class Buffer(NamedTuple):
    """Memory for a chunk."""

    X: Inputs
    y: np.ndarray  # (n, n_targets)
    sample_weight: np.ndarray  # (n,)


def _make_buffer(samples, rows, dtype):
    X = _empty_inputs((0, 0) if issparse(samples.X) else (rows, samples.X.shape[1]), dtype)
    return Buffer(X, np.empty((rows, samples.y.shape[1]), dtype), np.ones(rows, dtype))


def gather(source, indices, out):
    """out ← source[indices], cast."""
    if source.flags.c_contiguous and source.dtype == out.dtype:
        # As fast as a compiled loop. Without mode="clip" numpy buffers `out`; the indices are our own.
        np.take(source, indices, axis=0, out=out, mode="clip")
    else:
        with np.errstate(over="ignore"):  # what overflows the dtype becomes inf, and is seen as divergence
            out[:] = source[indices]


def gather_sparse(source, indices, empty):
    """Return source[indices] as Inputs, cast to the types of `empty`."""
    rows = source[indices]
    with np.errstate(over="ignore"):
        parts = [
            part.astype(like.dtype, copy=False)
            for part, like in zip((rows.data, rows.indices, rows.indptr), empty[1:], strict=True)
        ]
    return Inputs(empty.dense, *parts)


def _empty_inputs(dense_shape, dtype):
    return Inputs(np.empty(dense_shape, dtype), np.empty(0, dtype), np.empty(0, np.int32), np.empty(0, np.int64))


def _bytes_per_row(X, dtype):
    if issparse(X):
        return -(-X.nnz // X.shape[0]) * (dtype.itemsize + 4) + 8
    return X.shape[1] * dtype.itemsize


def _total_weight(samples):
    if samples.sample_weight is None:
        return float(samples.indices.size)
    return float(np.sum(samples.sample_weight, dtype=np.float64))
