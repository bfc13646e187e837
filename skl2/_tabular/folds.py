"""The folds of a table: shuffled, stratified by class also where classes are rare."""

import numpy as np
from sklearn.base import is_classifier
from sklearn.model_selection import KFold, StratifiedKFold

from skl2._selection.folds import split_rows


def make_splits(model, n_folds, y, seed, split_params):
    """Return a list of (numbers to train on, numbers to hold out); `cv` says how, or how many, or n_folds does."""
    if model.cv is not None and not isinstance(model.cv, (int, np.integer)):
        return split_rows(model, y, y, split_params)
    n_folds = n_folds if model.cv is None else int(model.cv)
    if not is_classifier(model) or y.ndim > 1:
        return list(KFold(n_folds, shuffle=True, random_state=seed).split(y))
    return list(StratifiedKFold(n_folds, shuffle=True, random_state=seed).split(y, merge_rare(y, n_folds)))


def merge_rare(y, least):
    """Return numbers of classes (n_samples,) in which classes of fewer than `least` samples are one.

    scikit-learn's StratifiedKFold warns of such classes; spread by chance, some folds train without them.
    """
    numbers, counts = np.unique(y, return_inverse=True, return_counts=True)[1:]
    if counts[counts < least].sum() < least:  # too few together: they go with the most frequent
        common = counts.argmax()
        return np.where(counts[numbers] < least, common, numbers)
    return np.where(counts[numbers] < least, len(counts), numbers)
