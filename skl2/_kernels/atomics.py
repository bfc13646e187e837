"""Counters that several threads read and write.

These are the plain versions, with a lock. Compiled, each is the function of its name in `instructions`, without one.
"""

import threading
import time

from skl2._compilation.jit import instruction

_lock = threading.Lock()


@instruction
def load(counters, index):
    """Return counters[index], and see everything that was written before it was; counters (n,) int64."""
    return counters[index]


@instruction
def add(counters, index, value):
    """counters[index] ← counters[index] + value, as one step that shows everything written before it."""
    with _lock:
        counters[index] += value


@instruction
def replace(counters, index, old, new):
    """counters[index] ← new if it is old, as one step; return whether it was."""
    with _lock:
        is_old = counters[index] == old
        if is_old:
            counters[index] = new
    return is_old


@instruction
def give_way():
    """Let another thread have this core, if one waits for it."""
    time.sleep(0)
