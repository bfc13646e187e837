"""Where the code of an entry is from: it was compiled before, came with the package, or is compiled now."""

import gc
import shutil
import sys
import threading
from contextlib import contextmanager

import numpy as np
import pytest
from numba.core.compiler_lock import global_compiler_lock

from skl2._compilation import storage
from skl2._compilation.entry import Entry
from skl2._compilation.jit import kernel
from skl2._compilation.signature import array
from skl2._kernels.atomics import give_way, load


def test_one_variant_for_each_dtype(tell):
    """An entry has one variant for a dtype, which begins without code."""
    entry = Entry(tell.make("function"))
    assert entry[np.dtype("float64")] is entry[np.dtype(float)]
    assert entry[np.dtype("float32")] is not entry[np.dtype("float64")]
    assert (entry[np.dtype("float32")].name, entry[np.dtype("float32")].origin) == ("tell_float32", None)


def test_compiled_once_and_cached(compiler, tell):
    """Without any code the first call compiles, and later processes find it; no later call looks again."""
    variant = tell.new()
    assert [tell.call(variant), tell.call(variant)] == [("compiled", "native")] * 2
    assert [tell.call(tell.new()), tell.call(tell.new())] == [("cached", "native")] * 2
    shutil.rmtree(storage.folders()[0])
    assert tell.call(variant) == ("compiled", "native")
    assert len(compiler.calls) == 1


def test_prebuilt_code_is_found(prebuilt, tell):
    """Code in the package is used without compiling, and nothing is written."""
    assert tell.call(tell.new()) == ("prebuilt", "prebuilt")
    assert not storage.folders()[0].exists()
    assert prebuilt.calls == []


def test_native_code_comes_first(prebuilt, tell):
    """As soon as an entry was compiled for this very processor, processes that begin use that."""
    assert tell.new().prepare(native=True) == "compiled"
    assert tell.call(tell.new()) == ("cached", "native")
    shutil.rmtree(storage.folders()[0])
    assert tell.call(tell.new()) == ("prebuilt", "prebuilt")


def test_native_code_replaces_the_prebuilt(prebuilt, tell):
    """Who asks for it compiles once, also where prebuilt code has run; another process that asks finds it."""
    variant, other = tell.new(), tell.new()
    assert [tell.call(variant), tell.call(other)] == [("prebuilt", "prebuilt")] * 2
    assert [variant.prepare(native) for native in (False, True, True, False)] == ["prebuilt", *["compiled"] * 3]
    assert tell.call(variant) == ("compiled", "native")
    assert tell.call(other) == ("prebuilt", "prebuilt")
    assert other.prepare(native=True) == "cached"
    assert tell.call(other) == ("cached", "native")
    assert len(prebuilt.calls) == 1


def test_looking_changes_nothing(prebuilt, codes, tell):
    """Who looks gets the code that would be used, and where it is from; nothing is linked or compiled."""
    variant = tell.new()
    assert variant.look() == (codes["prebuilt"], "prebuilt")
    assert variant.look(native=True) == (None, None)
    tell.new().prepare(native=True)
    assert variant.look() == variant.look(native=True) == (codes["native"], "cached")
    assert variant.origin is None
    assert len(prebuilt.calls) == 1


def test_without_a_cache_there_is_prebuilt_code(prebuilt, tell, monkeypatch):
    """With SKL2_NUMBA_CACHE=0 what was compiled is neither kept nor found, but the package's own code is used."""
    origins = []
    for value in ("0", "1", "0"):
        monkeypatch.setenv("SKL2_NUMBA_CACHE", value)
        origins += [tell.new().prepare(native=True), storage.folders()[0].exists()]
    assert origins == ["compiled", False, "compiled", True, "compiled", True]
    assert tell.call(tell.new()) == ("prebuilt", "prebuilt")


@pytest.mark.parametrize("native", [False, True])
def test_what_another_process_has_compiled_meanwhile_is_used(native, compiler, codes, tell, monkeypatch):
    """Who has waited for its turn looks once more before it compiles."""
    variant = tell.new()

    @contextmanager
    def wait():
        storage.write(variant._local_file(), codes["native"], storage.folders())
        yield

    monkeypatch.setattr("skl2._compilation.entry.compiling", wait)
    assert variant.prepare(native) == "cached"
    assert compiler.calls == []


