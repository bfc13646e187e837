"""Which columns of X penalty='group_l1' takes or leaves together."""

import numpy as np

from skl2._inputs.strengths import penalty_of
from skl2._kernels.proximal import NO_GROUPS, Groups


def make_groups(estimator, n_features):
    """Return the Groups of so many columns: each its own, or those with equal labels in `column_groups`."""
    if penalty_of(estimator).first != "group":
        return NO_GROUPS
    labels = np.arange(n_features) if estimator.column_groups is None else np.asarray(estimator.column_groups)
    if labels.shape != (n_features,):
        raise ValueError(
            f"column_groups must have a label for each of the {n_features} columns of X; got an array of shape "
            f"{labels.shape}."
        )
    try:
        _, numbers, counts = np.unique(labels, return_inverse=True, return_counts=True)
    except TypeError as error:
        raise ValueError(
            f"column_groups must have labels of one kind, and no gaps; got {labels.tolist()!r}."
        ) from error
    starts = np.concatenate([[0], np.cumsum(counts)])
    return Groups(np.argsort(numbers, kind="stable").astype(np.intp), starts.astype(np.intp))
