"""Mini-batches: the order of an epoch, cut into chunks that are gathered and cast to the training dtype.

A chunk is the unit between two looks at Python: Ctrl-C, progress and several networks take turns there.
"""

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array, issparse

from skl2._kernels.inputs import Inputs
from skl2._kernels.training import Chunk

CHUNK_BYTES = 2**20  # about the second-level cache of a core
CHUNK_FLOPS = 10**9  # about 50 ms on one core: the longest that Ctrl-C should wait


class Data(NamedTuple):
    """What is trained on: rows `indices` of arrays that are never copied whole."""

    X: np.ndarray | csr_array  # (n_samples, n_features), any float dtype and layout, or CSR
    y: np.ndarray  # (n_samples, n_targets)
    sample_weight: np.ndarray | None  # (n_samples,); None: all are 1
    indices: np.ndarray  # (n,) intp


class Batches:
    """The epochs of `data` in mini-batches of batch_size."""

    def __init__(self, data, batch_size, dtype, n_params):
        self.data = data
        self.batch_size = batch_size
        self.order = data.indices
        self.n_batches = -(-data.indices.size // batch_size)
        rows = batch_size * _batches_per_chunk(batch_size, _bytes_per_row(data.X, dtype), n_params)
        rows = min(rows, data.indices.size)
        self.X = _empty_inputs((0, 0) if issparse(data.X) else (rows, data.X.shape[1]), dtype)
        self.y = np.empty((rows, data.y.shape[1]), dtype)
        self.sample_weight = np.ones(rows, dtype)
        self.total_weight = _total_weight(data)

    def shuffle(self, random_state):
        """Permute the current order: the permutation of scikit-learn's MLP at equal random state."""
        permutation = np.arange(self.order.size)
        random_state.shuffle(permutation)
        self.order = self.order[permutation]

    def chunks(self):
        """Yield the epoch as chunks; each overwrites the one before."""
        rows = self.y.shape[0]
        for start in range(0, self.order.size, rows):
            indices = self.order[start : start + rows]
            n = indices.size
            gather(self.data.y, indices, self.y[:n])
            if self.data.sample_weight is not None:
                gather(self.data.sample_weight, indices, self.sample_weight[:n])
            first_batch = start // self.batch_size
            yield Chunk(self._inputs(indices), self.y[:n], self.sample_weight[:n], self.batch_size, first_batch)

    def _inputs(self, indices):
        if issparse(self.data.X):
            return gather_sparse(self.data.X, indices, self.X)
        dense = self.X.dense[: indices.size]
        gather(self.data.X, indices, dense)
        return self.X._replace(dense=dense)


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


def _batches_per_chunk(batch_size, row_bytes, n_params):
    flops = 6 * n_params * batch_size  # three products of two flops per parameter and sample
    return max(1, min(CHUNK_BYTES // (row_bytes * batch_size), CHUNK_FLOPS // flops))


def _total_weight(data):
    if data.sample_weight is None:
        return float(data.indices.size)
    return float(np.sum(data.sample_weight[data.indices], dtype=np.float64))
