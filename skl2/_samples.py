"""Samples as the user gives them, validated; and the part of them that is held out for validation."""

import copy
import math
import warnings
from functools import partial
from numbers import Real
from typing import NamedTuple

import numpy as np
from scipy.sparse import issparse
from sklearn.base import is_classifier
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import _check_sample_weight, assert_all_finite, validate_data

from skl2._batches import Samples


class Given(NamedTuple):
    """Arguments of fit; all None: nothing was given."""

    X: object
    y: object
    sample_weight: object


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
    sample_weight = None if given.sample_weight is None else _validate_weights(given.sample_weight, X)
    return Samples(X, y, sample_weight, np.arange(X.shape[0]))


def validate_input(estimator, X, y="no_validation", **how):
    """Return what scikit-learn's validate_data returns, of arrays that mean what they hold and fit together."""
    for name, part in (("X", X), ("y", y)):
        _check_mask(name, part)
        _check_sparse(name, part)
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


def _validate_weights(sample_weight, X):
    _check_mask("sample_weight", sample_weight)
    try:
        sample_weight = float(sample_weight) if isinstance(sample_weight, Real) else sample_weight
        weights = _check_sample_weight(sample_weight, X, ensure_non_negative=True)
    except OverflowError as error:
        raise ValueError(f"sample_weight holds a number that no float can hold: {error}.") from error
    assert_all_finite(weights, input_name="sample_weight")  # one number for all samples was not looked at
    return weights


def _check_mask(name, part):
    """Raise ValueError where scikit-learn would drop a mask, and take what is below it for data."""
    if isinstance(part, np.ma.MaskedArray) and np.ma.is_masked(part):
        raise ValueError(
            f"{name} has masked values, and masks are not heard here. Impute them (SimpleImputer), or leave those "
            "samples out."
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


def is_validation_given(estimator, given):
    """Return whether the user gave a validation set: X_val and y_val, as in scikit-learn's HistGradientBoosting."""
    parts = {"X_val": given.X, "y_val": given.y, "sample_weight_val": given.sample_weight}
    provided = [name for name, part in parts.items() if part is not None]
    missing = [name for name in ("X_val", "y_val") if parts[name] is None]
    if provided and missing:
        raise ValueError(f"{provided[0]} is provided, but {missing[0]} was not provided.")
    if provided and not estimator.early_stopping:
        raise ValueError(
            "X_val and y_val are passed to fit while at the same time early_stopping is False. Set early_stopping=True "
            "to stop by their score, or 'loss' to stop by their loss; with n_iter_no_change=np.inf nothing stops."
        )
    return bool(provided)


def scale_weights(sample_weight):
    """Return weights whose largest is about 1: only ratios matter. By a power of two, and so without rounding."""
    if sample_weight is None or not np.any(sample_weight):
        return sample_weight
    return np.ldexp(sample_weight, -np.frexp(sample_weight.max())[1])


def count_kept(estimator, n_samples):
    """Return how many of the samples early stopping leaves to train on: at least one, or else `hold_out` refuses."""
    held_out = math.ceil(estimator.validation_fraction * n_samples) if estimator.early_stopping else 0
    return max(1, n_samples - held_out)


def hold_out(samples, labels, fraction, random_state):
    """Return (numbers of the samples to train on, and of those held out), as scikit-learn's MLP draws them.

    labels (n_samples,) stratify the split; None: nothing does. scikit-learn stratifies for two classes only.
    """
    numbers = np.arange(samples.indices.size)
    split = partial(train_test_split, numbers, test_size=fraction, random_state=random_state)
    try:
        return _split_by_class(split, labels)
    except ValueError as error:
        raise ValueError(
            f"early_stopping cannot hold out validation_fraction={fraction} of {numbers.size} samples: {error}"
        ) from error


def _split_by_class(split, labels):
    try:
        return split(stratify=labels)
    except ValueError as error:
        if labels is None or len(np.unique(labels)) <= 2:
            raise
        parts = split()
        warnings.warn(f"The validation set is not stratified by class: {error}", UserWarning, stacklevel=3)
        return parts
