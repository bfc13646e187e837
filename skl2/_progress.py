"""The history of one network in training, and when its training ends."""

from enum import IntEnum

import numpy as np

from skl2._kernels.training import DIVERGED, TRAINING

SMALLEST_ADAPTIVE_RATE = 1e-6  # where 'adaptive' gives up, as in scikit-learn


class Status(IntEnum):
    """Why training goes on or ended."""

    TRAINING = TRAINING  # the kernels' codes
    DIVERGED = DIVERGED
    CONVERGED = 2  # the training loss stalled
    STOPPED_EARLY = 3  # the validation score stalled
    MAX_ITER = 4
    INTERRUPTED = 5


class Progress:
    """Curves of one network, and its state between epochs.

    The same rule serves both ways of stopping: `value` is the validation score or minus the training loss, and an
    epoch that does not raise it by tol counts as stalled.
    """

    def __init__(
        self, learning_rate_init, adaptive, *, n_samples_seen=0, n_epochs_seen=0, n_cuts=0, best=-np.inf, n_stalled=0
    ):
        self.learning_rate_init = learning_rate_init
        self.adaptive = adaptive
        self.n_samples_seen = n_samples_seen
        self.n_epochs_seen = n_epochs_seen
        self.n_cuts = n_cuts  # how often 'adaptive' has divided the rate by 5
        self.best = best
        self.n_stalled = n_stalled
        self.loss_curve, self.weight_norm_curve, self.validation_scores = [], [], []

    def memory(self):
        """Return what partial_fit needs to go on beside `t_`, as arguments of `Progress`."""
        names = ("n_epochs_seen", "n_cuts", "best", "n_stalled")
        return {name: getattr(self, name) for name in names}

    @property
    def learning_rate(self):
        """The base rate that the schedule multiplies."""
        # Divided step by step, not by 5**n_cuts: so it equals scikit-learn's to the last bit.
        rate = self.learning_rate_init
        for _ in range(self.n_cuts if self.adaptive else 0):
            rate /= 5
        return rate

    def record(self, loss, weight_norm, n_samples, score=None):
        """Append an epoch of n_samples to the curves."""
        self.n_samples_seen += n_samples
        self.n_epochs_seen += 1
        self.loss_curve.append(loss)
        self.weight_norm_curve.append(weight_norm)
        if score is not None:
            self.validation_scores.append(score)

    def judge(self, tol, n_iter_no_change):
        """Return (whether the last epoch is the best so far, status, message for the user or None)."""
        value = self.validation_scores[-1] if self.validation_scores else -self.loss_curve[-1]
        self.n_stalled = 0 if value >= self.best + tol else self.n_stalled + 1
        is_best = value > self.best
        self.best = value if is_best else self.best
        if self.n_stalled <= n_iter_no_change:
            return is_best, Status.TRAINING, None
        return is_best, *self._stall(tol, n_iter_no_change)

    def _stall(self, tol, n_iter_no_change):
        what, end = (
            ("Validation score", Status.STOPPED_EARLY)
            if self.validation_scores
            else ("Training loss", Status.CONVERGED)
        )
        message = f"{what} did not improve more than tol={tol:f} for {n_iter_no_change} consecutive epochs."
        if not self.adaptive:
            return end, f"{message} Stopping."
        if self.learning_rate <= SMALLEST_ADAPTIVE_RATE:
            return end, f"{message} Learning rate too small. Stopping."
        self.n_cuts += 1
        self.n_stalled = 0
        return Status.TRAINING, f"{message} Setting learning rate to {self.learning_rate:f}"

    def last_epoch(self):
        """Return what verbose prints of the last epoch, in scikit-learn's words."""
        text = f"Iteration {len(self.loss_curve)}, loss = {self.loss_curve[-1]:.8f}"
        if self.validation_scores:
            text += f"\nValidation score: {self.validation_scores[-1]:f}"
        return text
