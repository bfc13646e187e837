"""Rows of X, dense or sparse, and their two products with the first layer: the only place that knows the difference."""

from typing import NamedTuple

from skl2._compilation.jit import kernel
from skl2._compilation.signature import array
from skl2._kernels.gemm import gemm_nn, gemm_tn
from skl2._kernels.views import flat


class Inputs(NamedTuple):
    """A dense block, or the arrays of a CSR matrix: what is not used is empty, so that one compilation serves both."""

    dense: array(2)  # (n, n_features), or (0, 0)
    data: array(1)  # (n_nonzero,): values, row after row
    indices: array(1, "int32")  # (n_nonzero,) int32: their features
    indptr: array(1, "int64")  # (n + 1,) int64: where each row begins in data, and where the last ends; or (0,)


@kernel
def count_rows(X):
    """Return n."""
    return X.indptr.size - 1 if X.indptr.size > 0 else X.dense.shape[0]


@kernel
def take_rows(X, start, stop):
    """Return rows start to stop, as views."""
    return Inputs(X.dense[start:stop], X.data, X.indices, X.indptr[start : stop + 1])


@kernel
def dot(X, coef, out):
    """out ← X W; coef (n_features, units), out (n, units)."""
    if X.indptr.size == 0:
        gemm_nn(X.dense, coef, out)
        return
    for i in range(out.shape[0]):
        row = out[i]
        for j in range(row.size):
            row[j] = 0
        for k in range(X.indptr[i], X.indptr[i + 1]):
            add_multiple(row, X.data[k], coef[X.indices[k]])


@kernel
def transposed_dot(X, delta, out):
    """out ← Xᵀ Δ; delta (n, units), out (n_features, units)."""
    if X.indptr.size == 0:
        gemm_tn(X.dense, delta, out)
        return
    numbers = flat(out)
    for i in range(numbers.size):
        numbers[i] = 0
    for i in range(delta.shape[0]):
        for k in range(X.indptr[i], X.indptr[i + 1]):
            add_multiple(out[X.indices[k]], X.data[k], delta[i])


@kernel
def add_multiple(x, factor, y):
    """x ← x + factor · y; x, y (n,)."""
    for i in range(x.size):
        x[i] += factor * y[i]
