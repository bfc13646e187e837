"""Samples as the user gives them, validated."""

import copy
import math
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array, csr_matrix, issparse
from sklearn.base import is_classifier
from sklearn.utils.validation import _check_y, validate_data

from skl2._inputs.targets import check_real
from skl2._inputs.weights import check_mask, validate_weights
from skl2._training.batches import Samples

FLOATS = [np.dtype(np.float64), np.dtype(np.float32)]  # what predictions are computed in


class Given(NamedTuple):
    """Arguments of fit, or of its validation set; all None: nothing was given."""

    X: object = None
    y: object = None
    sample_weight: object = None


def validate_samples(estimator, given, reset):
    """Return Samples with y as the user gave it, and let the estimator know its features if `reset`."""
    dtypes = [np.float64, np.float32] if estimator.dtype is None else [estimator.dtype, np.float64, np.float32]
    X, y = validate_input(
        estimator,
        given.X,
        given.y,
        dtype=dtypes,
        multi_output=True,
        y_numeric=not is_classifier(estimator),
        reset=reset,
    )
    sample_weight = None if given.sample_weight is None else validate_weights(given.sample_weight, X)
    return Samples(X, y, sample_weight, np.arange(X.shape[0]))


def validate_target(estimator, y):
    """Return y, as validated as it can be without X."""
    check_mask("y", y)
    _check_sparse("y", y)
    if not is_classifier(estimator):
        check_real(y, type(estimator).__name__)
    try:
        with np.errstate(invalid="ignore"):  # as for X
            return _check_y(y, multi_output=True, y_numeric=not is_classifier(estimator), estimator=estimator)
    except OverflowError as error:
        raise ValueError(f"y holds a number that no float can hold: {error}.") from error


def validate_input(estimator, X, y="no_validation", **how):
    """Return what scikit-learn's validate_data returns, of arrays that mean what they hold and fit together."""
    for name, part in (("X", X), ("y", y)):
        check_mask(name, part)
        _check_sparse(name, part)
    if how.get("y_numeric"):
        check_real(y, type(estimator).__name__)
    try:
        with np.errstate(invalid="ignore"):  # scikit-learn sums X, and ∞ - ∞ may come of large numbers
            checked = validate_data(estimator, X, y, accept_sparse="csr", **how)
    except OverflowError as error:
        raise ValueError(f"X or y holds a number that no float can hold: {error}.") from error
    parts = checked if isinstance(checked, tuple) else [checked]
    for name, before, after in zip(("X", "y"), (X, y), parts, strict=False):
        if after is not before:  # what is wrong in a matrix of lists is seen only now
            _check_sparse(name, after)
    return checked


def validate_unseen(estimator, X):
    """Return X, of floats, to predict for: at once where validation would return it as it is.

    scikit-learn's validation of a single sample takes three times as long as its prediction.
    """
    return X if _is_valid(estimator, X) else validate_input(estimator, X, dtype=FLOATS, reset=False)


def _is_valid(estimator, X):
    """Whether X is an ndarray or CSR matrix without names in which nothing is wrong; if in doubt, False."""
    is_sparse = type(X) in (csr_array, csr_matrix)
    numbers = X.data if is_sparse else X
    if type(numbers) is not np.ndarray or numbers.dtype not in FLOATS or X.ndim != 2:
        return False
    knows_names = getattr(estimator, "feature_names_in_", None) is not None
    if knows_names or X.shape[0] == 0 or X.shape[1] != getattr(estimator, "n_features_in_", None):
        return False
    with np.errstate(over="ignore", invalid="ignore"):
        is_finite = math.isfinite(numbers.sum())  # as scikit-learn begins: without an array of booleans
    return is_finite and (not is_sparse or _is_csr(X))


def _is_csr(X):
    """Whether the arrays of a CSR matrix fit together: what scipy's check_format looks at, in a quarter of its time."""
    indices, indptr = X.indices, X.indptr
    return bool(
        type(indices) is type(indptr) is np.ndarray
        and X.data.ndim == indices.ndim == indptr.ndim == 1
        and indices.dtype == indptr.dtype
        and indices.dtype.kind == "i"
        and indices.size == X.data.size
        and indptr.size == X.shape[0] + 1
        and 0 == indptr[0] <= indptr[-1] <= indices.size
        and np.all(indptr[:-1] <= indptr[1:])
        and (indices.size == 0 or 0 <= indices.min() <= indices.max() < X.shape[1])
    )


def _check_sparse(name, part):
    """Raise ValueError if the arrays of a sparse matrix do not fit together: scipy and the kernels do not look."""
    if not issparse(part):
        return
    if part.ndim != 2:
        raise ValueError(f"A sparse {name} must be a matrix, of two dimensions; got shape {part.shape}.")
    try:
        if part.format == "coo":
            type(part)((part.data, (part.row, part.col)), shape=part.shape)
        elif hasattr(part, "check_format"):
            if part.indices.dtype.kind != "i" or part.indptr.dtype.kind != "i":
                raise TypeError(f"indices are {part.indices.dtype}, and indptr is {part.indptr.dtype}")
            copy.copy(part).check_format(full_check=True)  # a copy: it may shorten arrays
    except (AttributeError, IndexError, TypeError, ValueError) as error:
        raise ValueError(
            f"{name} is no valid sparse matrix of format {part.format!r}: {error}. Build it from its entries, "
            "scipy.sparse.coo_array((data, (rows, columns)), shape)."
        ) from error
