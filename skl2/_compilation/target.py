"""The processors that code is made for: the one at hand, and those that a package of compiled code is made for."""

import platform
from functools import cache
from typing import NamedTuple


class Level(NamedTuple):
    """What many processors have in common."""

    name: str  # what LLVM knows it by
    features: frozenset  # without these, code for it must not run


# The levels of the x86-64 psABI, https://gitlab.com/x86-psABIs/x86-64-ABI; v3: Intel and AMD since 2013 and 2015.
V3 = "avx avx2 bmi bmi2 cmov cx16 cx8 f16c fma fxsr lzcnt mmx movbe popcnt sahf sse sse2 sse3 sse4.1 sse4.2 ssse3 xsave"
LEVELS = {
    "x86_64": Level("x86-64-v3", frozenset(V3.split())),
}


def level_of_this_machine():
    """Return the Level that code is compiled for ahead on machines of this kind, or None."""
    return LEVELS.get(platform.machine())


def runs(level):
    """Return whether this processor, under this system, has all that code for a level may use."""
    return level is not None and level.features <= features()


@cache
def features():
    """Return the names of what this processor has and its system lets programs use."""
    import llvmlite.binding as llvm

    try:
        return frozenset(name for name, has in llvm.get_host_cpu_features().items() if has)
    except RuntimeError:  # LLVM cannot tell
        return frozenset()


def processor():
    """Return LLVM's name of this processor, as "znver4"."""
    import llvmlite.binding as llvm

    return llvm.get_host_cpu_name()


def describe():
    """Return what code that is compiled here, for this processor only, depends on."""
    import llvmlite.binding as llvm

    return f"{llvm.get_process_triple()} {processor()} {' '.join(sorted(features()))}"
