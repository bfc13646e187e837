"""Intervals and sets that hold the truth with a given probability, from what the folds did not see.

CV+ (Barber, Candès, Ramdas, Tibshirani 2021, arXiv:1905.02928, section 3) compares a new sample with each sample i that
a fold held out, by the network μ₋ₖ₍ᵢ₎ which has not seen i and its score there: Rᵢ = |yᵢ - μ₋ₖ₍ᵢ₎(xᵢ)| for values, and
Rᵢ = 1 - p₋ₖ₍ᵢ₎(yᵢ | xᵢ) for classes. Of several quantiles, from the lowest ℓ to the highest h, the interval is widened
or narrowed on both sides: Rᵢ = max(ℓ₋ₖ₍ᵢ₎(xᵢ) - yᵢ, yᵢ - h₋ₖ₍ᵢ₎(xᵢ)) (Romano, Patterson, Candès 2019,
arXiv:1905.03222; by CV+ Gupta, Kuchibhotla, Ramdas 2022, arXiv:1910.10562). The scores of a fold, sorted, are all that
is kept.
"""

from numbers import Real

import numpy as np
from sklearn.utils._param_validation import validate_parameter_constraints

from skl2._inputs.settings import Interval

BISECTIONS = 64  # halvings of an interval of floats, by their numbers: as many as tell apart any two


def check_coverage(coverage, name):
    """Raise an error unless coverage is a number between 0 and 1."""
    constraints = {"coverage": [Interval(Real, 0, 1, closed="neither")]}
    validate_parameter_constraints(constraints, {"coverage": coverage}, name)


def check_has_scores(scores):
    """Raise ValueError where there are no scores: several labels have no order that a set could follow."""
    if scores is None:
        raise ValueError("predict_set is for one label per sample; of several labels, take predict_proba.")


def scores_of_values(y, prediction):
    """Return the scores of a fold, (n, n_outputs), each column sorted."""
    return np.sort(np.abs(y.reshape(len(y), -1) - prediction.reshape(len(y), -1)), axis=0)


def scores_of_quantiles(y, prediction):
    """Return the scores of a fold, (n, 1), sorted; y (n, 1), prediction (n, n_quantiles), sorted in rows."""
    return np.sort(np.maximum(prediction[:, :1] - y, y - prediction[:, -1:]), axis=0)


def scores_of_classes(numbers, probability):
    """Return the scores of a fold, (n, 1), sorted; numbers (n, 1) of the classes."""
    return np.sort(1 - np.take_along_axis(probability, numbers, axis=1), axis=0)


def predict_interval(predictions, scores, coverage):
    """Return (n, n_outputs, 2): bounds around predictions (n, n_outputs) of each network, scores of its fold.

    Predictions of which there are more than scores are quantiles, of which the outer ones count: (n, 1, 2).

    The lower bound is the ⌊(1 - coverage)(n + 1)⌋-th smallest μ₋ₖ₍ᵢ₎(x) - Rᵢ, the upper one the ⌈coverage (n + 1)⌉-th
    smallest μ₋ₖ₍ᵢ₎(x) + Rᵢ; infinite where so few samples cannot tell.
    """
    rank, n_outputs = _rank(coverage, scores), scores[0].shape[1]
    bounds = np.empty((len(predictions[0]), n_outputs, 2))
    for output in range(n_outputs):
        of_output = [of_fold[:, output].astype(float) for of_fold in scores]
        for side, sign, column in ((0, -1, output), (1, 1, output - n_outputs)):
            centers = np.stack([sign * prediction[:, column].astype(float) for prediction in predictions])
            bounds[:, output, side] = sign * _ranked_sum(centers, of_output, rank)
    # Quantiles that are moved towards each other may pass each other.
    return np.sort(bounds, axis=2) if predictions[0].shape[1] > n_outputs else bounds


def predict_set(probabilities, scores, coverage):
    """Return (n, n_classes) bool: the classes whose score is not larger than too many, and the most probable one.

    Class c is in the set of x if fewer than coverage · (n + 1) samples i have Rᵢ < 1 - p₋ₖ₍ᵢ₎(c | x) (Romano, Sesia,
    Candès 2020, arXiv:2006.02544, section 3, with this score).
    """
    smaller, total = 0, 0
    for of_fold, probability in zip(scores, probabilities, strict=True):  # one by one: those of all may be large
        smaller = smaller + np.searchsorted(of_fold[:, 0], 1 - probability, side="left")
        total = total + probability
    members = smaller < _rank(coverage, scores)
    members[np.arange(len(members)), (total / len(scores)).argmax(axis=1)] = True
    return members


def _rank(coverage, scores):
    """Return ⌈coverage (n + 1)⌉, for n scores."""
    return int(np.ceil(coverage * (sum(map(len, scores)) + 1) * (1 - 1e-12)))  # not one more because 0.9 is not 9/10


def _ranked_sum(centers, scores, rank):
    """Return the rank-th smallest of centers[k, j] + scores[k][i] over k and i, (n,) for j; scores[k] sorted.

    By bisection: the sums, n for each of as many samples, are never made. centers (n_networks, n).
    """
    if rank > sum(map(len, scores)):
        return np.full(centers.shape[1], np.inf)
    low = centers.min(axis=0) + min(0, *(of_fold[0] for of_fold in scores))
    high = centers.max(axis=0) + max(of_fold[-1] for of_fold in scores)
    low, high = _number(np.nextafter(low, -np.inf)), _number(np.nextafter(high, np.inf))
    for _ in range(BISECTIONS):
        middle = (low & high) + ((low ^ high) >> 1)  # (low + high) // 2, where the sum may be too large
        is_enough = _count(centers, scores, _float(middle)) >= rank
        low, high = np.where(is_enough, low, middle), np.where(is_enough, middle, high)
    return _largest(centers, scores, _float(high))  # not the bound itself: a value equal to the sum is to be inside


def _number(values):
    """Return integers that count the floats from 0 on, below it negative: they are ordered as the floats are."""
    bits = values.view(np.int64)
    return np.where(bits < 0, np.iinfo(np.int64).min - bits, bits)


def _float(numbers):
    """Return the floats with these numbers."""
    return np.where(numbers < 0, np.iinfo(np.int64).min - numbers, numbers).view(np.float64)


def _count(centers, scores, bound):
    """Return how many sums are at most the bound (n,)."""
    return sum(
        np.searchsorted(of_fold, bound - center, side="right") for center, of_fold in zip(centers, scores, strict=True)
    )


def _largest(centers, scores, bound):
    """Return the largest of the sums that are at most the bound (n,)."""
    largest = np.full(bound.shape, -np.inf)
    for center, of_fold in zip(centers, scores, strict=True):
        number = np.searchsorted(of_fold, bound - center, side="right")
        largest = np.maximum(largest, np.where(number > 0, center + of_fold[number - 1], -np.inf))
    return largest
