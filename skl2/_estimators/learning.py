"""Whether a network has learned anything: it is held against the best constant prediction, in the same loss."""

import math
from typing import NamedTuple

import numpy as np

from skl2._estimators.baseline import assess, losses_of
from skl2._estimators.causes import Case, Trace, describe_causes
from skl2._inputs.settings import alpha_unit, is_stochastic
from skl2._training.engine import kept
from skl2._training.parameters import layer_views, norm
from skl2._training.prediction import raw_prediction
from skl2._training.progress import NEAR, Status

MARGIN, LARGEST_MARGIN = 1e-3, 1e-2  # of the constant's loss: what is better by less is no better
SURE = 1.0  # over √n: twice the standard error of an accuracy
MOST_SAMPLES, MOST_NUMBERS = 2000, 2**18  # to look at in X, where there is a suspicion
NO_CLAIM = {Status.INTERRUPTED, Status.DIVERGED, Status.RESTORED}  # endings that are warned of as failures anyway


class Comparison(NamedTuple):
    """A network that is no better than the best constant prediction."""

    measured: str  # on which samples
    network: float
    constant: float

    def __str__(self):
        relation = "hardly less" if self.network < self.constant else "no less"
        text = f"its loss on the {self.measured} is {self.network:.4g}, {relation} than the {self.constant:.4g} of "
        return f"{text}the best constant prediction"


def compare(estimator, problem, training, row=0):
    """Return the Comparison of a network that has learned nothing, or None.

    It costs nothing where training went well: its own numbers say so.
    """
    progress, baseline = training.progress[row], problem.baseline
    if progress.status in NO_CLAIM or baseline.raw_prediction is None:
        return None
    layers = layer_views(kept(training.rows)[row], problem.task.network.sizes)
    held_out = progress.best_validation
    # A mean over an epoch in which the weights changed, with the penalty, and perhaps not of the epoch that is kept.
    # Of an average it says nothing.
    is_suspect = progress.loss >= (1 - MARGIN) * baseline.loss or training.rows.average.size > 0
    comparison = None
    if held_out and held_out.loss >= NEAR * baseline.validation.loss:
        is_suspect = True
        network, constant, error = measure(estimator, layers, baseline.raw_prediction, problem.validation)
        comparison = _compare(network, constant, len(problem.validation.y), -error, "validation set")
    if is_suspect and not comparison:
        samples = _some(problem.task.samples)
        network, constant, _ = measure(estimator, layers, baseline.raw_prediction, samples)
        gain = np.clip(1 / len(samples.y), MARGIN, LARGEST_MARGIN) * constant.loss
        comparison = _compare(network, constant, len(samples.y), gain, "training samples")
    return comparison


def measure(estimator, layers, constant, samples):
    """Return what Samples say of a network and of a constant raw prediction: (Validation, Validation, error).

    layers are (coefs, intercepts); the error is the standard error of the difference in loss.
    """
    with np.errstate(all="ignore"):
        raw = raw_prediction(samples.X, *layers, estimator.activation)
        of_constant = np.tile(constant, (len(raw), 1))
        losses = (losses_of(estimator, samples.y, each) for each in (raw, of_constant))
        error = np.std(np.subtract(*losses)) / math.sqrt(len(raw))
    return assess(estimator, samples, raw), assess(estimator, samples, of_constant), error


def _compare(network, constant, n_samples, gain, measured):
    """Return a Comparison of Validations, or None if the network is better: in its loss by a gain, or in its score."""
    if network.loss < constant.loss - gain or network.score > constant.score + SURE / math.sqrt(n_samples):
        return None
    return Comparison(measured, network.loss, constant.loss)


def _some(samples):
    """Return some of the Samples that weigh something, with an X of their own."""
    weights = samples.sample_weight
    numbers = np.arange(samples.indices.size) if weights is None else np.flatnonzero(weights)
    n_samples = max(1, min(numbers.size, MOST_SAMPLES, MOST_NUMBERS // samples.X.shape[1]))
    places = np.linspace(0, numbers.size - 1, n_samples).astype(int)
    return samples.take(numbers[places]).copy_rows()


def make_trace(estimator, problem, alpha, progress, incremental=False):
    """Return the Trace of a network in its Progress, or of all calls of partial_fit that an estimator remembers."""
    task, n_coefs = problem.task, problem.task.network.n_coefs
    n_batches = -(-task.samples.indices.size // task.plan.batch_size) if is_stochastic(estimator) else 1
    rates = estimator.learning_rate_curve_ if incremental else progress.learning_rate_curve
    before, after = norm(problem.params[:n_coefs]), progress.weight_norm_curve[-1] if progress.weight_norm_curve else 0
    return Trace(
        alpha=float(alpha),
        alpha_unit=alpha_unit(estimator, task.samples.indices.size),
        status=progress.status,
        n_epochs=len(rates),
        n_steps=len(rates) * n_batches,
        total_rate=n_batches * float(np.sum(rates)),
        last_rate=rates[-1] if rates else math.nan,
        shrinkage=after / before if before > 0 else 1.0,
        training_loss=progress.loss / progress.baseline.loss,
    )


def explain(estimator, samples, trace, name):
    """Return why a network of the user's estimator of that name has learned nothing of Samples, in words."""
    samples = _some(samples)
    return describe_causes(Case(estimator, trace, samples.X, samples.y, name))


def explain_failure(estimator, problem, training, alphas, incremental=False):
    """Return (numbers of the networks that should have learned something and have not, why in words)."""
    comparisons = [compare(estimator, problem, training, row) for row in range(len(alphas))]
    has_failed = np.array([comparison is not None for comparison in comparisons])
    has_learned = ~has_failed & ~np.isin([progress.status for progress in training.progress], list(NO_CLAIM))
    # Beyond a λ that leaves something to learn, a larger one may shrink everything: that is what a path shows.
    is_too_strong = np.any(alphas[has_learned] < alphas[:, np.newaxis], axis=1)
    rows = np.flatnonzero(has_failed & ~is_too_strong)
    if not rows.size:
        return rows, None
    least = rows[np.argmin(alphas[rows])]  # where λ is the last thing to blame
    trace = make_trace(estimator, problem, alphas[least], training.progress[least], incremental)
    why = explain(estimator, problem.task.samples, trace, type(estimator).__name__)
    return rows, f"The network has learned nothing: {comparisons[least]}. {why}"
