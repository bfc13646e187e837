"""The best constant prediction of a problem: what any network that has learned something beats."""

import numpy as np

from skl2._inputs.loss_parameters import loss_parameters, validation_parameters
from skl2._kernels.losses import LOSSES
from skl2._training.progress import NOTHING_TO_BEAT, Baseline, Validation


def make_baseline(estimator, samples, validation):
    """Return the Baseline of Samples to train on, and of those to validate on or None."""
    name, n_outputs = estimator._loss(), estimator.n_outputs_
    kind, parameters = LOSSES[name], loss_parameters(estimator, name, n_outputs)
    with np.errstate(all="ignore"):  # of targets whose squares overflow
        raw, loss = kind.constant(samples.y, samples.sample_weight, parameters)
        unit = _round_to_power_of_2(kind.factor * loss / n_outputs) if kind.regression else 1.0
    if not 0 < loss < np.inf or np.all(samples.y == samples.y[0]):  # of equal targets any loss is worse
        return NOTHING_TO_BEAT
    if validation is None:
        return Baseline(float(loss), unit, raw)
    of_constant = NOTHING_TO_BEAT.validation
    if not np.all(validation.y == validation.y[0]):  # of equal ones a constant that is near is hard to beat
        of_constant = assess(estimator, validation, np.tile(raw, (len(validation.y), 1)))
    return Baseline(float(loss), unit, raw, of_constant)


def _round_to_power_of_2(unit):
    """Return the unit of a loss of real values: 1 where they have unit variance, or nearly.

    So what stops training is exactly what stops scikit-learn's, wherever targets are scaled.
    """
    return float(np.exp2(np.round(np.log2(unit)))) if 0 < unit < np.inf else 1.0


def assess(estimator, samples, raw):
    """Return the Validation of raw predictions (n_samples, n_outputs) of Samples."""
    with np.errstate(all="ignore"):  # what overflows is reported as divergence
        loss = np.average(losses_of(estimator, samples.y, raw), weights=samples.sample_weight)
        score = estimator._validation_score(samples.y, raw, samples.sample_weight)
    return Validation(float(score), float(loss))


def losses_of(estimator, y, raw):
    """Return the loss of each sample, (n_samples,), without penalty and label smoothing."""
    name = estimator._loss()
    return LOSSES[name].numpy(raw, y, validation_parameters(estimator, name, raw.shape[1]))
