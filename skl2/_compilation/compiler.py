"""From an entry to object code: a function for C that needs nothing of Python or numba where it runs.

This builds on what numba does not document, though it was the same from 0.61 to 0.68: how it makes callbacks for C.
"""

from llvmlite import ir
from numba.core import cgutils, compiler, types
from numba.core.dispatcher import _FunctionCompiler
from numba.core.registry import cpu_target
from numba.np.arrayobj import populate_array
from numba.np.numpy_support import from_dtype

from skl2._compilation.linker import FUNCTION
from skl2._compilation.signature import Array, fields, leaves, resolve

SCALARS = {int: types.int64, float: types.float64, bool: types.boolean}

# Where numpy's public C structs, of arrays and their dtypes, have what is needed, in bytes.
HEAD = object.__basicsize__  # of what all Python objects begin with; their type is the last pointer in it
DATA, NDIM, SHAPE, STRIDES, DTYPE, FLAGS = (HEAD + offset for offset in (0, 8, 16, 24, 40, 48))
BYTE_ORDER, NUMBER = HEAD + 10, HEAD + 12
IN_C_ORDER_ALIGNED_WRITEABLE = 0x1 | 0x100 | 0x400

INT8, INT32, INT64 = ir.IntType(8), ir.IntType(32), ir.IntType(64)
POINTER = INT8.as_pointer()


class _EntryCompiler(_FunctionCompiler):
    def _customize_flags(self, flags):
        flags.no_compile = True  # the function for C is added before
        flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True
        return flags


def compile_entry(entry, dtype, flags):
    """Return the object code of int32 FUNCTION(numpy.ndarray, …), which gives 0, or says that something is wrong.

    Each argument is an int64, a double, a bool or an array's PyObject *. Arrays are checked, as nobody else does: -i
    says that argument i, from 1, is not as it was declared; a positive number is an error in the entry.
    """
    kinds = tuple(numba_type(annotation, dtype) for annotation in entry.__annotations__.values())
    numba_compiler = _EntryCompiler(entry, cpu_target, flags | {"nopython": True}, {}, compiler.Compiler)
    result = numba_compiler.compile(kinds, types.none)
    library = result.library
    module = library.create_ir_module(FUNCTION)
    _Function(module, entry, dtype).emit(result, kinds)
    library.enable_object_caching()
    library.add_ir_module(module)
    library.finalize()
    return bytes(library._get_compiled_object())


def numba_type(annotation, dtype):
    """Return what numba calls the type of a parameter."""
    kind = resolve(annotation, dtype)
    if isinstance(kind, Array):
        return types.Array(from_dtype(kind.dtype), kind.ndim, "C")
    return SCALARS.get(kind) or types.NamedTuple([numba_type(field, dtype) for field in fields(kind)], kind)


class _Function:
    """A function for C, in the making."""

    def __init__(self, module, entry, dtype):
        self.annotations, self.dtype = entry.__annotations__, dtype
        c_types = [_c_type(kind) for kind in leaves(self.annotations, dtype).values()]
        function = ir.Function(module, ir.FunctionType(INT32, [POINTER, *c_types]), FUNCTION)
        self.builder = ir.IRBuilder(function.append_basic_block())
        self.array_type, *self.arguments = function.args
        self.n_taken = 0

    def emit(self, result, kinds):
        """Take the arguments of the entry that numba has compiled, call it, and return its status."""
        context, builder = result.target_context, self.builder
        values = [self._take(context, annotation) for annotation in self.annotations.values()]
        function = context.declare_function(builder.module, result.fndesc)
        status, _ = context.call_conv.call_function(builder, function, types.none, kinds, values)
        builder.ret(status.code)

    def _take(self, context, annotation):
        """Return numba's value of a parameter, made of the next arguments."""
        resolved, kind = resolve(annotation, self.dtype), numba_type(annotation, self.dtype)
        if isinstance(kind, types.NamedTuple):
            items = [self._take(context, field) for field in fields(resolved)]
            return context.make_tuple(self.builder, kind, items)
        argument = self.arguments[self.n_taken]
        self.n_taken += 1
        if isinstance(kind, types.Array):
            self._check(argument, resolved)
            return self._take_array(context, argument, kind)
        return self.builder.trunc(argument, ir.IntType(1)) if kind == types.boolean else argument

    def _check(self, argument, array):
        self._demand(self._read(argument, HEAD - 8, POINTER), self.array_type)
        self._demand(self._read(argument, NDIM, INT32), INT32(array.ndim))
        dtype = self._read(argument, DTYPE, POINTER)
        self._demand(self._read(dtype, NUMBER, INT32), INT32(array.dtype.num))
        self._demand(self._read(dtype, BYTE_ORDER, INT8), INT8(ord(array.dtype.byteorder)))
        wanted = INT32(IN_C_ORDER_ALIGNED_WRITEABLE)
        self._demand(self.builder.and_(self._read(argument, FLAGS, INT32), wanted), wanted)

    def _demand(self, found, wanted):
        with self.builder.if_then(self.builder.icmp_unsigned("!=", found, wanted), likely=False):
            self.builder.ret(INT32(-self.n_taken))

    def _take_array(self, context, argument, kind):
        builder, array = self.builder, context.make_array(kind)(context, self.builder)
        data = builder.bitcast(self._read(argument, DATA, POINTER), array.data.type)
        sizes, steps = (self._read(argument, where, INT64.as_pointer()) for where in (SHAPE, STRIDES))
        shape, strides = (
            [builder.load(cgutils.gep(builder, numbers, axis)) for axis in range(kind.ndim)]
            for numbers in (sizes, steps)
        )
        populate_array(array, data, shape, strides, context.get_constant(types.intp, kind.dtype.bitwidth // 8), None)
        return array._getvalue()

    def _read(self, pointer, offset, kind):
        address = self.builder.gep(pointer, [INT64(offset)])
        return self.builder.load(self.builder.bitcast(address, kind.as_pointer()))


def _c_type(kind):
    return POINTER if isinstance(kind, Array) else {int: INT64, float: ir.DoubleType(), bool: INT8}[kind]
