"""What numba has no words for, as instructions of LLVM: atomic operations, products by BLAS, views without checks.

Only compiled code sees this file. `atomics`, `gemm` and `views` have the same functions in plain Python, and say what
they mean.
"""

import sys

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.imputils import impl_ret_borrowed
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

from skl2._compilation.linker import BLAS


def _address(context, builder, array_type, array, index):
    counters = context.make_array(array_type)(context, builder, array)
    return cgutils.gep(builder, counters.data, index)


@intrinsic
def _load(typing_context, counters, index):
    def emit(context, builder, signature, arguments):
        return builder.load_atomic(_address(context, builder, counters, *arguments), "acquire", align=8)

    return types.int64(counters, types.intp), emit


@intrinsic
def _add(typing_context, counters, index, value):
    def emit(context, builder, signature, arguments):
        return builder.atomic_rmw("add", _address(context, builder, counters, *arguments[:2]), arguments[2], "acq_rel")

    return types.int64(counters, types.intp, types.int64), emit


@intrinsic
def _replace(typing_context, counters, index, old, new):
    def emit(context, builder, signature, arguments):
        address = _address(context, builder, counters, *arguments[:2])
        result = builder.cmpxchg(address, arguments[2], arguments[3], "acq_rel", "acquire")
        return builder.extract_value(result, 1)

    return types.boolean(counters, types.intp, types.int64, types.int64), emit


_yield = types.ExternalFunction("SwitchToThread" if sys.platform == "win32" else "sched_yield", types.int32())


def load(counters, index):
    return _load(counters, index)


def add(counters, index, value):
    _add(counters, index, value)


def replace(counters, index, old, new):
    return _replace(counters, index, old, new)


def give_way():
    _yield()


class _Call:
    """A call of a function of BLAS, which takes addresses, 32-bit sizes, and arrays in columns."""

    def __init__(self, context, builder, kinds, values):
        self.builder, self.number = builder, context.get_value_type(kinds[0].dtype)
        arrays = [context.make_array(kind)(context, builder, value) for kind, value in zip(kinds, values, strict=True)]
        self.data = [array.data for array in arrays]
        self.shapes = [cgutils.unpack_tuple(builder, array.shape) for array in arrays]

    def reference(self, value):
        return cgutils.alloca_once_value(self.builder, value)

    def letter(self, value):
        return self.reference(ir.IntType(8)(ord(value)))

    def size(self, value):
        return self.reference(self.builder.trunc(value, ir.IntType(32)))

    def constant(self, value):
        return self.reference(self.number(value))

    def __call__(self, name, arguments):
        function_type = ir.FunctionType(ir.VoidType(), [argument.type for argument in arguments])
        self.builder.call(cgutils.get_or_insert_function(self.builder.module, function_type, name), arguments)


@intrinsic
def _gemm(typing_context, a, b, out):
    def emit(context, builder, signature, arguments):
        call = _Call(context, builder, signature.args, arguments)
        (n, k), (_, m), _ = call.shapes
        # In columns an array in C order is one that is transposed: BLAS computes outᵀ = Bᵀ Aᵀ.
        letters = [call.letter("N" if kind.layout == "C" else "T") for kind in (b, a)]
        rows_of_b, rows_of_a = (m if b.layout == "C" else k), (k if a.layout == "C" else n)
        sizes, (A, B, C) = [call.size(m), call.size(n), call.size(k)], call.data
        factors = [(B, call.size(rows_of_b)), (A, call.size(rows_of_a)), (C, call.size(m))]
        call(
            BLAS["gemm", out.dtype.name],
            [*letters, *sizes, call.constant(1), *factors[0], *factors[1], call.constant(0), *factors[2]],
        )
        return context.get_dummy_value()

    return types.none(a, b, out), emit


@intrinsic
def _gemv(typing_context, a, x, out):
    def emit(context, builder, signature, arguments):
        call = _Call(context, builder, signature.args, arguments)
        (n, k), (A, X, Y), one = call.shapes[0], call.data, call.reference(ir.IntType(32)(1))
        letter, rows, columns = ("T", k, n) if a.layout == "C" else ("N", n, k)
        matrix = [call.letter(letter), call.size(rows), call.size(columns), call.constant(1), A, call.size(rows)]
        call(BLAS["gemv", out.dtype.name], [*matrix, X, one, call.constant(0), Y, one])
        return context.get_dummy_value()

    return types.none(a, x, out), emit


def dot(a, b, out):
    if a.shape[1] == 0:  # a part without samples, where gemv leaves out as it is
        for i in range(out.shape[0]):
            for j in range(out.shape[1]):
                out[i, j] = 0
    elif out.shape[1] == 1:
        _gemv(a, b, out)
    elif out.shape[0] == 1:
        _gemv(b.T, a, out)
    else:
        _gemm(a, b, out)


def _array(context, builder, view, old, data, shape):
    """Return numba's value of an array of type `view`, at `data`, which lives as long as the array `old`."""
    result = context.make_array(view)(context, builder)
    strides = [old.itemsize]
    for size in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], size))
    populate_array(result, data, shape, strides, old.itemsize, old.meminfo)
    return impl_ret_borrowed(context, builder, view, result._getvalue())


@intrinsic
def _view(typing_context, x, start, shape):
    view = types.Array(x.dtype, len(shape), "C")

    def emit(context, builder, signature, arguments):
        array = context.make_array(x)(context, builder, arguments[0])
        data, sizes = cgutils.gep(builder, array.data, arguments[1]), cgutils.unpack_tuple(builder, arguments[2])
        return _array(context, builder, view, array, data, sizes)

    return view(x, types.intp, shape), emit


@intrinsic
def _reinterpret(typing_context, x, like):
    view = types.Array(like.dtype, 1, "C")

    def emit(context, builder, signature, arguments):
        array = context.make_array(x)(context, builder, arguments[0])
        data = builder.bitcast(array.data, context.get_data_type(like.dtype).as_pointer())
        return _array(context, builder, view, array, data, cgutils.unpack_tuple(builder, array.shape))

    return view(x, like), emit


def flat(x):
    return _view(x, 0, (x.size,))


def matrix(x, start, n_rows, n_columns):
    return _view(x, start, (n_rows, n_columns))


def reinterpret(x, like):
    return _reinterpret(x, like)
