"""What one call of training leaves to the next, and how the next goes on with it."""

import numpy as np

from skl2._training.progress import SMALLEST_ADAPTIVE_RATE, Memory, Status, cut

# What `remember` returns, of an estimator that has no past here.
NO_MEMORY = {
    "optimizer": None,
    "learning_rate_init": None,
    "n_samples": None,
    "moments": None,
    "n_steps": 0,
    "progress": {},
}


def remember(estimator, training, row, n_samples, incremental):
    """Return what partial_fit goes on with, as a plain dict: pickles hold arrays and plain values only.

    The moments, up to twice the weights, are kept between calls of partial_fit; after fit they would be dead weight.
    """
    progress = training.progress[row]
    memory = progress.memory()
    if progress.n_epochs_seen > len(progress.loss_curve):  # partial_fit: the last part may be a short one
        n_samples = max(n_samples, estimator._optimizer_memory["n_samples"] or 0)
    if estimator.early_stopping:
        memory = memory._replace(best=-np.inf)  # partial_fit compares losses, whatever fit compared
    return {
        "optimizer": None if progress.status == Status.RESTORED else estimator.optimizer,
        "learning_rate_init": estimator.learning_rate_init,
        "n_samples": n_samples,
        "moments": training.rows.moments[row] if incremental else None,
        "n_steps": int(training.rows.n_steps[row]) if incremental else 0,
        "progress": memory._asdict(),
    }


def recall(estimator, memory, rows, incremental):
    """Return the Memory to begin with; partial_fit goes on with its moments, which the only row then has."""
    if not incremental or memory["optimizer"] != estimator.optimizer:
        return Memory(n_cuts=_remaining_cuts(estimator, memory))
    if memory["moments"] is not None:
        rows.moments[0], rows.n_steps[0] = memory["moments"], memory["n_steps"]
    return Memory(**memory["progress"])


def _remaining_cuts(estimator, memory):
    """Return how often 'adaptive' has cut the learning rate, in training that goes on with it."""
    n_cuts = Memory(**memory["progress"]).n_cuts
    same_start = memory["learning_rate_init"] == estimator.learning_rate_init
    is_slowing = same_start and cut(estimator.learning_rate_init, n_cuts) > SMALLEST_ADAPTIVE_RATE
    return n_cuts if is_slowing else 0
