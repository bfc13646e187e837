"""All entries, and the numbers that training needs each of them for: what is compiled ahead."""

import numpy as np

from skl2._compilation.target import level_of_this_machine
from skl2._kernels.objective import add_gradient
from skl2._kernels.training import train_chunk

ENTRIES = {
    "float32": [train_chunk],
    "float64": [train_chunk, add_gradient],  # L-BFGS always computes in double precision
}


def variants(dtypes=tuple(ENTRIES)):
    """Return the entries for each of these dtypes."""
    return [entry[np.dtype(dtype)] for dtype in dtypes for entry in ENTRIES[dtype]]


def prebuild():
    """Put object code into the package. The process has been told which processors it is for: see hatch_build.py."""
    for variant in variants():
        variant.prebuild(level_of_this_machine())
