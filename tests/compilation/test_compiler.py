"""From an entry to object code, which computes what Python does."""

import numpy as np
import pytest
from numba.core import types
from numba.core.errors import TypingError

from skl2._compilation.compiler import numba_type
from skl2._compilation.entry import Variant
from skl2._compilation.linker import LinkedFunction
from skl2._compilation.signature import INTEGER, array

DTYPES = [np.dtype("float32"), np.dtype("float64")]


def link(function, dtype):
    """Return a function as machine code."""
    return LinkedFunction(Variant(function, dtype).make_code(), function, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(2, 3, 4), (1, 1, 1), (0, 3, 4), (2, 0, 4), (3, 2, 0)])
@pytest.mark.parametrize("change", [{}, {"outer.negative": False}, {"counted": False}, {"outer.inner.n": -(2**60)}])
def test_code_does_what_python_does(change, shape, dtype, example):
    """An entry with every kind of argument, in structs and not, changes its arrays as the Python function does."""
    found, expected = (example.draw_values(dtype, shape) | change for _ in range(2))
    linked = LinkedFunction(example.object_code(dtype), example.function, dtype)
    assert linked(*example.gather(found)) is None
    example.function(*example.gather(expected))
    for name, value in found.items():
        np.testing.assert_array_equal(value, expected[name])


@pytest.mark.parametrize("dtype", DTYPES)
def test_strides_of_one_row_do_not_matter(dtype, example):
    """In an axis of length one numpy allows any stride, which is not looked at."""
    found, expected = (example.draw_values(dtype, (1, 1, 4)) for _ in range(2))
    bits = np.tile(found["outer.bits"], (6, 1))[3::5]
    assert bits.strides != found["outer.bits"].strides
    linked = LinkedFunction(example.object_code(dtype), example.function, dtype)
    linked(*example.gather(found | {"outer.bits": bits}))
    example.function(*example.gather(expected))
    np.testing.assert_array_equal(found["out"], expected["out"])


@pytest.mark.parametrize("dtype", DTYPES)
def test_types_of_numba(dtype, example):
    """Arrays are aligned and in C order, numbers have 64 bits, and structs are named tuples of what they have."""
    number, integer = (types.float32, types.int32) if dtype.itemsize == 4 else (types.float64, types.int64)
    assert numba_type(array(2), dtype) == types.Array(number, 2, "C")
    assert numba_type(array(1, INTEGER), dtype) == types.Array(integer, 1, "C")
    assert numba_type(array(3, "int32"), dtype) == types.Array(types.int32, 3, "C")
    assert [numba_type(kind, dtype) for kind in (int, float, bool)] == [types.int64, types.float64, types.boolean]
    inner, outer = example.structs
    struct = numba_type(outer, dtype)
    assert struct.instance_class is outer
    assert struct.types[0] == types.NamedTuple([types.Array(number, 1, "C"), types.int64], inner)


def divide(x: array(1), y: array(1), out: array(1)):
    """out ← x / y, and 7 where x is not a number."""
    for i in range(out.size):
        out[i] = x[i] / y[i] if x[i] == x[i] else 7


@pytest.mark.parametrize("dtype", DTYPES)
def test_flags_reach_numba(dtype):
    """As in every kernel numbers are divided as in numpy, and checks for NaN are kept."""
    x, y = np.array([[1, -1, 0, np.nan, 3], [0, 0, 0, 1, 2]], dtype)
    out = np.zeros(5, dtype)
    link(divide, dtype)(x, y, out)
    np.testing.assert_array_equal(out, [np.inf, -np.inf, np.nan, 7, 1.5])


@pytest.mark.parametrize("dtype", DTYPES)
def test_there_are_no_wrappers(dtype, example):
    """Code has no functions that Python or C could call but ours: they would be a quarter of it."""
    code = example.object_code(dtype)
    assert b"cpython" not in code
    assert b"cfunc" not in code


def guess(out: array(1)):
    """Ask an array for what it has not."""
    out[0] = out.no_such_thing


def test_errors_of_numba_are_not_hidden():
    """An entry that numba cannot compile is told so by numba."""
    with pytest.raises(TypingError, match="no_such_thing"):
        Variant(guess, DTYPES[0]).make_code()
