"""What numba has no words for: atomic operations on the counters that threads share, as instructions of LLVM.

Only compiled code sees this file; `atomics` has the same functions in plain Python, and says what they mean.
"""

import sys

from numba.core import cgutils, types
from numba.extending import intrinsic


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
