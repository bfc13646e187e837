"""y as the user gives it, and as losses take it: numbers of classes, an indicator of labels, or real values."""

from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from scipy.sparse import issparse
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import assert_all_finite, column_or_1d


class NotNumbers(NamedTuple):
    """A row of NOT_NUMBERS: what numpy would make numbers of."""

    name: str
    types: tuple  # of Python and of numpy
    remedy: str


NOT_NUMBERS = (
    NotNumbers(
        "dates",
        (date, np.datetime64),
        "Turn them into numbers, such as days since the first: of an array or Series, (y - y.min()) / "
        "np.timedelta64(1, 'D').",
    ),
    NotNumbers(
        "durations",
        (timedelta, np.timedelta64),
        "Divide them by a unit: of an array or Series, y / np.timedelta64(1, 'D') are days.",
    ),
    NotNumbers(
        "text",
        (str, bytes),
        "If it names classes, take MLPClassifier; if it spells numbers, make them of it: pd.to_numeric(y).",
    ),
)


def check_real(y, name):
    """Raise ValueError if y, as it was given to the regressor of this name, holds what is no number.

    numpy makes nanoseconds of dates, and numbers of text that spells some. Gaps and complex numbers are left to
    scikit-learn, which has words for them.
    """
    if issparse(y) or getattr(getattr(y, "dtype", None), "kind", "O") in "fiubc":
        return
    try:
        y = np.asarray(y)
    except ValueError as error:
        raise ValueError(f"y must hold real numbers, (n_samples,) or (n_samples, n_outputs): {error}") from error
    types = set(map(type, y.flat)) if y.dtype.kind == "O" else {y.dtype.type}
    for row in NOT_NUMBERS:
        _refuse([each for each in types if issubclass(each, row.types)], row.name, name, row.remedy)
    remedy = "Turn them into numbers, one or more for each sample."
    _refuse([each for each in types if not _is_number(each)], "objects", name, remedy)


def _refuse(types, what, name, remedy):
    if types:
        found = min(each.__name__ for each in types)
        raise ValueError(f"y holds {what} (of type {found}), and {name} learns real numbers. {remedy}")


def _is_number(kind):
    """Whether a type is one of numbers, or of None, which is a gap."""
    if issubclass(kind, np.generic):
        return issubclass(kind, (np.number, np.bool_))
    is_scalar = not hasattr(kind, "__len__")  # arrays are not
    return kind is type(None) or (is_scalar and (hasattr(kind, "__float__") or hasattr(kind, "__index__")))


def to_labels(y):
    """Return one label per sample, (n_samples,), or an indicator of several, (n_samples, n_labels) of 0 and 1."""
    if y.dtype.kind == "V":
        raise ValueError(f"y must hold labels, such as numbers or text; got records of type {y.dtype}. Take one field.")
    with np.errstate(invalid="ignore"):  # scikit-learn casts numbers that no integer can hold, to look at them
        check_classification_targets(y)
    if y.ndim == 1 or y.shape[1] == 1:
        return column_or_1d(y.toarray() if issparse(y) else y, warn=True)
    if type_of_target(y) != "multilabel-indicator":
        raise ValueError(
            "y must hold one label per sample, shape (n_samples,), or an indicator matrix of 0 and 1, shape "
            f"(n_samples, n_labels); got {type_of_target(y)} labels of shape {y.shape}."
        )
    indicator = y.toarray() if issparse(y) else y
    if not np.all((indicator == 0) | (indicator == 1)):
        raise ValueError(
            f"A multilabel y must be an indicator matrix of 0 and 1; got the values {np.unique(indicator)}."
        )
    return indicator.astype(np.intp)


def find_classes(labels):
    """Return the classes that occur, or the numbers of the columns of an indicator."""
    return np.arange(labels.shape[1]) if labels.ndim == 2 else np.unique(labels)


def to_targets(labels, classes):
    """Return what losses take: numbers of the sorted classes, (n_samples, 1), or the indicator. All are known."""
    return labels if labels.ndim == 2 else np.searchsorted(classes, labels)[:, np.newaxis]


def to_values(y):
    """Return real targets, (n_samples, n_outputs)."""
    y = y.toarray() if issparse(y) else y
    assert_all_finite(y, input_name="y")  # None in an array of objects is NaN only now
    return column_or_1d(y, warn=True)[:, np.newaxis] if y.ndim == 1 or y.shape[1] == 1 else y
