"""What annotations of entries mean for a dtype."""

import numpy as np
import pytest

from skl2._compilation.linker import _take_apart
from skl2._compilation.signature import INTEGER, Array, array, fields, leaves, resolve

DTYPES = [np.dtype("float32"), np.dtype("float64")]


@pytest.mark.parametrize("dtype", DTYPES)
def test_arrays(dtype):
    """An array is of the dtype of the entry, of integers as wide, or of a type of its own."""
    assert resolve(array(2), dtype) == Array(2, dtype)
    assert resolve(array(1, INTEGER), dtype) == Array(1, np.dtype({4: "int32", 8: "int64"}[dtype.itemsize]))
    for name in ("float64", "int32", "int64", "intp"):
        assert resolve(array(3, name), dtype) == Array(3, np.dtype(name))


@pytest.mark.parametrize("dtype", DTYPES)
def test_what_is_no_array_stands_for_itself(dtype, example):
    """Numbers and structs are what the annotation says."""
    for kind in (int, float, bool, *example.structs):
        assert resolve(kind, dtype) is kind


def test_fields_are_in_order(example):
    """The fields of a struct come in the order in which its values do."""
    _, outer = example.structs
    assert list(fields(outer)) == [outer.__annotations__[name] for name in outer._fields]


@pytest.mark.parametrize("dtype", DTYPES)
def test_leaves(dtype, example):
    """Structs are taken apart, those in them as well, and what is left bears the whole path as its name."""
    assert leaves(example.function.__annotations__, dtype) == {
        "out": Array(3, np.dtype("float64")),
        "outer.inner.x": Array(1, dtype),
        "outer.inner.n": int,
        "outer.scale": float,
        "outer.bits": Array(2, np.dtype(f"int{8 * dtype.itemsize}")),
        "outer.negative": bool,
        "counts": Array(1, np.dtype("int64")),
        "shift": int,
        "ratio": float,
        "counted": bool,
    }


@pytest.mark.parametrize("dtype", DTYPES)
def test_leaves_are_in_the_order_of_the_values(dtype, example):
    """Arguments that are taken apart as a call does it stand where the leaves of their annotations do."""
    values = example.draw_values(dtype)
    assert list(leaves(example.function.__annotations__, dtype)) == list(values)
    apart = _take_apart(example.gather(values), [])
    assert all(one is other for one, other in zip(apart, values.values(), strict=True))
