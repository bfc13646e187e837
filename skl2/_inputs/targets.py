"""y as the user gives it, and as losses take it: numbers of classes, an indicator of labels, or real values."""

import numpy as np
from scipy.sparse import issparse
from sklearn.preprocessing import LabelEncoder
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import assert_all_finite, column_or_1d


def to_labels(y):
    """Return one label per sample, (n_samples,), or an indicator of several, (n_samples, n_labels) of 0 and 1."""
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
    """Return what losses take: numbers of classes, (n_samples, 1), or the indicator."""
    if labels.ndim == 2:
        return labels
    encoder = LabelEncoder()
    encoder.classes_ = classes
    return encoder.transform(labels)[:, np.newaxis]


def to_values(y):
    """Return real targets, (n_samples, n_outputs)."""
    y = y.toarray() if issparse(y) else y
    if y.dtype.kind not in "fiub":
        y = y.astype(np.float64)
    assert_all_finite(y, input_name="y")  # None in an array of objects is NaN only now
    return column_or_1d(y, warn=True)[:, np.newaxis] if y.ndim == 1 or y.shape[1] == 1 else y
