"""What the tests of compilation share: small entries are compiled, into folders of their own, also where none are."""

import gc
import time
from functools import cache
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
from numba.core.compiler_lock import global_compiler_lock

from skl2._compilation.entry import Entry, entry
from skl2._compilation.signature import INTEGER, array
from skl2._compilation.target import Level


@pytest.fixture(autouse=True)
def compile_here(tmp_path, monkeypatch):
    """Compile, whatever the suite is told, and keep what is compiled in an empty folder."""
    monkeypatch.setattr("numba.config.DISABLE_JIT", 0)
    monkeypatch.setattr("numba.config.CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("SKL2_NUMBA_CACHE", raising=False)
    monkeypatch.delenv("SKL2_PREBUILT", raising=False)


class Inner(NamedTuple):
    """A struct in a struct."""

    x: array(1)  # (c,)
    n: int


class Outer(NamedTuple):
    """A struct with everything that one may have."""

    inner: Inner
    scale: float
    bits: array(2, INTEGER)  # (b, c)
    negative: bool


@entry
def mix(out: array(3, "float64"), outer: Outer, counts: array(1, "int64"), shift: int, ratio: float, counted: bool):
    """Add to out (a, b, c) what depends on all arguments, and count in counts (a,)."""
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            for k in range(out.shape[2]):
                value = outer.inner.x[k] * outer.scale + outer.bits[j, k] * shift + counts[i] * ratio + outer.inner.n
                out[i, j, k] += -value if outer.negative else value
        if counted:
            counts[i] += 1


def draw_values(dtype, shape=(2, 3, 4)):
    """Return the arguments of `mix` by the names of what is left of them, all numbers exact."""
    random, (a, b, c) = np.random.default_rng(0), shape
    return {
        "out": random.integers(-9, 9, shape).astype(float),
        "outer.inner.x": random.integers(-9, 9, c).astype(dtype),
        "outer.inner.n": -3,
        "outer.scale": 0.5,
        "outer.bits": random.integers(-9, 9, (b, c)).astype(f"int{8 * dtype.itemsize}"),
        "outer.negative": True,
        "counts": random.integers(2**40, 2**41, a),
        "shift": 7,
        "ratio": 0.25,
        "counted": True,
    }


def gather(values):
    """Return the arguments of `mix`, with their structs."""
    inner = Inner(values["outer.inner.x"], values["outer.inner.n"])
    outer = Outer(inner, values["outer.scale"], values["outer.bits"], values["outer.negative"])
    return values["out"], outer, values["counts"], values["shift"], values["ratio"], values["counted"]


@cache
def object_code(dtype):
    """Return the object code of `mix`, compiled once."""
    return mix[dtype].make_code()


@pytest.fixture(scope="session")
def example():
    """An entry with every kind of argument."""
    return SimpleNamespace(
        function=mix.function, structs=(Inner, Outer), draw_values=draw_values, gather=gather, object_code=object_code
    )


DTYPE = np.dtype("float64")
ANY = Level("any", frozenset())  # a level of all processors
WORDS = ["native", "prebuilt", "function"]  # what code says of itself: compiled here or ahead, or compiled from Python


def make_tell(word):
    """Return an entry kernel that writes which of WORDS it is."""
    number = WORDS.index(word)

    def tell(out: array(1)):
        out[0] = number

    return tell


def new(dtype=DTYPE, function=None):
    """Return the entry as a new process has it."""
    return Entry(function or make_tell("function"))[dtype]


def call(variant):
    """Call the entry; return where it says that its code is from, and what the code says."""
    out = np.zeros(1, variant.dtype)
    assert variant(out) is None
    return variant.origin, WORDS[int(out[0])]


@pytest.fixture(scope="session")
def codes():
    """Object code that says what it is, compiled once: of one name, and of different functions."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("numba.config.DISABLE_JIT", 0)
        return {word: new(function=make_tell(word)).make_code() for word in WORDS[:2]}


class Compiler:
    """What stands in for ours: gives the code that it has, and keeps (entry, whether garbage is collected) of calls."""

    def __init__(self, code):
        self.code, self.calls, self.takes = code, [], 0.0

    def __call__(self, function, dtype, flags):
        """Stand in for compile_entry."""
        assert global_compiler_lock.is_locked()
        self.calls.append((f"{function.__name__}_{dtype.name}", gc.isenabled()))
        time.sleep(self.takes)
        return self.code


@pytest.fixture
def compiler(codes, monkeypatch, tmp_path):
    """A compiler that gives native code, on a machine of a level for which nothing is prebuilt."""
    compiler = Compiler(codes["native"])
    monkeypatch.setattr("skl2._compilation.compiler.compile_entry", compiler)
    monkeypatch.setattr("skl2._compilation.entry.level_of_this_machine", lambda: ANY)
    monkeypatch.setattr("skl2._compilation.storage.PREBUILT", tmp_path / "package" / "prebuilt")
    monkeypatch.setattr("numba.config.BOUNDSCHECK", None)
    return compiler


@pytest.fixture
def prebuilt(compiler, codes):
    """The same, with code in the package."""
    compiler.code = codes["prebuilt"]
    new().prebuild(ANY)
    compiler.code = codes["native"]
    compiler.calls.clear()
    return compiler


@pytest.fixture(scope="session")
def tell():
    """The entry that says what it is."""
    return SimpleNamespace(new=new, call=call, make=make_tell, level=ANY, dtype=DTYPE)
