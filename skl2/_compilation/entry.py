"""Entries, the kernels that Python calls: found as machine code, or compiled, by their first call for a dtype."""

import hashlib
import threading
from contextlib import suppress
from functools import cache
from importlib import resources
from importlib.metadata import PackageNotFoundError, version

from skl2._compilation import storage
from skl2._compilation.configuration import changed_settings, is_compiling
from skl2._compilation.forks import let_forks_wait_for
from skl2._compilation.jit import FLAGS, Kernel, compiling
from skl2._compilation.linker import LinkedFunction
from skl2._compilation.target import describe, level_of_this_machine, runs

CACHED = "cached"  # compiled for this very processor, before
PREBUILT = "prebuilt"  # came with the package, for many processors
COMPILED = "compiled"  # in this process
NOT_LINKED = "compiled for this process only"  # numba's own dispatcher
PLAIN = "plain Python"  # NUMBA_DISABLE_JIT=1

_finding = let_forks_wait_for(threading.RLock())


class Entry:
    """A kernel that Python calls: `entry[dtype]` is machine code for that dtype only.

    The annotations of its arguments say what it takes; what it finds goes into arrays, and it returns nothing.
    """

    def __init__(self, function):
        self.function = function
        self.variants = {}

    def __getitem__(self, dtype):
        if dtype not in self.variants:
            self.variants.setdefault(dtype, Variant(self.function, dtype))
        return self.variants[dtype]


class Variant:
    """An entry for one dtype."""

    def __init__(self, function, dtype):
        self.function, self.dtype = function, dtype
        self.name = f"{function.__name__}_{dtype.name}"
        self.origin = None  # where its code is from, once there is any
        self._call = self._prepare_and_call

    def __call__(self, *arguments):
        self._call(*arguments)

    def prepare(self, native=False):
        """Find or make the code, if it must be native for this very processor; return where it is from."""
        if not self._is_ready(native):
            with _finding:  # numba is imported under it, if at all: a fork waits
                self._find(native)
                if not self._is_ready(native):
                    with compiling():
                        self._find(native)  # what another process has compiled meanwhile
                        if not self._is_ready(native):
                            self._compile()
        return self.origin

    def look(self, native=False):
        """Return (code, where it is from) of what was compiled before, or (None, None)."""
        # The cache first: code for this very processor is some percent faster at times, and somebody asked for it.
        if storage.is_caching() and (code := storage.read(self._local_file(), storage.folders())):
            return code, CACHED
        level = level_of_this_machine()
        is_usable = storage.has_prebuilt() and not native and runs(level) and not changed_settings()
        if is_usable and (code := storage.read(self._file(level.name), [storage.PREBUILT])):
            return code, PREBUILT
        return None, None

    def make_code(self):
        """Return object code, as numba makes it for the processor that it is told."""
        from skl2._compilation.compiler import compile_entry

        with compiling():
            return compile_entry(self.function, self.dtype, FLAGS)

    def prebuild(self, level):
        """Put code into the package, in a process where numba is told to compile for a Level."""
        file = self._file(level.name)
        storage.write(file, self.make_code(), [storage.PREBUILT])
        if storage.read(file, [storage.PREBUILT]) is None:
            raise OSError(f"{storage.PREBUILT} cannot be written.")

    def _prepare_and_call(self, *arguments):
        self.prepare()
        self._call(*arguments)

    def _is_ready(self, native):
        return self.origin is not None and not (native and self.origin == PREBUILT)

    def _find(self, native):
        if self.origin is None and not is_compiling():
            self._call, self.origin = self.function, PLAIN
        if not self._is_ready(native):
            code, origin = self.look(native)
            if code:
                self._link(code, origin)

    def _compile(self):
        has_linked = False
        with suppress(ImportError, AttributeError, TypeError):  # of a later numba, made differently inside
            code = self.make_code()
            if storage.is_caching():
                storage.write(self._local_file(), code, storage.folders())
            has_linked = self._link(code, COMPILED)
        if not has_linked:  # numba can still do all that it did before, in this process
            self._call, self.origin = Kernel(self.function), NOT_LINKED

    def _link(self, code, origin):
        with suppress(RuntimeError):  # what llvmlite cannot link, on whatever system that may be
            self._call, self.origin = LinkedFunction(code, self.function, self.dtype), origin
            return True
        return False

    def _file(self, *target):
        head = str(object.__basicsize__)  # the code looks into objects of Python
        return storage.File(self.name, self.function.__module__, hash_of_sources(), head, *target)

    def _local_file(self):
        return self._file(describe(), changed_settings(), _version("numba"), _version("llvmlite"))


def entry(function):
    """Make `function` callable from Python, as `function[dtype](...)`."""
    return Entry(function)


@cache
def _version(name):
    try:
        return version(name)
    except PackageNotFoundError:  # where packages are frozen into one program
        return ""


@cache
def hash_of_sources():
    """Return a hexadecimal number that changes with any file that code is made of."""
    digest = hashlib.sha256()
    for folder in (__package__, "skl2._kernels"):
        for source in sorted(resources.files(folder).iterdir(), key=lambda file: file.name):
            if source.name.endswith((".py", ".pyc")):  # the latter where there are no sources
                digest.update(source.read_bytes())
    return digest.hexdigest()
