"""The networks at the ends of cycles, where the learning rate has fallen to 0: what restarts leave on the way."""

import copy

from skl2._estimators.attributes import with_fitted
from skl2._inputs.settings import is_stochastic
from skl2._training.schedules import SCHEDULES, count_cycles


def with_snapshots(hooks, estimator, problem, training, fitted):
    """Return (Hooks that take a snapshot where a cycle ends, list of the snapshots), or None where there are no cycles.

    fitted() are the attributes of an estimator fitted so far.
    """
    plan, progress = problem.task.plan, training.progress[0]
    if not (SCHEDULES[plan.learning_rate].has_cycles and is_stochastic(estimator)):
        return hooks, None
    snapshots = []

    def end(is_complete):
        n_epochs = progress.n_epochs_seen
        if is_complete and count_cycles(plan, n_epochs) > count_cycles(plan, n_epochs - 1):
            snapshots.append(_take(estimator, fitted()))
        return bool(hooks.end and hooks.end(is_complete))

    return hooks._replace(end=end), snapshots


def _take(estimator, attributes):
    """Return an estimator that shares nothing with training."""
    snapshot = with_fitted(estimator, copy.deepcopy(estimator.alpha), copy.deepcopy(attributes))
    for name in list(vars(snapshot)):  # of an earlier fit; and scikit-learn's, of the fit that is going on
        if name == "snapshots_" or (name.startswith("_") and "callback" in name):
            delattr(snapshot, name)
    return snapshot
