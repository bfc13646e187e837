"""What one call of training leaves to the next, and how the next goes on with it."""

import warnings

import numpy as np

from skl2._training.progress import Memory, Status, cut
from skl2._training.schedules import SCHEDULES, has_ended

# What `remember` returns, of an estimator that has no past here.
NO_MEMORY = {
    "optimizer": None,
    "learning_rate": None,
    "learning_rate_init": None,
    "n_samples": None,
    "moments": None,
    "n_steps": 0,
    "reach": 0.0,
    "params": None,
    "n_averaged": 0,
    "seed": None,
    "progress": {},
}


def remember(estimator, task, training, row, incremental):
    """Return what partial_fit goes on with, as a plain dict: pickles hold arrays and plain values only.

    The moments, up to twice the weights, are kept between calls of partial_fit; after fit they would be dead weight.
    So are the weights behind an average, which also a fit with warm_start leaves to the next; not where it returns to
    the best epoch, whose average they do not belong to.
    """
    progress, rows, n_samples = training.progress[row], training.rows, task.samples.indices.size
    memory = progress.memory()
    keeps_params = rows.average.size > 0 and (incremental or estimator.warm_start) and not progress.has_best()
    if progress.n_epochs_seen > len(progress.loss_curve):  # partial_fit: the last part may be a short one
        n_samples = max(n_samples, estimator._optimizer_memory["n_samples"] or 0)
    if estimator.early_stopping:
        memory = memory._replace(best=-np.inf)  # partial_fit compares losses, whatever fit compared
    return {
        "optimizer": None if progress.status == Status.RESTORED else estimator.optimizer,
        "learning_rate": estimator.learning_rate,
        "learning_rate_init": estimator.learning_rate_init,
        "n_samples": n_samples,
        "moments": rows.moments[row] if incremental else None,
        "n_steps": int(rows.n_steps[row]) if incremental else 0,
        "reach": float(rows.reach[row]) if incremental else 0.0,
        "params": rows.params[row] if keeps_params else None,
        "n_averaged": int(rows.n_averaged[row]) if keeps_params else 0,
        "seed": task.network.seed if task.network.dropout.size else None,
        "progress": memory._asdict(),
    }


def recall(estimator, memory, rows, incremental):
    """Return the Memory to begin with; partial_fit goes on with its moments, which the only row then has.

    Either goes on from the weights behind an average, and the average with them.
    """
    if memory["params"] is not None:
        rows.params[0], rows.n_averaged[0] = memory["params"], memory["n_averaged"]
    before = Memory(**memory["progress"])
    is_other = memory["learning_rate_init"] != estimator.learning_rate_init
    if not incremental or memory["optimizer"] != estimator.optimizer:
        return Memory(n_cuts=0 if is_other or is_spent(estimator, before) else before.n_cuts)
    is_first = memory["moments"] is None  # after fit
    if not is_first:
        rows.moments[0], rows.n_steps[0], rows.reach[0] = memory["moments"], memory["n_steps"], memory["reach"]
    if memory["learning_rate"] != estimator.learning_rate:
        return Memory()
    if has_completed(estimator, before) or (is_first and is_spent(estimator, before)):
        if not is_first:
            _warn_of_new_schedule(estimator, before)
        return Memory()
    return before._replace(n_cuts=0) if is_other else before


def is_spent(estimator, progress):
    """Whether the schedule of an estimator has come to its last rate, after what a Memory tells."""
    rate = cut(float(estimator.learning_rate_init), progress.n_cuts)
    return has_ended(estimator.learning_rate, rate, progress.n_epochs_seen, estimator.max_iter)


def has_completed(estimator, progress):
    """Whether it has nothing left: 'adaptive' trains at its last rate until it stalls again."""
    adaptive = SCHEDULES[estimator.learning_rate].adaptive
    return is_spent(estimator, progress) and (not adaptive or progress.n_stalled > estimator.n_iter_no_change)


def _warn_of_new_schedule(estimator, progress):
    warnings.warn(
        f"learning_rate={estimator.learning_rate!r} ended after {progress.n_epochs_seen} epochs: this partial_fit "
        f"begins it anew at learning_rate_init={estimator.learning_rate_init}. For a longer schedule raise max_iter, "
        "or n_iter_no_change of 'adaptive'; 'constant' has no end.",
        UserWarning,
        stacklevel=2,
    )
