"""What kernels do in instructions of LLVM: products and views mean what the plain versions say, and leak nothing.

Their atomic operations are in tests/kernels/test_atomics.py.
"""

import gc
import itertools
import sys
import weakref
from functools import cache

import numpy as np
import pytest

from skl2._compilation import instructions
from skl2._compilation.entry import Variant
from skl2._compilation.jit import kernel
from skl2._compilation.linker import LinkedFunction
from skl2._compilation.signature import INTEGER, array
from skl2._kernels.gemm import dot
from skl2._kernels.views import flat, matrix, reinterpret

DTYPES = [np.dtype("float32"), np.dtype("float64")]


@pytest.fixture(params=DTYPES, ids=str)
def dtype(request):
    """The numbers of an entry."""
    return request.param


@cache
def linked(function, dtype):
    """Return an entry as machine code, compiled once."""
    return LinkedFunction(Variant(function, dtype).make_code(), function, dtype)


def multiply(a: array(2), b: array(2), out: array(2), a_turned: bool, b_turned: bool):
    """out ← A B, of factors that are turned or not."""
    if a_turned and b_turned:
        dot(a.T, b.T, out)
    elif a_turned:
        dot(a.T, b, out)
    elif b_turned:
        dot(a, b.T, out)
    else:
        dot(a, b, out)


# (n, k, m) of A (n, k) and B (k, m): one row, one column, one of each, no samples among rows or in sums, and more.
SIZES = [
    *itertools.product([1, 3], [1, 2], [1, 4]),
    (1, 300, 1),
    (17, 33, 9),
    (2, 0, 3),
    (1, 0, 3),
    (2, 0, 1),
    (1, 0, 1),
]
EMPTY = [(0, 2, 3), (0, 2, 1), (0, 0, 2)]  # rows of a block, which is never turned
CASES = [(*sizes, turned) for sizes in SIZES for turned in itertools.product([False, True], repeat=2)]
CASES += [(*sizes, (False, turned)) for sizes in EMPTY for turned in (False, True)]


@pytest.mark.parametrize(("n", "k", "m", "turned"), CASES)
def test_products_are_numpys(n, k, m, turned, dtype, capfd):
    """The product overwrites `out`, and nothing beside it, and BLAS does not complain; factors are only read."""
    random = np.random.default_rng(0)
    a, b = random.standard_normal((n, k)).astype(dtype), random.standard_normal((k, m)).astype(dtype)
    given = [np.ascontiguousarray(x.T if is_turned else x) for x, is_turned in zip((a, b), turned, strict=True)]
    memory = np.full((n + 2, m), np.nan, dtype)
    linked(multiply, dtype)(*given, memory[1:-1], *turned)
    np.testing.assert_allclose(memory[1:-1], a @ b, rtol=0, atol=40 * max(1, k / 30) * np.finfo(dtype).eps)
    assert np.isnan(memory[[0, -1]]).all()
    for x, before, is_turned in zip(given, (a, b), turned, strict=True):
        np.testing.assert_array_equal(x.T if is_turned else x, before)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("turned", [(False, False), (True, False), (False, True)])
def test_products_of_what_is_not_finite(turned, dtype):
    """A NaN reaches each number that it meets, and none else: divergence must be seen."""
    a, b, out = np.ones((3, 3), dtype), np.ones((3, 3), dtype), np.zeros((3, 3), dtype)
    a[(2, 1) if turned[0] else (1, 2)] = np.nan
    linked(multiply, dtype)(a, b, out, *turned)
    assert np.isnan(out).all(axis=1).tolist() == [False, True, False]
    assert (out[[0, 2]] == 3).all()


def look(x: array(2), block: array(1), bits: array(1, INTEGER), out: array(1, "float64"), n: int):
    """Write through views of x and block, and read bits as numbers, n times."""
    for i in range(n):
        numbers = flat(x)
        numbers[i % numbers.size] += 1
        middle = matrix(block, 1, 2, 3)
        middle[i % 2, i % 3] += 10
        out[0] += reinterpret(bits, numbers)[0] + flat(middle)[0] + flat(matrix(block, 0, 1, 1))[0]


