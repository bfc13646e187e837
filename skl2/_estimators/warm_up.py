"""Compile before the first fit: for images, servers and workshops."""

from collections.abc import Iterable

import numpy as np

from skl2._estimators.regressor import MLPRegressor


def warm_up(dtypes=("float32", "float64")):
    """Compile what training needs, or load it from numba's cache, so that the first fit does not wait.

    The first fit ever on a machine compiles for some seconds and keeps the result in numba's cache: beside the
    installed package or, where that cannot be written, in the user's cache folder. Set the environment variable
    NUMBA_CACHE_DIR to have it elsewhere, for instance in a container image that is built as one user and run as
    another. The cache is valid for one version of skl2 and numba and one kind of CPU.

    Parameters
    ----------
    dtypes : {'float32', 'float64'} or iterable of them, default=('float32', 'float64')
        The arithmetic to prepare; L-BFGS belongs to 'float64', as it always computes in double precision.

    Raises
    ------
    ValueError
        If a dtype is neither 'float32' nor 'float64'.

    Examples
    --------
    >>> import skl2
    >>> skl2.warm_up(dtypes="float64")
    """
    is_one = isinstance(dtypes, (str, np.ndarray)) or not isinstance(dtypes, Iterable)
    names = [_name(dtype) for dtype in ([dtypes] if is_one else dtypes)]
    if not {"float32", "float64"}.issuperset(names):
        raise ValueError(f"skl2 trains in 'float32' and 'float64'; got dtypes={dtypes!r}.")
    for name in names:
        _fit(dtype=name, max_iter=1, learning_rate="cosine")  # complete after max_iter epochs: nothing to warn about
    if "float64" in names:
        _fit(optimizer="lbfgs", tol=1e9)


def _name(dtype):
    if not isinstance(dtype, (str, type, np.dtype)):  # None is float64 for numpy
        return None
    try:
        return np.dtype(dtype).name
    except (TypeError, ValueError):
        return None


def _fit(**settings):
    # All targets are 0, of which there is nothing to learn: no fit says that it has learned nothing.
    MLPRegressor(hidden_layer_sizes=(), **settings).fit(np.array([[0.0], [1.0]]), [0.0, 0.0])
