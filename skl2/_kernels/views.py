"""Other shapes of the same numbers.

These are the plain versions; compiled, each is the function of its name in `instructions`, which checks nothing:
numba's own would need numba's C library wherever compiled code runs.
"""

from skl2._compilation.jit import instruction


@instruction
def flat(x):
    """Return x, of any shape, as (x.size,)."""
    return x.reshape(-1)


@instruction
def matrix(x, start, n_rows, n_columns):
    """Return the (n_rows, n_columns) block of x (n,) that begins at start."""
    return x[start : start + n_rows * n_columns].reshape(n_rows, n_columns)


@instruction
def reinterpret(x, like):
    """Return the bits of x (n,) as numbers of the type that `like` has, which are as wide."""
    return x.view(like.dtype)
