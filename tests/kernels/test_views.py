"""Other shapes, and another type, of the same numbers: views, which copy nothing."""

import numpy as np
import pytest

from skl2._kernels.views import flat, matrix, reinterpret

DTYPES = [np.float32, np.float64]


def draw(*shape, dtype=np.float64):
    """Random numbers, of which none is 0."""
    return np.random.default_rng(0).uniform(1, 2, shape).astype(dtype)


def assert_same_memory(view, expected):
    """Assert that a view has the shape, type, numbers and memory of the one of numpy that is expected."""
    np.testing.assert_array_equal(view, expected, strict=True)
    view[...] = 0
    assert not expected.any()
    assert view.size == 0 or view.ctypes.data == expected.ctypes.data


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(0,), (5,), (0, 3), (3, 0), (1, 1), (2, 3), (2, 3, 4), (2, 0, 4)])
def test_flat(shape, dtype):
    """An array of any shape has its numbers in one row, in C order."""
    x = draw(*shape, dtype=dtype)
    assert_same_memory(flat(x), x.ravel())


def test_flat_of_some_rows():
    """Rows from the middle of a matrix are their numbers, and those before and behind them are not touched."""
    x = draw(5, 3)
    assert_same_memory(flat(x[1:3]), x[1:3].ravel())
    np.testing.assert_array_equal(x.all(axis=1), [True, False, False, True, True])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("start", [0, 1, 8])
@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (4, 1), (1, 4), (0, 3), (2, 0)])
def test_matrix(shape, start, dtype):
    """A block of a vector, from its beginning, its middle or up to its end, is a matrix in C order."""
    x = draw(15, dtype=dtype)
    stop = start + shape[0] * shape[1]
    assert_same_memory(matrix(x, start, *shape), x[start:stop].reshape(shape))
    assert np.count_nonzero(x) == x.size - (stop - start)
    last = draw(stop, dtype=dtype)
    assert_same_memory(matrix(last, start, *shape), last[start:].reshape(shape))


@pytest.mark.parametrize(("number", "integer"), [(np.float32, np.int32), (np.float64, np.int64)])
@pytest.mark.parametrize("size", [0, 1, 7])
def test_reinterpret(size, number, integer):
    """Integers are read as the numbers of these bits, and numbers as integers; of `like` only the type counts."""
    bits, numbers = draw(size, dtype=number).view(integer), draw(size, dtype=number)
    assert_same_memory(reinterpret(bits, np.empty(3, number)), bits.view(number))
    assert_same_memory(reinterpret(numbers, np.empty((2, 2), integer)), numbers.view(integer))
