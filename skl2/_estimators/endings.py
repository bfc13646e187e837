"""Why training ended, in words: of a single fit, of the networks of a path, and of those of a search."""

import warnings
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from skl2._estimators.continuation import has_completed
from skl2._estimators.learning import explain_failure
from skl2._inputs.settings import alpha_unit, is_stochastic
from skl2._inputs.strengths import penalty_strength
from skl2._training.progress import Status
from skl2._training.schedules import SCHEDULES, count_cycles, end_of_cycles, is_complete_at_max_iter

SCALE = "scale X (StandardScaler) and the targets of a regression"
KEEPS_BEST = "The weights are those of the best epoch before."

_is_told = ContextVar("is_told", default=False)


@contextmanager
def told(is_told):
    """Let fits inside say nothing of having learned nothing, if a search has said it."""
    token = _is_told.set(is_told)
    try:
        yield
    finally:
        _is_told.reset(token)


def raise_if_diverged(estimator, progress):
    """Raise ValueError if training diverged and left nothing to return to."""
    if progress.status == Status.DIVERGED:
        weights = (
            "Solver produced non-finite parameter weights. The input data may contain large values and need to be "
            "preprocessed. "
        )
        raise ValueError(("" if progress.message else weights) + _divergence(estimator, progress))


def warn_about_end(estimator, problem, training, incremental):
    """Tell the user why training ended, if it did not end by itself, and if nothing was learned."""
    progress = training.progress[0]
    if progress.status == Status.INTERRUPTED:
        warnings.warn("Training interrupted by user.", UserWarning, stacklevel=2)
    messages = [_not_converged(estimator, progress, incremental)]
    claims = not incremental or has_completed(estimator, progress.memory())  # that it is done
    if claims and not _is_told.get():
        alphas = np.array([np.max(estimator.alpha_) / alpha_unit(estimator, problem.task.samples.indices.size)])
        messages.append(explain_failure(estimator, problem, training, alphas, incremental)[1])
    if any(messages):
        warnings.warn(" ".join(filter(None, messages)), ConvergenceWarning, stacklevel=2)


def name_alphas(alphas):
    """Return values of alpha in words; of many, the first and the last."""
    names = [f"{alpha:g}" for alpha in alphas]
    return ", ".join(names) if len(names) <= 6 else f"{', '.join(names[:3])}, … {names[-1]} ({len(names)} values)"


def warn_about_path(estimator, problem, training, alphas):
    """Tell the user which networks of a path did not end by themselves: one warning for each way to end.

    Those that have learned nothing are named by the first, which says why, and by no other.
    """
    failed, why = explain_failure(estimator, problem, training, alphas)
    if failed.size:
        warnings.warn(f"At alpha={name_alphas(alphas[failed])}: {why}", ConvergenceWarning, stacklevel=2)
    has_failed = np.isin(np.arange(len(alphas)), failed)
    for status, text, category in (
        (Status.INTERRUPTED, "Training interrupted by user.", UserWarning),
        (Status.DIVERGED, f"Training diverged: {remedy(estimator)}.", ConvergenceWarning),
        (
            Status.RESTORED,
            f"Training diverged: {remedy(estimator)}. {KEEPS_BEST}",
            ConvergenceWarning,
        ),
        (Status.ABNORMAL, _stopped_short(estimator), ConvergenceWarning),
        (Status.MAX_ITER, _stopped_short(estimator), ConvergenceWarning),
    ):
        ended = np.array([history.status == status for history in training.progress]) & ~has_failed
        if np.any(ended) and text:
            warnings.warn(f"At alpha={name_alphas(alphas[ended])}: {text}", category, stacklevel=2)


def warn_about_search(estimator, alphas, search, is_end=True):
    """Tell the user what became of the networks of a Search; without is_end others are trained longer after it."""
    status, failures = search.outcome.status, search.failures
    for kinds, text in (
        ([Status.DIVERGED, Status.RESTORED], f"diverged: {remedy(estimator)}"),
        ([Status.MAX_ITER, Status.ABNORMAL], _stopped_short(estimator) if is_end else None),
    ):
        ended = np.isin(status, kinds)
        if np.any(ended) and text:
            where = name_alphas(alphas[ended.any(axis=1)])
            text = f"In the search, {ended.sum()} of {status.size} fits, at alpha={where}: {text}"
            warnings.warn(text, ConvergenceWarning, stacklevel=2)
    if failures:
        where = name_alphas(sorted({float(alpha) for alpha, _ in failures}))
        warnings.warn(
            f"In the search, {len(failures)} networks, at alpha={where}, could not be scored, and count as NaN. The "
            f"first error: {failures[0][1]}",
            UserWarning,
            stacklevel=2,
        )


def remedy(estimator):
    """Return what helps against divergence, whatever alpha."""
    return f"{SCALE}, or lower alpha or learning_rate_init" if is_stochastic(estimator) else SCALE


def _stopped_short(estimator):
    """Return what to say of networks that did not converge, or None if they were complete at max_iter."""
    if not is_stochastic(estimator):
        return (
            f"lbfgs failed to converge. Increase max_iter={estimator.max_iter} or max_fun={estimator.max_fun}, or "
            f"{SCALE}."
        )
    return None if is_complete_at_max_iter(estimator) else _max_iter_reached(estimator)


def _max_iter_reached(estimator):
    n = estimator.max_iter
    text = f"Stochastic Optimizer: Maximum iterations ({n}) reached and the optimization hasn't converged yet."
    if not SCHEDULES[estimator.learning_rate].has_cycles:
        return text
    n_cycles = count_cycles(estimator, n)
    ends = " or ".join(str(end_of_cycles(estimator, k)) for k in (n_cycles, n_cycles + 1) if k > 0)
    return f"{text} It ended within a cycle of {estimator.learning_rate!r}: write max_iter={ends}."


def _not_converged(estimator, progress, incremental):
    """Return what to say of training that is usable and did not converge, or None."""
    n_iter, max_iter = len(progress.loss_curve), estimator.max_iter
    if progress.status == Status.RESTORED:
        return f"{_divergence(estimator, progress)} {KEEPS_BEST}"
    if progress.status == Status.ABNORMAL:
        return (
            f"lbfgs failed to converge after {n_iter} iterations: its line search found no better point. Scale X "
            "(StandardScaler) and the targets of a regression."
        )
    if progress.status == Status.MAX_ITER and not is_stochastic(estimator):
        return (
            f"lbfgs failed to converge after {n_iter} iterations: {progress.message}. Increase max_iter={max_iter} or "
            f"max_fun={estimator.max_fun}, or scale X (StandardScaler)."
        )
    if progress.status == Status.MAX_ITER and not (incremental or is_complete_at_max_iter(estimator)):
        return _max_iter_reached(estimator)
    return None


def _divergence(estimator, progress):
    """Return what to say of numbers that are not finite: where they were, and what helps."""
    n_iter, rate = len(progress.loss_curve), float(estimator.learning_rate_init)
    l2 = penalty_strength(estimator)
    remedy = SCALE
    if rate * l2 > 1 and is_stochastic(estimator):
        remedy = f"lower alpha={estimator.alpha}, or learning_rate_init={rate}"
    elif is_stochastic(estimator):
        remedy += f", or lower learning_rate_init={rate}"
    if progress.message:
        remedy = f"{progress.message} Look for large values in the validation set, {remedy}"
    return f"Training diverged in epoch {n_iter}: {remedy}."
