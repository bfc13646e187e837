"""What the first call of a kernel compiles, and what it does to the garbage collector meanwhile."""

import gc
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numba.core.compiler_lock import global_compiler_lock

from skl2._compilation.jit import Kernel, kernel, reduction
from skl2._kernels.atomics import give_way, load


@pytest.fixture(params=[True, False])
def collects(request):
    """Whether the garbage collector is on before the test; it is on after it."""
    assert gc.isenabled()
    if not request.param:
        gc.disable()
    yield request.param
    gc.enable()


class Dispatcher:
    """What stands in for numba's: compiles when it is told to, and looks whether the collector is on."""

    typeof_pyval = type

    def __init__(self, fails):
        self.overloads, self.collected, self.fails = {}, [], fails

    def compile(self, signature):
        """Compile or not."""
        self.collected.append(gc.isenabled())
        if self.fails:
            raise RuntimeError("cannot compile")
        self.overloads[signature] = self

    def __call__(self, argument):
        """Return the argument."""
        self.collected.append(gc.isenabled())
        assert not global_compiler_lock.is_locked()
        return argument


@kernel
def twice(x):
    """Return 2 x."""
    return x + x


@kernel
def four_times(x):
    """Return 4 x."""
    return twice(twice(x))


@pytest.mark.parametrize("fails", [False, True])
def test_collection_waits_for_the_compiler_only(fails, collects, monkeypatch):
    """The collector is off while a first call compiles, and as it was before afterwards, also after an error."""
    dispatcher = Dispatcher(fails)
    monkeypatch.setattr("skl2._compilation.jit._compile_lazily", lambda function, flags: dispatcher)
    function = Kernel(len)
    for _ in range(2):
        if fails:
            with pytest.raises(RuntimeError, match="cannot compile"):
                function(7)
        else:
            assert function(7) == 7
        assert gc.isenabled() == collects
    assert dispatcher.collected == ([False, False] if fails else [False, collects, collects])


def test_collection_is_on_after_numba(collects):
    """numba itself leaves the collector as it was, whether it compiles, has compiled, or cannot."""
    triple = kernel(lambda x: 3 * x)
    assert (triple(2), triple(3), triple(0.5)) == (6, 9, 1.5)
    assert gc.isenabled() == collects
    with pytest.raises(Exception, match="nopython"):
        kernel(lambda x: x.no_such_thing)(1)
    assert gc.isenabled() == collects


def test_wrappers_are_for_callers_from_python():
    """A kernel that another one calls has no wrapper for Python, one that Python calls has; none has one for C."""
    assert four_times(3) == 12
    outer, inner = four_times._dispatchers, twice._dispatchers
    assert set(outer) == {"Python"}
    assert set(inner) == {"kernel"}
    (signature,) = inner["kernel"].signatures
    code = {"outer": outer["Python"].inspect_llvm(signature), "inner": inner["kernel"].inspect_llvm(signature)}
    assert {name: "cpython" in text for name, text in code.items()} == {"outer": True, "inner": False}
    assert not any("cfunc." in text for text in code.values())


def test_a_kernel_serves_both_callers():
    """A kernel that other kernels call can be called from Python as well, before and after."""
    negative = kernel(lambda x: -x)
    assert negative(2) == -2
    assert kernel(lambda x: negative(x) + 1)(2) == -1
    assert negative(2) == -2
    assert set(negative._dispatchers) == {"Python", "kernel"}
    assert negative.dispatcher("kernel") is negative.dispatcher("kernel")


@pytest.mark.parametrize(("decorate", "fastmath"), [(kernel, {"contract"}), (reduction, {"contract", "reassoc"})])
def test_flags_reach_numba(decorate, fastmath):
    """Every kernel lets other threads run, divides as numpy does, and keeps its checks for NaN."""
    divide = decorate(lambda x, y: x / y)
    assert divide(1.0, 0.0) == np.inf
    options = divide.dispatcher("Python").targetoptions
    assert options["nogil"]
    assert set(options["fastmath"]) == fastmath


@kernel
def wait(flags):
    """Wait until the flag (1,) is raised."""
    while load(flags, 0) == 0:
        give_way()
    return load(flags, 0)


@kernel
def raise_flag(flags):
    """Raise the flag."""
    flags[0] = 1


def test_a_kernel_may_wait_for_one_that_is_not_compiled_yet():
    """A first call that waits for another thread does not keep that one from compiling."""
    flags = np.zeros(1, np.int64)
    with ThreadPoolExecutor(2) as pool:
        waiting = pool.submit(wait, flags)
        time.sleep(0.5)
        try:
            pool.submit(raise_flag, flags).result(20)
        finally:
            flags[0] = 1  # or else it waits for ever
        assert waiting.result(20) == 1
