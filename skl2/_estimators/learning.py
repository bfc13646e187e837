"""Whether a network has learned anything: it is held against the best constant prediction, in the same loss."""

import math
from typing import NamedTuple

import numpy as np

from skl2._estimators.baseline import assess
from skl2._estimators.causes import Case, Trace, describe_causes
from skl2._inputs.settings import is_stochastic
from skl2._training.parameters import layer_views, norm
from skl2._training.prediction import raw_prediction
from skl2._training.progress import Status

MARGIN = 1e-3  # of the constant's loss: what is better by less is no better
SURE = 1.0  # over √n: twice the standard error of an accuracy
MOST_SAMPLES = 2000  # to look at, where there is a suspicion
NO_CLAIM = {Status.INTERRUPTED, Status.DIVERGED, Status.RESTORED}  # endings that are warned of as failures anyway


class Comparison(NamedTuple):
    """A network that is no better than the best constant prediction."""

    measured: str  # what, and on which samples
    network: float
    constant: float

    def __str__(self):
        return f"{self.measured} is {self.network:.4g}, and that of the best constant prediction {self.constant:.4g}"


def compare(estimator, problem, training, row=0):
    """Return the Comparison of a network that has learned nothing, or None.

    It costs nothing where training went well: its own numbers say so.
    """
    progress = training.progress[row]
    if progress.status in NO_CLAIM:
        return None
    if estimator.early_stopping:
        best, baseline = progress.best_validation, progress.baseline
        return best and _compare(best, baseline.validation, baseline.n_validation, "loss on the validation set")
    if progress.loss < (1 - MARGIN) * progress.baseline.loss:
        return None
    # That loss is a mean over an epoch in which the weights changed, and it includes the penalty.
    samples = _some(problem.task.samples)
    layers = layer_views(training.rows.params[row], problem.task.network.sizes)
    with np.errstate(all="ignore"):
        raw = raw_prediction(samples.X, *layers, estimator.activation)
    of_constant = np.tile(progress.baseline.raw_prediction, (len(raw), 1))
    network, constant = (assess(estimator, samples, each) for each in (raw, of_constant))
    return _compare(network, constant, len(raw), "loss on the training samples")


def _compare(network, constant, n_samples, measured):
    """Return a Comparison of two Validations, or None if the network is better in its loss, or clearly in its score."""
    is_better = network.loss < (1 - MARGIN) * constant.loss
    if is_better or network.score > constant.score + SURE / math.sqrt(n_samples):
        return None
    return Comparison(measured, network.loss, constant.loss)


def _some(samples):
    """Return some of the Samples that weigh something, with an X of their own."""
    weights = samples.sample_weight
    numbers = np.arange(samples.indices.size) if weights is None else np.flatnonzero(weights)
    places = np.linspace(0, numbers.size - 1, min(numbers.size, MOST_SAMPLES)).astype(int)
    return samples.take(numbers[places]).copy_rows()


def make_trace(estimator, problem, alpha, progress):
    """Return the Trace of a network in its Progress, or of all calls that an estimator remembers."""
    task, n_coefs = problem.task, problem.task.network.n_coefs
    n_batches = -(-task.samples.indices.size // task.plan.batch_size) if is_stochastic(estimator) else 1
    rates = getattr(estimator, "learning_rate_curve_", progress.learning_rate_curve)
    before, after = norm(problem.params[:n_coefs]), progress.weight_norm_curve[-1] if progress.weight_norm_curve else 0
    return Trace(
        alpha=float(alpha),
        status=progress.status,
        n_epochs=len(rates),
        n_steps=len(rates) * n_batches,
        total_rate=n_batches * float(np.sum(rates)),
        last_rate=progress.mean_rate,
        shrinkage=after / before if before > 0 else 1.0,
        training_loss=progress.loss / progress.baseline.loss,
    )


def explain(estimator, samples, trace, name):
    """Return why a network of the user's estimator of that name has learned nothing of Samples, in words."""
    samples = _some(samples)
    return describe_causes(Case(estimator, trace, samples.X, samples.y, name))


def explain_failure(estimator, problem, training, alphas):
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
    trace = make_trace(estimator, problem, alphas[least], training.progress[least])
    why = explain(estimator, problem.task.samples, trace, type(estimator).__name__)
    return rows, f"The network has learned nothing: its {comparisons[least]}. {why}"
