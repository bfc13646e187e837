"""From object code to a function for Python: what it takes, what it refuses, and what runs beside it."""

import ctypes
import pathlib
import re
import subprocess
import sys
import threading

import llvmlite.binding as llvm
import numpy as np
import pytest

import skl2
from skl2._compilation.entry import Variant
from skl2._compilation.linker import BLAS, FUNCTION, LinkedFunction, symbols
from skl2._compilation.signature import array, leaves
from skl2._kernels.atomics import add, give_way, load

DTYPES = [np.dtype("float32"), np.dtype("float64")]
ARRAYS = ["out", "outer.inner.x", "outer.bits", "counts"]
OTHERS = {"f4": "f8", "f8": "f4", "i4": "i8", "i8": "i4"}


@pytest.fixture(params=DTYPES, ids=str)
def dtype(request):
    """The numbers of an entry."""
    return request.param


@pytest.fixture
def linked(dtype, example):
    """Machine code of the entry with every kind of argument."""
    return LinkedFunction(example.object_code(dtype), example.function, dtype)


def shift_by_a_byte(x):
    """Return a copy that is not aligned."""
    copy = np.empty(x.nbytes + 1, np.uint8)[1:].view(x.dtype).reshape(x.shape)
    copy[...] = x
    return copy


def forbid_writing(x):
    """Return a read-only copy."""
    copy = x.copy()
    copy.flags.writeable = False
    return copy


WRONG = {
    "nothing": lambda x: None,
    "a number": lambda x: x.flat[0],
    "a list": lambda x: x.tolist(),
    "an array's bytes": lambda x: x.tobytes(),
    "its buffer": lambda x: x.data,
    "a memory map": lambda x: x.view(np.memmap),
    "masked": np.ma.masked_array,
    "the type itself": type,
    "other precision": lambda x: x.astype(OTHERS[x.dtype.str[1:]]),
    "other type of the same size": lambda x: x.view(f"{'f' if x.dtype.kind == 'i' else 'i'}{x.itemsize}"),
    "no signs": lambda x: x.view(f"u{x.itemsize}"),
    "complex": lambda x: x.astype(complex),
    "objects": lambda x: x.astype(object),
    "other byte order": lambda x: x.astype(x.dtype.newbyteorder()),
    "one axis more": lambda x: x[np.newaxis],
    "one axis less": lambda x: np.asarray(x[0]),
    "every second": lambda x: np.repeat(x, 2, axis=-1)[..., ::2],
    "backwards": lambda x: x[::-1],
    "repeated": lambda x: np.broadcast_to(x[:1], x.shape),
    "read-only": forbid_writing,
    "not aligned": shift_by_a_byte,
}


@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_array_is_named_and_nothing_is_written(wrong, name, dtype, linked, example):
    """What is not a plain, writeable, aligned array in C order of the right type is a TypeError that says which."""
    values, before = example.draw_values(dtype), example.draw_values(dtype)
    values[name] = WRONG[wrong](values[name])
    kind = leaves(example.function.__annotations__, dtype)[name]
    message = f"{name} must be a writeable {kind.dtype} array of {kind.ndim} dimensions, in C order."
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        linked(*example.gather(values))
    for other in {*ARRAYS} - {name}:
        np.testing.assert_array_equal(values[other], before[other])


@pytest.mark.parametrize("name", ["out", "outer.bits"])
def test_columns_are_refused(name, dtype, linked, example):
    """An array in Fortran's order is no array in C order."""
    values = example.draw_values(dtype)
    values[name] = np.asfortranarray(values[name])
    with pytest.raises(TypeError, match=f"^{name} must"):
        linked(*example.gather(values))


SCALARS = {
    int: [2, np.int64(-2), np.int32(3), np.uint8(4), np.intp(5), True, np.array(6)],
    float: [0.5, np.float64(-0.5), np.float32(0.25), np.float16(2), 3, np.int64(-3), np.array(0.125)],
    bool: [True, False, np.True_, np.False_, 0, 1, np.int64(1)],
}
NO_NUMBERS = {int: [1.5, np.float64(2), "2", None, [2], 1j], float: ["0.5", None, [0.5], 1j]}


def names_of(kind, example):
    """Return which arguments are of a kind, in structs and not."""
    return [name for name, each in leaves(example.function.__annotations__, DTYPES[0]).items() if each is kind]


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind in SCALARS for value in SCALARS[kind]], ids=repr)
def test_numbers_of_numpy_are_numbers(kind, value, dtype, linked, example):
    """Whatever Python takes for an int, a float or a truth is one, with the value that it has in Python."""
    for name in names_of(kind, example):
        found, expected = (example.draw_values(dtype) | {name: value} for _ in range(2))
        linked(*example.gather(found))
        example.function(*example.gather(expected))
        for array_name in ("out", "counts"):
            np.testing.assert_array_equal(found[array_name], expected[array_name])


@pytest.mark.parametrize(("kind", "value"), [(kind, no) for kind in NO_NUMBERS for no in NO_NUMBERS[kind]], ids=repr)
def test_what_is_no_number_is_refused(kind, value, dtype, linked, example):
    """A float is not cut to an int, text is not read, and nothing is written."""
    for name in names_of(kind, example):
        values, before = example.draw_values(dtype) | {name: value}, example.draw_values(dtype)
        with pytest.raises(ctypes.ArgumentError):
            linked(*example.gather(values))
        for array_name in ARRAYS:
            np.testing.assert_array_equal(values[array_name], before[array_name])


