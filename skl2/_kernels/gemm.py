"""Matrix products by BLAS, named as there by which factor is transposed (t) or not (n). All arrays are in C order."""

import numpy as np

from skl2._compilation.jit import instruction, kernel


@instruction
def dot(a, b, out):
    """out ← A B; a (n, k) and b (k, m) in C order, or views of such that are transposed."""
    np.dot(a, b, out)


@kernel
def gemm_nn(a, b, out):
    """out ← A B; a (n, k), b (k, m), out (n, m)."""
    dot(a, b, out)


@kernel
def gemm_tn(a, b, out):
    """out ← Aᵀ B; a (k, n), b (k, m), out (n, m)."""
    dot(a.T, b, out)


@kernel
def gemm_nt(a, b, out):
    """out ← A Bᵀ; a (n, k), b (m, k), out (n, m)."""
    if a.shape[1] != 1:
        dot(a, b.T, out)
        return
    for i in range(out.shape[0]):  # k = 1, networks with one output: an outer product, in half the time of BLAS
        factor = a[i, 0]
        for j in range(out.shape[1]):
            out[i, j] = factor * b[j, 0]
