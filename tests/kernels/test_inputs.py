"""Rows of X and their two products with the first layer: sparse against dense."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array

from skl2._kernels.inputs import Inputs, add_multiple, count_rows, dot, take_rows, transposed_dot

N_SAMPLES, N_FEATURES, UNITS = 6, 5, 3
RANDOM = np.random.default_rng(0)


def sparse(matrix, dtype=np.float64):
    """A CSR matrix as the kernels take it."""
    types = (dtype, np.int32, np.int64)
    parts = (matrix.data, matrix.indices, matrix.indptr)
    return Inputs(np.empty((0, 0), dtype), *(part.astype(kind) for part, kind in zip(parts, types, strict=True)))


def draw_rows(kind):
    """A CSR matrix of the kind."""
    if kind == "nothing":
        return csr_array((N_SAMPLES, N_FEATURES))
    if kind == "untidy":  # unsorted and repeated features, a stored zero, empty rows at both ends and inside
        indices, indptr = np.array([4, 0, 2, 2, 3, 1, 3, 3, 0]), np.array([0, 0, 4, 4, 6, 9, 9])
        return csr_array((np.array([1.0, -2, 0.5, 3, 0, 7, 1, 1, 1]), indices, indptr), shape=(N_SAMPLES, N_FEATURES))
    return csr_array(RANDOM.standard_normal((N_SAMPLES, N_FEATURES)) * RANDOM.integers(0, 2, (N_SAMPLES, N_FEATURES)))


@pytest.fixture(params=["tidy", "untidy", "nothing"])
def matrix(request):
    """A CSR matrix (6, 5)."""
    return draw_rows(request.param)


def garbage(*shape, dtype=np.float64):
    """An array of NaN, in which whatever is not overwritten shows."""
    return np.full(shape, np.nan, dtype)


def test_products_equal_numpys(matrix, tools):
    """Dense and sparse rows give X W and Xᵀ Δ of numpy, whatever was in the result before."""
    X = matrix.toarray()
    coef, delta = RANDOM.standard_normal((N_FEATURES, UNITS)), RANDOM.standard_normal((N_SAMPLES, UNITS))
    for inputs in (tools.dense(X), sparse(matrix)):
        z, gradient = garbage(N_SAMPLES, UNITS), garbage(N_FEATURES, UNITS)
        dot(inputs, coef, z)
        transposed_dot(inputs, delta, gradient)
        assert_allclose(z, X @ coef, rtol=1e-14, atol=1e-15)
        assert_allclose(gradient, X.T @ delta, rtol=1e-14, atol=1e-15)


def test_transposed_dot_is_the_adjoint_of_dot(matrix):
    """⟨X W, Δ⟩ = ⟨W, Xᵀ Δ⟩."""
    coef, delta = RANDOM.standard_normal((N_FEATURES, UNITS)), RANDOM.standard_normal((N_SAMPLES, UNITS))
    z, gradient = garbage(N_SAMPLES, UNITS), garbage(N_FEATURES, UNITS)
    dot(sparse(matrix), coef, z)
    transposed_dot(sparse(matrix), delta, gradient)
    assert np.sum(z * delta) == pytest.approx(np.sum(coef * gradient), rel=1e-12)


@pytest.mark.parametrize(("start", "stop"), [(0, N_SAMPLES), (0, 2), (1, 5), (2, 3), (4, N_SAMPLES), (3, 3)])
def test_some_rows_are_views_with_the_products_of_those_rows(start, stop, matrix, tools):
    """Rows taken out count, multiply and transpose as the slice of the matrix does, and copy nothing."""
    X, n = matrix.toarray(), stop - start
    coef, delta = RANDOM.standard_normal((N_FEATURES, UNITS)), RANDOM.standard_normal((n, UNITS))
    for inputs in (tools.dense(X), sparse(matrix)):
        rows = take_rows(inputs, start, stop)
        z, gradient = garbage(n, UNITS), garbage(N_FEATURES, UNITS)
        dot(rows, coef, z)
        transposed_dot(rows, delta, gradient)
        assert (count_rows(inputs), count_rows(rows)) == (N_SAMPLES, n)
        assert_allclose(z, X[start:stop] @ coef, rtol=1e-14, atol=1e-15)
        assert_allclose(gradient, X[start:stop].T @ delta, rtol=1e-14, atol=1e-15)
        for part, whole in zip(rows, inputs, strict=True):
            assert part.size == 0 or np.shares_memory(part, whole)


def test_rows_of_rows(tools):
    """Rows of rows are counted from the first of them: a mini-batch of a chunk of an epoch."""
    matrix = draw_rows("untidy")
    for inputs in (tools.dense(matrix.toarray()), sparse(matrix)):
        z = garbage(2, N_FEATURES)
        dot(take_rows(take_rows(inputs, 1, 6), 2, 4), np.eye(N_FEATURES), z)
        assert_array_equal(z, matrix.toarray()[3:5])


@pytest.mark.parametrize("kind", ["untidy", "nothing"])
def test_single_precision_stays_single(kind):
    """float32 rows give the float32 products of numpy."""
    matrix = draw_rows(kind)
    coef, delta = np.float32(RANDOM.standard_normal((2, N_SAMPLES, UNITS)))
    z, gradient = garbage(N_SAMPLES, UNITS, dtype=np.float32), garbage(N_FEATURES, UNITS, dtype=np.float32)
    dot(sparse(matrix, np.float32), coef[:N_FEATURES], z)
    transposed_dot(sparse(matrix, np.float32), delta, gradient)
    assert_allclose(z, matrix.toarray() @ coef[:N_FEATURES], rtol=1e-5, atol=1e-6)
    assert_allclose(gradient, matrix.toarray().T @ delta, rtol=1e-5, atol=1e-6)


def test_nan_passes():
    """A weight or delta that is not finite reaches each result that a stored value meets: divergence must be seen."""
    matrix = draw_rows("untidy")
    coef, delta = np.zeros((N_FEATURES, UNITS)), np.zeros((N_SAMPLES, UNITS))
    coef[4], delta[3] = np.nan, np.inf  # row 1 has feature 4; row 3 has features 1 and 3, the latter a stored zero
    z, gradient = garbage(N_SAMPLES, UNITS), garbage(N_FEATURES, UNITS)
    dot(sparse(matrix), coef, z)
    with np.errstate(invalid="ignore"):  # numpy's word for 0 · ∞ when the kernels run uncompiled
        transposed_dot(sparse(matrix), delta, gradient)
    assert np.isnan(z).all(axis=1).tolist() == [False, True, False, False, False, False]
    assert np.isfinite(gradient).all(axis=1).tolist() == [True, False, True, False, True]


def test_dense_and_sparse_rows_are_one_type(tools):
    """numba sees no difference between dense and sparse rows, nor between a matrix and rows of it."""
    numba = pytest.importorskip("numba")
    inputs = [tools.dense(np.zeros((2, 3))), sparse(draw_rows("tidy"))]
    types = {numba.typeof(rows) for whole in inputs for rows in (whole, take_rows(whole, 0, 1))}
    assert len(types) == 1


def test_add_multiple():
    """X + factor · y, in place; y is left alone."""
    x, y = np.array([1.0, 2.0, np.nan]), np.array([3.0, -1.0, 1.0])
    add_multiple(x, -2.0, y)
    assert_array_equal(x, [-5.0, 4.0, np.nan])
    assert_array_equal(y, [3.0, -1.0, 1.0])
