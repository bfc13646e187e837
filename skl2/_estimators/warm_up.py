"""Prepare the first fit: for servers, for images, and for machines where code must be compiled."""

from collections.abc import Iterable

import numpy as np

from skl2._kernels.entries import variants


def warm_up(dtypes=("float32", "float64"), *, native=False, verbose=0):
    """Find or compile the machine code that training needs, so that the first fit does not wait.

    Packages for Linux on x86-64 contain code for all processors with AVX2, which is found in hundredths of a second.
    Where there is none, or it does not fit (another processor, settings of numba such as NUMBA_BOUNDSCHECK), the
    first fit ever on a machine compiles for some seconds and keeps the result: beside the installed package or, where
    that cannot be written, in the user's cache folder, or where the environment variable NUMBA_CACHE_DIR says.

    Parameters
    ----------
    dtypes : {'float32', 'float64'} or iterable of them, default=('float32', 'float64')
        The arithmetic to prepare; L-BFGS belongs to 'float64', as it always computes in double precision.
    native : bool, default=False
        Whether to compile for the processor of this machine, instead of using code for many: some percent faster or
        slower. What was compiled once is used from then on.
    verbose : int, default=0
        With 1, print for each kernel whether its code was prebuilt, cached, or compiled now.

    Raises
    ------
    ValueError
        If a dtype is neither 'float32' nor 'float64'.

    See Also
    --------
    show_versions : Say where code is, without compiling.

    Examples
    --------
    >>> import skl2
    >>> skl2.warm_up(dtypes="float64")
    """
    is_one = isinstance(dtypes, (str, np.ndarray)) or not isinstance(dtypes, Iterable)
    names = [_name(dtype) for dtype in ([dtypes] if is_one else dtypes)]
    if not {"float32", "float64"}.issuperset(names):
        raise ValueError(f"skl2 trains in 'float32' and 'float64'; got dtypes={dtypes!r}.")
    report = print if verbose else None
    for variant in variants(names):
        origin = variant.prepare(native)
        if report:
            report(f"{variant.name}: {origin}")


def _name(dtype):
    if not isinstance(dtype, (str, type, np.dtype)):  # None is float64 for numpy
        return None
    try:
        return np.dtype(dtype).name
    except (TypeError, ValueError):
        return None
