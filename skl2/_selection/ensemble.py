"""Networks of the folds as one prediction: the mean of what they say.

Each has seen all samples but those that its fold holds out: none is trained in addition, and each sample has a
prediction by networks that have not seen it.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.base import is_classifier
from sklearn.utils import _safe_indexing

from skl2._kernels.losses import LOSSES
from skl2._selection.conformal import scores_of_classes, scores_of_quantiles, scores_of_values

LARGEST_TEMPERATURE = 8.0
# The mean of several probabilities is less confident than each: of the temperature that fits single networks, the
# square root fits their mean (16 classifications of benchmarks/tables.py: log loss -1.4 %, the whole of it -1.3 %).
SHARE_FOR_THE_MEAN = 0.5


class HeldOut(NamedTuple):
    """What a network says of the samples that it has not seen."""

    n_samples: int  # of all folds
    numbers: np.ndarray  # (n,) of the samples
    raw_prediction: np.ndarray  # (n, n_outputs)
    targets: np.ndarray  # (n, n_targets), encoded
    sample_weight: np.ndarray | None  # (n,)


def predict_held_out(networks, splits, X, samples):
    """Return the HeldOut of each network, whose fold holds out splits[k][1] of the Samples, encoded; X as given."""
    return [
        HeldOut(
            n_samples=samples.indices.size,
            numbers=test,
            raw_prediction=network._raw_prediction(_safe_indexing(X, test)),
            targets=samples.y[test],
            sample_weight=None if samples.sample_weight is None else samples.sample_weight[test],
        )
        for network, (_, test) in zip(networks, splits, strict=True)
    ]


def find_temperature(held_out, loss):
    """Return T > 0 that minimises the mean loss of raw predictions / T (Guo et al. 2017, arXiv:1706.04599)."""
    raw = np.concatenate([part.raw_prediction for part in held_out])
    targets = np.concatenate([part.targets for part in held_out])
    has_weights = held_out[0].sample_weight is not None
    weights = np.concatenate([part.sample_weight for part in held_out]) if has_weights else None

    def mean_loss(log_temperature):
        return np.average(LOSSES[loss].numpy(raw * np.exp(-log_temperature), targets), weights=weights)

    bound = np.log(LARGEST_TEMPERATURE)
    return float(np.exp(minimize_scalar(mean_loss, bounds=(-bound, bound), method="bounded").x))


def calibrate(networks, held_out):
    """Return (T, held_out): divide what networks of log loss predict by a power of the temperature T of single ones.

    The last layer is linear, so that its weights and intercepts are divided.
    """
    temperature = find_temperature(held_out, networks[0]._loss())
    divisor = networks[0].coefs_[-1].dtype.type(temperature**SHARE_FOR_THE_MEAN)
    for network in networks:
        network.coefs_[-1] /= divisor
        network.intercepts_[-1] /= divisor
    return temperature, [part._replace(raw_prediction=part.raw_prediction / divisor) for part in held_out]


def conformity_scores(networks, held_out):
    """Return what `conformal` needs of each fold, or None for several labels."""
    predictions = _predictions(networks, held_out)
    if not is_classifier(networks[0]):
        score = scores_of_quantiles if networks[0].out_activation_ == "sort" else scores_of_values
        return [score(part.targets, values) for part, values in zip(held_out, predictions, strict=True)]
    if networks[0]._is_multilabel():
        return None
    return [scores_of_classes(part.targets, values) for part, values in zip(held_out, predictions, strict=True)]


def predict_each(members, X, method="_prediction"):
    """Yield what a method of each member makes of its raw predictions: probabilities or values, if not logarithms.

    X is validated once: all members know the same features.
    """
    X = members[0]._validate_unseen(X)
    for member in members:
        yield getattr(member, method)(member._forward(X))


def mean_of(members, X):
    """Return the mean of the probabilities or values of the members."""
    predictions = predict_each(members, X)
    total = next(predictions)
    for prediction in predictions:
        total += prediction
    total /= len(members)
    return total


def predict(members, X):
    """Return the labels that are most probable, or values."""
    if len(members) == 1:
        return members[0].predict(X)
    if is_classifier(members[0]):
        return members[0]._decide_by_probability(mean_of(members, X))
    return mean_of(members, X)


def predict_log_proba(members, X):
    """Return logarithms of mean probabilities, exact where the probabilities round to 0."""
    return log_of_mean(predict_each(members, X, "_log_probability"))


def log_of_mean(logarithms):
    """Return the logarithm of the mean of probabilities whose logarithms (n_samples, n_classes) come one by one.

    The largest is taken out of the sum; scipy's logsumexp does that for all at once, in ten times the time.
    """
    logarithms = iter(logarithms)
    first = next(logarithms)
    largest = np.maximum(first, np.finfo(first.dtype).min)  # of -∞ there is no difference
    total, n_members = np.exp(first - largest), 1
    for logarithm in logarithms:
        before, largest = largest, np.maximum(largest, logarithm)
        total = total * np.exp(before - largest) + np.exp(logarithm - largest)
        n_members += 1
    with np.errstate(divide="ignore"):  # all of them -∞
        return np.minimum(largest + np.log(total / n_members), 0)  # rounding may lift it above


def mean_held_out(networks, held_out):
    """Return what is predicted for each sample by the networks that have not seen it, NaN where all have.

    (n_samples, n_classes) or (n_samples, n_labels) probabilities, or values (n_samples,) or (n_samples, n_outputs).
    """
    n_samples, predictions = held_out[0].n_samples, _predictions(networks, held_out)
    total, count = np.zeros((n_samples, *predictions[0].shape[1:]), predictions[0].dtype), np.zeros(n_samples)
    for part, prediction in zip(held_out, predictions, strict=True):
        np.add.at(total, part.numbers, prediction)
        np.add.at(count, part.numbers, 1)
    with np.errstate(invalid="ignore"):  # 0 / 0 where no fold holds a sample out
        return (total.T / count).T.astype(total.dtype)


def _predictions(networks, held_out):
    """Return probabilities or values of each fold; links work in place."""
    return [network._prediction(part.raw_prediction.copy()) for network, part in zip(networks, held_out, strict=True)]
