"""The samples that early stopping validates on: a set of the user's own, or a part of the samples that is held out."""

import math
import warnings
from functools import partial

import numpy as np
from sklearn.model_selection import train_test_split

from skl2._inputs.weights import check_weights

SMALLEST = 2  # samples, of which there is an R²


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


def check_validation(validation):
    """Raise ValueError if these Samples cannot tell a better network from a worse one."""
    n_samples = validation.X.shape[0]
    if n_samples < SMALLEST:
        raise ValueError(
            f"The validation set is too small: {n_samples} sample, where at least {SMALLEST} are needed. Increase "
            "'validation_fraction' or the size of your dataset, or of X_val."
        )
    check_weights(validation.sample_weight, "to validate on")


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
            f"early_stopping cannot hold out validation_fraction={fraction} of {numbers.size} samples: {error} Another "
            "fraction, more samples, or a validation set of your own (X_val, y_val) would do."
        ) from error


def _split_by_class(split, labels):
    """Return the parts, at random and with a warning where a class has too few members for both parts."""
    try:
        return split(stratify=labels)
    except ValueError as error:
        if labels is None:
            raise
        parts = split()  # raises where it is not the classes that are too small
        if parts[1].size >= SMALLEST:  # else it is refused
            warnings.warn(f"The validation set is not stratified by class: {error}", UserWarning, stacklevel=3)
        return parts
