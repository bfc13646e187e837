"""The three matrix products, against numpy."""

import numpy as np
import pytest

from skl2._kernels.gemm import gemm_nn, gemm_nt, gemm_tn

PRODUCTS = {
    "nn": (gemm_nn, lambda n, k, m: ((n, k), (k, m)), lambda a, b: a @ b),
    "tn": (gemm_tn, lambda n, k, m: ((k, n), (k, m)), lambda a, b: a.T @ b),
    "nt": (gemm_nt, lambda n, k, m: ((n, k), (m, k)), lambda a, b: a @ b.T),
}
SIZES = [(2, 3, 4), (3, 2, 4), (5, 1, 3), (1, 1, 1), (4, 3, 1), (1, 5, 2), (0, 3, 2), (0, 1, 2), (17, 33, 9)]
CASES = [(product, *sizes) for product in PRODUCTS for sizes in SIZES] + [("tn", 3, 0, 2)]  # layers have a unit each


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("product", "n", "k", "m"), CASES)
def test_product_is_numpys(product, n, k, m, dtype):
    """Each product overwrites `out`, and nothing beside it, with what numpy computes; of no samples that is zero."""
    multiply, shapes, expected = PRODUCTS[product]
    random = np.random.default_rng(0)
    a, b = (random.standard_normal(shape).astype(dtype) for shape in shapes(n, k, m))
    copies = a.copy(), b.copy()
    flat = np.full(n * m + 2, np.nan, dtype)  # layers are slices of a flat vector, too
    multiply(a, b, flat[1:-1].reshape(n, m))
    np.testing.assert_allclose(flat[1:-1].reshape(n, m), expected(a, b), rtol=0, atol=40 * np.finfo(dtype).eps)
    assert np.isnan(flat[[0, -1]]).all()
    np.testing.assert_array_equal(a, copies[0])
    np.testing.assert_array_equal(b, copies[1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_outer_product_is_exact(dtype):
    """With one column A Bᵀ is the products of its numbers, each rounded once, also where they are not finite."""
    a = np.array([[1 / 3], [-2e-3], [np.inf], [0]], dtype)
    b = np.array([[0.7], [1.1], [np.nan]], dtype)
    out = np.empty((4, 3), dtype)
    gemm_nt(a, b, out)
    np.testing.assert_array_equal(out, np.multiply.outer(a[:, 0], b[:, 0]))
