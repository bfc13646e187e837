"""Weights of classes, and of samples by their classes."""

import numpy as np

from skl2._samples import scale_weights


def weigh_classes(class_weight, classes, targets, sample_weight):
    """Return the weights of the classes, a list with an array per column of the targets.

    'balanced' makes all classes weigh the same in sum, sample weights included.
    """
    n_targets = targets.shape[1]
    if class_weight == "balanced":
        n_classes = 2 if n_targets > 1 else len(classes)
        return [_balance(column, n_classes, scale_weights(sample_weight)) for column in targets.T]
    per_target = [class_weight] if n_targets == 1 else class_weight
    if (
        not isinstance(per_target, list)
        or len(per_target) != n_targets
        or not all(isinstance(w, dict) for w in per_target)
    ):
        raise ValueError(
            "class_weight must be 'balanced' or a dict {label: weight}, for multilabel y a list of dicts such as "
            f"{{0: 1, 1: 5}}, one for each label; got {class_weight!r} for y with {n_targets} labels per sample."
        )
    return [_look_up(of_target, classes if n_targets == 1 else np.array([0, 1])) for of_target in per_target]


def _balance(numbers, n_classes, sample_weight):
    totals = np.bincount(numbers, sample_weight, minlength=n_classes).astype(float)
    with np.errstate(over="ignore"):  # of a class that weighs next to nothing
        weights = np.divide(totals.sum(), n_classes * totals, out=np.ones_like(totals), where=totals > 0)
    return np.minimum(weights, np.finfo(float).max)


def _look_up(class_weight, classes):
    # Not scikit-learn's compute_class_weight, which takes labels such as '1' for numbers.
    unknown, unweighted = class_weight.keys() - set(classes.tolist()), set(classes.tolist()) - class_weight.keys()
    if unknown and unweighted:  # as in scikit-learn: a class may be missing from these samples
        raise ValueError(f"class_weight has {unknown}, which are no classes, while {unweighted} have no weight.")
    try:
        weights = np.array([class_weight.get(label, 1) for label in classes.tolist()], float)
    except (OverflowError, TypeError, ValueError):  # no numbers
        weights = np.full(len(classes), np.nan)
    if not np.all((weights >= 0) & (weights < np.inf)) or not np.any(weights):
        raise ValueError(f"class_weight must be finite numbers >= 0, and not all of them 0; got {class_weight!r}.")
    return weights


def weigh_samples(class_weights, targets, sample_weight):
    """Return the weight of each sample, (n_samples,): its own times those of its classes, with 1 about the largest."""
    weights = np.ones(len(targets)) if sample_weight is None else scale_weights(sample_weight.astype(float))
    for of_class, column in zip(class_weights, targets.T, strict=True):
        weights = scale_weights(weights * scale_weights(of_class[column]))  # else a product may overflow
    return weights
