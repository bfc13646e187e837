"""Kernels, as numba sees them: with which flags they are compiled, when, and for whom.

`import skl2` does not import numba, nor does training where machine code is found: `entry` looks for it.
"""

import gc
import threading
from contextlib import contextmanager
from importlib import import_module

from skl2._compilation.forks import let_forks_wait_for
from skl2._compilation.linker import symbols

FLAGS = {
    "nogil": True,  # other Python threads run while a kernel does
    "error_model": "numpy",  # x / 0 is inf as in numpy; the check for it would stop vectorisation
    "fastmath": {"contract"},  # a * b + c in one instruction; True would delete the checks for NaN
    "no_cfunc_wrapper": True,  # nobody calls kernels from C, and wrappers are a quarter of what there is to compile
}


_creation = let_forks_wait_for(threading.RLock())


class _CompilerLock:
    """numba's lock, which a thread has while it compiles, and one for the time in which numba is imported.

    A fork waits for both; who imports while it forks would leave a child in which nobody can ever import numba.
    """

    def __init__(self):
        self._importing, self._lock = threading.RLock(), None

    def get(self):
        """Return numba's lock."""
        if self._lock is None:
            with self._importing:
                from numba.core.compiler_lock import global_compiler_lock

                self._lock = global_compiler_lock
        return self._lock

    def acquire(self):
        """Before a fork."""
        self._importing.acquire()
        if self._lock is not None:
            self._lock.acquire()

    def release(self):
        """After it."""
        if self._lock is not None:
            self._lock.release()
        self._importing.release()


_compiler = let_forks_wait_for(_CompilerLock())


class Kernel:
    """A function that numba compiles at its first call, from Python or from another kernel."""

    def __init__(self, function, **flags):
        self.function = function
        self.flags = FLAGS | flags
        self._dispatchers = {}
        self._call = self._compile_and_call

    def __call__(self, *args):
        return self._call(*args)  # and nothing else: where nothing is compiled, a suite calls kernels by the million

    def dispatcher(self, caller):
        """Return numba's dispatcher for a caller, "Python" or "kernel"."""
        _compiler.get()
        with _creation:
            if caller not in self._dispatchers:
                flags = self.flags | {"no_cpython_wrapper": caller == "kernel"}
                self._dispatchers[caller] = _compile_lazily(self.implementation(), flags)
            return self._dispatchers[caller]

    def implementation(self):
        """Return the Python function to compile."""
        return self.function

    @property
    def _numba_type_(self):
        # numba asks for this when another kernel names this one.
        return self.dispatcher("kernel")._numba_type_

    def _compile_and_call(self, *args):
        """Stand in for the dispatcher until it has compiled; where nothing is compiled it is the function itself."""
        dispatcher = self.dispatcher("Python")
        if not getattr(dispatcher, "overloads", True):
            with compiling():
                dispatcher.compile(tuple(map(dispatcher.typeof_pyval, args)))
        self._call = dispatcher
        return dispatcher(*args)


class Instruction(Kernel):
    """A kernel whose compiled version is written in LLVM's instructions."""

    def implementation(self):
        """Return the function of this name in `instructions`, or the plain one where nothing is compiled."""
        from numba import config

        if config.DISABLE_JIT:
            return self.function
        return getattr(import_module("skl2._compilation.instructions"), self.function.__name__)


def kernel(function):
    """Compile `function` with the flags above. Compiled kernels can call only other kernels."""
    return Kernel(function)


def reduction(function):
    """Like `kernel`, and sums may be reordered: without that they do not vectorise."""
    return Kernel(function, fastmath={"contract", "reassoc"})


def instruction(function):
    """Like `kernel`, for what numba has no words for."""
    return Instruction(function)


def _compile_lazily(function, flags):
    import llvmlite.binding as llvm
    import numba

    for symbol, address in symbols().items():
        llvm.add_symbol(symbol, address)
    return numba.njit(**flags)(function)


@contextmanager
def compiling():
    """Keep Python from looking for garbage: compiling makes so many objects that it would take an eighth longer.

    With numba's lock, so that no other thread that compiles, and no fork, sees the collector off. Nothing runs under
    it: a kernel may wait for one that another thread has yet to compile.
    """
    with _compiler.get():
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            yield
        finally:
            if was_enabled:
                gc.enable()