def test_plain_python(prebuilt, tell, monkeypatch):
    """Where nothing is compiled the function itself runs, whatever code there is, and numba is not needed."""
    monkeypatch.setattr("skl2._compilation.entry.is_compiling", lambda: False)
    monkeypatch.setitem(sys.modules, "numba", None)
    variant = tell.new()
    assert [variant.prepare(), variant.prepare(native=True)] == ["plain Python"] * 2
    assert tell.call(variant) == ("plain Python", "function")
    assert prebuilt.calls == []


def scale(x: array(2), factors: array(1, "float64"), n: int):
    """x[i] ← n · factors[i] · x[i]; x (n_rows, n_columns)."""
    for i in range(x.shape[0]):
        multiply(x[i], n * factors[i])


@kernel
def multiply(x, factor):
    """x ← factor · x."""
    for i in range(x.size):
        x[i] *= factor


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_real_compiler(dtype, monkeypatch, tmp_path, tell):
    """Compiled, cached and prebuilt code that calls kernels gives the numbers of numpy, in each dtype."""
    monkeypatch.setattr("skl2._compilation.entry.level_of_this_machine", lambda: tell.level)
    monkeypatch.setattr("skl2._compilation.storage.PREBUILT", tmp_path / "prebuilt")
    monkeypatch.setattr("numba.config.BOUNDSCHECK", None)
    origins = []
    for before in (lambda: None, lambda: None, lambda: build_ahead(tell.new(np.dtype(dtype), scale), tell.level)):
        before()
        variant, x = tell.new(np.dtype(dtype), scale), np.arange(6, dtype=dtype).reshape(3, 2)
        variant(x, np.array([1.0, 0.5, -1]), 2)
        np.testing.assert_array_equal(x, [[0, 2], [2, 3], [-8, -10]])
        origins.append(variant.origin)
    assert origins == ["compiled", "cached", "prebuilt"]


def build_ahead(variant, level):
    """Have code in the package, and none in the cache."""
    shutil.rmtree(storage.folders()[0])
    variant.prebuild(level)


@pytest.mark.parametrize("native", [False, True])
def test_threads_that_call_first_together_compile_once(native, prebuilt, tell, monkeypatch):
    """Of threads that want code at the same moment one makes it, and all have it."""
    monkeypatch.setenv("SKL2_PREBUILT", str(int(native)))
    variant, meeting, found = tell.new(), threading.Barrier(4), []
    if native:
        assert variant.prepare() == "prebuilt"
    prebuilt.takes = 0.1

    def work():
        meeting.wait()
        variant.prepare(native)
        found.append(tell.call(variant))

    threads = [threading.Thread(target=work, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert found == [("compiled", "native")] * 4
    assert len(prebuilt.calls) == 1


def wait_for(flags: array(1, "int64"), index: int):
    """Raise the first flag, and wait for another."""
    flags[0] = 1
    while load(flags, index) == 0:
        give_way()


def raise_flag(flags: array(1, "int64"), index: int):
    """Raise a flag."""
    flags[index] = 1


def test_an_entry_may_wait_for_one_that_is_not_compiled_yet(tell):
    """A first call that waits for another thread does not keep that one from compiling."""
    flags = np.zeros(2, np.int64)
    waiting = threading.Thread(target=tell.new(function=wait_for), args=(flags, 1), daemon=True)
    waiting.start()
    try:
        while flags[0] == 0:
            waiting.join(0.001)
        assert not global_compiler_lock.is_locked()
        tell.new(function=raise_flag)(flags, 1)
    finally:
        flags[1] = 1  # or else it waits for ever
    waiting.join(20)
    assert not waiting.is_alive()


@pytest.mark.parametrize("collects", [True, False])
def test_collection_waits_for_the_compiler_only(collects, compiler, tell):
    """The garbage collector is off while the compiler works, and as it was before afterwards."""
    assert gc.isenabled()
    try:
        if not collects:
            gc.disable()
        tell.new().prepare()
        assert gc.isenabled() == collects
    finally:
        gc.enable()
    assert compiler.calls == [("tell_float64", False)]
