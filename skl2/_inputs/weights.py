"""Weights of samples, and of classes, which multiply them. Only their ratios matter."""

from numbers import Real

import numpy as np
from sklearn.utils.validation import _check_sample_weight, assert_all_finite


def validate_weights(sample_weight, X):
    """Return weights (n_samples,): finite numbers, at least 0."""
    check_mask("sample_weight", sample_weight)
    try:
        sample_weight = float(sample_weight) if isinstance(sample_weight, Real) else sample_weight
        weights = _check_sample_weight(sample_weight, X, ensure_non_negative=True)
    except OverflowError as error:
        raise ValueError(f"sample_weight holds a number that no float can hold: {error}.") from error
    assert_all_finite(weights, input_name="sample_weight")  # one number for all samples was not looked at
    return weights


def check_mask(name, part):
    """Raise ValueError where scikit-learn would drop a mask, and take what is below it for data."""
    if isinstance(part, np.ma.MaskedArray) and np.ma.is_masked(part):
        raise ValueError(
            f"{name} has masked values, and masks are not heard here. Impute them (SimpleImputer), or leave those "
            "samples out."
        )


def scale_weights(sample_weight):
    """Return weights whose largest is about 1: only ratios matter. By a power of two, and so without rounding."""
    if sample_weight is None or not np.any(sample_weight):
        return sample_weight
    return np.ldexp(sample_weight, -np.frexp(sample_weight.max())[1])


def check_weights(sample_weight, purpose):
    """Raise ValueError if no sample counts."""
    if sample_weight is not None and not np.any(sample_weight):
        raise ValueError(
            f"All samples {purpose} weigh 0 (sample_weight, times class_weight if there is one); at least one must "
            "weigh more."
        )


def weigh_samples(sample_weight, targets, class_weights):
    """Return the weight of each sample, (n_samples,), with 1 about the largest: its own, times those of its classes.

    class_weights is what `weigh_classes` returns, or None; without weights of either kind there are none.
    """
    if class_weights is None:
        return scale_weights(sample_weight)
    weights = np.ones(len(targets)) if sample_weight is None else scale_weights(sample_weight.astype(float))
    for of_class, column in zip(class_weights, targets.T, strict=True):
        weights = scale_weights(weights * scale_weights(of_class[column]))  # else a product may overflow
    return weights


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
