"""What object code of Linux (ELF, 64 bits) calls that it does not have itself."""

import numpy as np
from llvmlite.binding import ObjectFileRef

# What the C library has had from the beginning: hatch_build.py says on which systems wheels can be installed.
C_LIBRARY = {"exp", "expf", "log", "logf", "log1p", "log1pf", "pow", "memset", "sched_yield"}
SYMBOL = np.dtype("u4, u1, u1, u2, u8, u8")  # name, …, section, …


def undefined_symbols(code):
    """Return the names of the functions that it wants from elsewhere."""
    sections = {section.name(): section.data() for section in ObjectFileRef.from_data(code).sections()}
    table, names = np.frombuffer(sections[b".symtab"], SYMBOL), sections[b".strtab"]
    starts = table["f0"][(table["f3"] == 0) & (table["f0"] > 0)]
    return {names[start : names.index(b"\0", start)].decode() for start in starts}