def test_views_are_of_the_same_memory(dtype, monkeypatch):
    """Who writes a view in an entry writes the array, as with the plain versions, and each call gives all back."""
    compiled = linked(look, dtype)
    for plain in (flat.function, matrix.function, reinterpret.function):
        monkeypatch.setitem(look.__globals__, plain.__name__, plain)
    found, expected = ([np.ones((2, 2), dtype), np.arange(8, dtype=dtype)] for _ in range(2))
    bits, sums = np.array([1.5, 2.5], dtype).view(f"int{8 * dtype.itemsize}"), [np.zeros(1), np.zeros(1)]
    before = [sys.getrefcount(x) for x in (*found, bits)]
    for _ in range(100):
        compiled(*found, bits, sums[0], 7)
        look(*expected, bits, sums[1], 7)
    assert [sys.getrefcount(x) for x in (*found, bits)] == before
    for one, other in zip((*found, sums[0]), (*expected, sums[1]), strict=True):
        np.testing.assert_array_equal(one, other)


@kernel
def view_often(x, bits, n):
    """Return Σ of what n views of each kind begin with."""
    total = 0.0
    for _ in range(n):
        numbers = flat(x)
        total += numbers[0] + flat(matrix(numbers, 1, 1, 1))[0] + reinterpret(bits, x)[0]
    return total


def test_kernels_give_back_what_they_view(dtype):
    """Called by numba's way, many times, with many views each, a kernel keeps no reference, and gives none away."""
    x, bits = np.array([[1, 2], [3, 4]], dtype), np.array([0.5], dtype).view(f"int{8 * dtype.itemsize}")
    assert view_often(x, bits, 1) == 3.5
    before = sys.getrefcount(x), sys.getrefcount(bits)
    for _ in range(1000):
        assert view_often(x, bits, 10) == 35
    assert (sys.getrefcount(x), sys.getrefcount(bits)) == before


@kernel
def view_rows(x):
    """Return views of x (n, 2), and views of these."""
    numbers = flat(x)
    return numbers, matrix(numbers, 2, 2, 1), reinterpret(numbers[1:], x)


def test_a_view_keeps_its_array(dtype):
    """An array lives as long as any view of it that a kernel has returned, and no longer."""
    x = np.array([[1, 2], [3, 4]], dtype)
    array_lives, views = weakref.ref(x), list(view_rows(x))
    assert all(np.shares_memory(view, x) for view in views)
    del x
    for expected in ([1, 2, 3, 4], [[3], [4]], [2, 3, 4]):
        gc.collect()
        assert array_lives() is not None
        np.testing.assert_array_equal(views[0], expected)
        del views[0]
    gc.collect()
    assert array_lives() is None


VECTOR, MATRIX = np.ones(4), np.ones((2, 2))
CALLS = {
    "row by column": ("dot", np.ones((1, 2)), np.ones((2, 1)), np.ones((1, 1))),
    "row by matrix": ("dot", np.ones((1, 2)), MATRIX, np.ones((1, 2))),
    "matrix by matrix": ("dot", MATRIX, MATRIX, MATRIX),
    "flat": ("flat", MATRIX),
    "matrix": ("matrix", VECTOR, 0, 2, 2),
    "reinterpret": ("reinterpret", VECTOR, np.ones(1, int)),
}


@pytest.mark.parametrize("call", CALLS)
def test_compiled_versions_are_nothing_to_python(call):
    """Called by Python they refuse: what they are made of is for the compiler only."""
    name, *arguments = CALLS[call]
    with pytest.raises(NotImplementedError):
        getattr(instructions, name)(*arguments)
    assert all(np.all(argument == 1) for argument in arguments if isinstance(argument, np.ndarray))
