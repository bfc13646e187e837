"""From object code to a Python function, by llvmlite alone."""

import ctypes
import itertools
from functools import cache

import numpy as np

from skl2._compilation.signature import Array, leaves

FUNCTION = "skl2_entry"  # the name of the one function that object code has
# What it calls the products of BLAS.
BLAS = {
    (name, dtype): f"skl2_{letter}{name}"
    for name in ("gemm", "gemv")
    for letter, dtype in (("s", "float32"), ("d", "float64"))
}


class _Integer(ctypes.c_int64):
    """An int, also one of numpy's, which ctypes itself refuses."""

    @classmethod
    def from_param(cls, value):
        return cls(value.__index__())


_numbers = itertools.count()  # of what was linked: names must differ

ARGUMENTS = {int: _Integer, float: ctypes.c_double, bool: ctypes.c_bool, Array: ctypes.py_object}


class LinkedFunction:
    """An entry as machine code. While it runs other Python threads do."""

    def __init__(self, object_code, entry, dtype):
        self.leaves = leaves(entry.__annotations__, dtype)
        self._code, address = _link(object_code)  # lives as long as this
        types = [ARGUMENTS[Array if isinstance(kind, Array) else kind] for kind in self.leaves.values()]
        self._function = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.py_object, *types)(address)

    def __call__(self, *arguments):
        found = _take_apart(arguments, [])
        if len(found) != len(self.leaves):  # C takes more than it knows
            raise TypeError(f"A kernel was given {len(found)} arguments and fields instead of {len(self.leaves)}.")
        status = self._function(np.ndarray, *found)
        if status:
            raise self._explain(status)

    def _explain(self, status):
        if status > 0:  # with NUMBA_BOUNDSCHECK=1 only: nothing else is an error to a kernel
            return IndexError("A kernel was given an index beyond an array; NUMBA_DISABLE_JIT=1 shows which.")
        name, array = list(self.leaves.items())[-status - 1]
        return TypeError(f"{name} must be a writeable {array.dtype} array of {array.ndim} dimensions, in C order.")


def _take_apart(arguments, found):
    """Append the arguments to what was found, structs field by field."""
    for argument in arguments:
        if isinstance(argument, tuple):
            _take_apart(argument, found)
        else:
            found.append(argument)
    return found


def _link(object_code):
    """Return (what keeps the code in memory, the address of its function); raises RuntimeError if that fails."""
    from llvmlite.binding import JITLibraryBuilder

    library = JITLibraryBuilder().add_object_img(object_code).add_current_process().export_symbol(FUNCTION)
    for symbol, address in symbols().items():
        library.import_symbol(symbol, address)
    code = library.link(_linker(), f"skl2_{next(_numbers)}")
    return code, code[FUNCTION]


@cache
def _linker():
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(jit=True)
    return llvm.create_lljit_compiler(machine, suppress_errors=True)  # they are raised


@cache
def symbols():
    """Return {name: address} of what compiled code calls, beside the C library."""
    from scipy.linalg import cython_blas  # the BLAS that numba calls too

    # numba's code may free memory that it has allocated: there is none, since kernels allocate nothing.
    never = ctypes.cast(ctypes.pythonapi.Py_FatalError, ctypes.c_void_p).value
    products = {symbol: _address(cython_blas.__pyx_capi__[symbol.removeprefix("skl2_")]) for symbol in BLAS.values()}
    return {"NRT_MemInfo_call_dtor": never} | products


def _address(capsule):
    name = _python("PyCapsule_GetName", ctypes.c_char_p, ctypes.py_object)
    pointer = _python("PyCapsule_GetPointer", ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)
    return pointer(capsule, name(capsule))


def _python(name, *types):
    return ctypes.PYFUNCTYPE(*types)((name, ctypes.pythonapi))