def test_too_few_arguments(dtype, linked, example):
    """What lacks an argument is refused."""
    with pytest.raises(TypeError, match="argument"):
        linked(*example.gather(example.draw_values(dtype))[:-1])


def test_functions_do_not_share_code(dtype, linked, example):
    """Code that was linked twice is there twice, and stays as long as its function."""
    other = LinkedFunction(example.object_code(dtype), example.function, dtype)
    expected, found = (example.draw_values(dtype) for _ in range(2))
    other(*example.gather(expected))
    del other
    linked(*example.gather(found))
    np.testing.assert_array_equal(found["out"], expected["out"])


def test_arrays_are_given_back(dtype, linked, example):
    """No call keeps a reference to what it was given, nor gives one away, whether it is right or refused."""
    values = example.draw_values(dtype)
    wrong, arrays = values | {"counts": None}, [values[name] for name in ARRAYS]
    before = [sys.getrefcount(each) for each in arrays]
    for _ in range(100):
        linked(*example.gather(values))
        with pytest.raises(TypeError):
            linked(*example.gather(wrong))
    assert [sys.getrefcount(each) for each in arrays] == before


def meet(counters: array(1, "int64"), mine: int, other: int, n: int):
    """Raise a counter n times, each time that another was raised as often."""
    for i in range(n):
        while load(counters, other) < i:
            give_way()
        add(counters, mine, 1)


def test_other_threads_run_beside_it():
    """Two calls that wait for each other, and Python that looks at them from a third thread, all go on."""
    counters, dtype = np.zeros(2, np.int64), DTYPES[0]
    linked = LinkedFunction(Variant(meet, dtype).make_code(), meet, dtype)
    threads = [threading.Thread(target=linked, args=(counters, mine, 1 - mine, 100), daemon=True) for mine in (0, 1)]
    threads[0].start()
    while counters[0] == 0:
        threads[0].join(0.001)
    assert threads[0].is_alive()
    assert counters.tolist() == [1, 0]
    threads[1].start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    assert counters.tolist() == [100, 100]


def read_beyond(x: array(1), index: int):
    """Read x[index], and write it to x[0]."""
    x[0] = x[index]


@pytest.mark.parametrize("index", [3, -4])
def test_an_index_beyond_an_array_is_an_error_where_it_is_checked(index, dtype, monkeypatch):
    """Code that was compiled with checks raises IndexError, and is as good as before for the next call."""
    monkeypatch.setattr("numba.config.BOUNDSCHECK", 1)
    linked = LinkedFunction(Variant(read_beyond, dtype).make_code(), read_beyond, dtype)
    x = np.array([1, 2, 3], dtype)
    with pytest.raises(IndexError, match="beyond an array"):
        linked(x, index)
    linked(x, 2)
    assert x.tolist() == [3, 2, 3]


def call_what_is_missing():
    """Return object code that calls a function which is nowhere."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    text = f"declare i32 @skl2_nowhere()\ndefine i32 @{FUNCTION}() {{\n%1 = call i32 @skl2_nowhere()\nret i32 %1\n}}"
    return llvm.Target.from_default_triple().create_target_machine().emit_object(llvm.parse_assembly(text))


CODES = {
    "empty": lambda code: b"",
    "text": lambda code: b"<html>404</html>",
    "half": lambda code: code[: len(code) // 2],
    "without our function": lambda code: code.replace(FUNCTION.encode(), b"x" * len(FUNCTION)),
    "what calls a missing function": lambda code: call_what_is_missing(),
}


@pytest.mark.parametrize("which", CODES)
def test_what_cannot_be_linked_is_a_runtime_error(which, dtype, example, capfd):
    """Whatever code lacks, it is RuntimeError, without a word of LLVM."""
    with pytest.raises(RuntimeError):
        LinkedFunction(CODES[which](example.object_code(dtype)), example.function, dtype)
    assert capfd.readouterr() == ("", "")


def test_symbols():
    """The linker has an address for each product of BLAS, and no two are the same."""
    found = symbols()
    assert set(BLAS.values()) < set(found)
    assert len(set(found.values())) == len(found)
    assert all(found.values())


def twice(x: array(1)):
    """x ← 2 x."""
    for i in range(x.size):
        x[i] *= 2


# Without skl2/__init__.py, which imports much else.
RUN = """
import sys, types
sys.modules["numba"] = None
package = types.ModuleType("skl2")
package.__path__ = [sys.argv[1]]
sys.modules["skl2"] = package
import numpy as np
from skl2._compilation.linker import LinkedFunction
from skl2._compilation.signature import array
def twice(x: array(1)): pass
x = np.arange(3.0)
with open(sys.argv[2], "rb") as file:
    LinkedFunction(file.read(), twice, x.dtype)(x)
print(x.tolist())
"""


def test_numba_is_not_needed(tmp_path):
    """In another process, where numba cannot be imported, code is linked and runs."""
    code = tmp_path / "code"
    code.write_bytes(Variant(twice, np.dtype("float64")).make_code())
    command = [sys.executable, "-c", RUN, pathlib.Path(skl2.__file__).parent, code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("[0.0, 2.0, 4.0]\n", "")
