"""Raw predictions in plain numpy: a few matrix products, nothing to compile."""

import numpy as np
from scipy.sparse import csr_array, issparse

from skl2._kernels.activations import ACTIVATIONS

# Of the widest layer at a time, so that memory does not grow with X and a block stays in the cache while it is biased
# and activated. Measured with 100 and 256 units: 1.05 to 1.2 times as fast as four times these bytes, those 1.2 to 1.8
# times as fast as all rows at once. With fewer rows wide networks are slower: each block reads all weights.
BLOCK_BYTES = 2**20
# scipy's product of sparse rows has more to do for each block: small ones take 1.1 times as long.
SPARSE_BLOCK_BYTES = 2**24
MIN_ROWS = 1024


def raw_prediction(X, coefs, intercepts, activation):
    """Return the output before the link, (n_samples, n_outputs), for X (n_samples, n_features)."""
    dtype = np.result_type(X.dtype, coefs[0].dtype)
    coefs = [coef.astype(dtype, copy=False) for coef in coefs]
    widest = max(coef.shape[1] for coef in coefs)
    block_bytes = SPARSE_BLOCK_BYTES if issparse(X) else BLOCK_BYTES
    rows = max(MIN_ROWS, block_bytes // (widest * dtype.itemsize))
    if X.shape[0] <= rows:
        return _forward(X, coefs, intercepts, activation)
    raw = np.empty((X.shape[0], coefs[-1].shape[1]), dtype)
    for start in range(0, X.shape[0], rows):
        raw[start : start + rows] = _forward(_rows(X, start, start + rows), coefs, intercepts, activation)
    return raw


def _rows(X, start, stop):
    """Return rows of X without a copy, which scipy would make of those of a CSR matrix."""
    if not issparse(X):
        return X[start:stop]
    indptr = X.indptr[start : stop + 1]
    entries = slice(indptr[0], indptr[-1])
    rows = csr_array((indptr.size - 1, X.shape[1]), dtype=X.dtype)
    rows.data, rows.indices, rows.indptr = X.data[entries], X.indices[entries], indptr - indptr[0]
    return rows


def _forward(X, coefs, intercepts, activation):
    layer = X
    for coef, intercept in zip(coefs[:-1], intercepts[:-1], strict=True):
        z = layer @ coef
        z += intercept
        layer = ACTIVATIONS[activation].numpy(z)
    z = layer @ coefs[-1]
    z += intercepts[-1]
    return z
