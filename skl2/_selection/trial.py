"""The best constant prediction in a search: scored before anything is trained, and what the search should beat.

What fails in scoring it would fail at the end: the scorer and what it needs, in each fold.
"""

import math
import threading
import warnings
from typing import NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from skl2._compilation.forks import let_forks_wait_for
from skl2._estimators.attributes import fitted_attributes, with_fitted
from skl2._estimators.causes import Trace
from skl2._estimators.endings import remedy
from skl2._estimators.learning import MARGIN, SURE, explain, make_trace, measure
from skl2._estimators.parallel import Stop
from skl2._estimators.solution import begin
from skl2._selection.scoring import score_networks
from skl2._training.parameters import layer_views
from skl2._training.progress import Status, Validation

# What the warnings module catches, it catches in all threads: two that do so at once would leave its state wrong.
ONE_AT_A_TIME = let_forks_wait_for(threading.RLock())  # a scorer may search too


def try_scoring(folds):
    """Return the Folds with the scores of their constants; raise ValueError where no network could be scored."""
    constants, why = [], None
    for number, fold in enumerate(folds, start=1):
        score, error, warning = _score(fold, _constant_params(fold.problem))
        untrained = score
        if not np.isfinite(score):
            # Some metrics are not defined for constants, or for what they predict.
            untrained, second_error, _ = _score(fold, fold.problem.params)
            if error and second_error:
                raise ValueError(f"Scoring fails in fold {number} of {len(folds)}, and nothing was trained: {error}")
            why = why or error or warning or f"it gives {score}"
        constants.append((score, untrained))
    if not np.any(np.isfinite(constants)):
        raise ValueError(f"Scoring gives no finite number in any fold, and nothing was trained: {why}")
    return [fold._replace(constant_score=score) for fold, (score, _) in zip(folds, constants, strict=True)]


def _score(fold, params):
    """Return (score of a network with these params, NaN where there is none; the error in words; the first warning)."""
    with ONE_AT_A_TIME, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        score, _, failures = score_networks(fold.scoring, fold.test, [0.0], {0: _network(fold, params)}, Stop())
    error = failures[0][1] if failures else None
    return score[0], error, str(caught[0].message) if caught else None


def _network(fold, params):
    """Return the fitted estimator of a fold with these params (n_params,), and a history of one epoch."""
    problem = fold.problem._replace(params=params)
    training = begin(fold.estimator, problem, np.zeros(1))
    progress, loss = training.progress[0], problem.baseline.loss
    n_samples, validation = problem.task.samples.indices.size, problem.validate and problem.validate(params)
    progress.record(loss, 0.0, progress.learning_rate, n_samples, validation)
    progress.remember_if_best(loss, progress.validations[0] if progress.validations else None)
    return with_fitted(fold.estimator, 0.0, fitted_attributes(fold.estimator, problem.task, training))


def _constant_params(problem):
    """Return the params (n_params,) of the network that predicts the best constant."""
    params = np.zeros_like(problem.params)
    if problem.baseline.raw_prediction is not None:
        with np.errstate(over="ignore"):  # a constant that float32 cannot hold is scored as what it is there
            layer_views(params, problem.task.network.sizes)[1][-1][:] = problem.baseline.raw_prediction
    return params


class Failure(NamedTuple):
    """A network that beats the best constant prediction neither in its score nor in its loss, on samples held out."""

    trace: Trace
    network: Validation
    constant: Validation
    n_samples: int


def find_failure(fold, network, score, progress):
    """Return the Failure of a fitted estimator of a fold, trained as its Progress tells, or None."""
    raw_of_constant, held_out = fold.problem.baseline.raw_prediction, fold.held_out
    constant, is_known = fold.constant_score, math.isfinite(fold.constant_score)
    is_better = score > (constant + MARGIN * max(1.0, abs(constant)) if is_known else constant)  # than NaN is nothing
    if is_better or raw_of_constant is None or held_out is None or not _counts(held_out):
        return None
    layers, held_out = (network.coefs_, network.intercepts_), held_out.copy_rows()
    of_network, of_constant, _ = measure(network, layers, raw_of_constant, held_out)
    if of_network.loss < (1 - MARGIN) * of_constant.loss:
        return None
    trace = make_trace(fold.estimator, fold.problem, network.alpha, progress)
    return Failure(trace, of_network, of_constant, len(held_out.y))


def _counts(samples):
    return samples.sample_weight is None or np.any(samples.sample_weight)


def check_scores(estimator, search, means):
    """Raise ValueError with the first reason if no mean of scores over folds is finite."""
    if np.any(np.isfinite(means)):
        return
    diverged = np.isin(search.outcome.status, (Status.DIVERGED, Status.RESTORED))
    why = f"scores are {means}"
    if search.failures:
        why = f"scoring failed: {search.failures[0][1]}"
    elif np.any(diverged):
        why = f"{diverged.sum()} of {diverged.size} fits diverged: {remedy(estimator)}"
    raise ValueError(f"No alpha can be chosen, as none has finite scores in all folds: {why}.")


def warn_if_nothing_learned(search, number, alphas, name):
    """Tell the user of an estimator of this name if most networks at an alpha are no better than the constant.

    It is the best of alphas (n_alphas,): if one is to blame, then the smallest.
    """
    failed = [fold for fold in range(len(search.folds)) if (number, fold) in search.failed]
    failures = [search.failed[number, fold] for fold in failed]
    if 2 * len(failures) <= len(search.folds) or _are_right(failures):
        return
    first, trace = search.folds[failed[0]], failures[0].trace
    if np.any(alphas < trace.alpha):
        trace = trace._replace(alpha=float(alphas.min()), shrinkage=1.0)
    score = np.mean(search.outcome.score[number])
    constant = np.mean([fold.constant_score for fold in search.folds])
    why = explain(first.estimator, first.problem.task.samples, trace, name)
    text = (
        f"The search has learned nothing that holds for new samples: at alpha={search.alphas[number]:g}, its best, the "
        f"network is no better than the best constant prediction in {len(failures)} of {len(search.folds)} folds (mean "
        f"score {score:.4g}, of the constants {constant:.4g}). {why}"
    )
    warnings.warn(text, ConvergenceWarning, stacklevel=2)


def _are_right(failures):
    """Whether networks that are too sure of themselves are still right clearly more often than constants."""
    gain = np.mean([failure.network.score - failure.constant.score for failure in failures])
    return gain > SURE / math.sqrt(sum(failure.n_samples for failure in failures))
