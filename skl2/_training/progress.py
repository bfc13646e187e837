"""The history of one network in training, and when its training ends."""

import math
from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from skl2._kernels.epochs import CONVERGED, DIVERGED, TRAINING, least_improvement
from skl2._training.schedules import SMALLEST_ADAPTIVE_RATE


class Status(IntEnum):
    """Why training goes on or ended."""

    TRAINING = TRAINING  # the kernels' codes
    DIVERGED = DIVERGED
    CONVERGED = CONVERGED  # the training loss stalled, or L-BFGS met its tolerance
    STOPPED_EARLY = 3  # the validation score or loss stalled
    MAX_ITER = 4
    INTERRUPTED = 5  # by Ctrl-C
    STOPPED_BY_CALLBACK = 6
    RESTORED = 7  # diverged, and returned to the best epoch before
    ABNORMAL = 8  # L-BFGS found no better point along its line


class Validation(NamedTuple):
    """What held-out samples say of a network."""

    score: float
    loss: float  # mean, without penalty


class Baseline(NamedTuple):
    """The best constant prediction, which a network should beat."""

    loss: float = math.inf  # mean over the samples to train on; infinite: there is nothing to say
    unit: float = 1.0  # of the loss
    raw_prediction: np.ndarray | None = None  # (n_outputs,)
    validation: Validation = Validation(-math.inf, math.inf)  # what held-out samples say of it


NOTHING_TO_BEAT = Baseline()
NEAR = 0.9  # of the constant's validation loss: whether anything is learned may be chance


class Criterion(NamedTuple):
    """A row of CRITERIA."""

    value: Callable  # (training loss, Validation or None) → what must rise
    is_loss: bool  # whether it has the unit of the loss
    end: Status  # when it has stalled


CRITERIA = {
    "Training loss": Criterion(lambda loss, validation: -loss, True, Status.CONVERGED),
    "Validation score": Criterion(lambda loss, validation: validation.score, False, Status.STOPPED_EARLY),
    "Validation loss": Criterion(lambda loss, validation: -validation.loss, True, Status.STOPPED_EARLY),
}


class Memory(NamedTuple):
    """What the next call of partial_fit needs of this one, beside `t_`."""

    n_epochs_seen: int = 0
    n_cuts: int = 0  # how often 'adaptive' has divided the rate by 5
    best: float = -np.inf  # value of the criterion
    n_stalled: int = 0  # epochs in a row


def cut(rate, n_cuts):
    """Return the learning rate after n_cuts of 'adaptive'."""
    # Divided step by step, not by 5**n_cuts: so it equals scikit-learn's to the last bit.
    for _ in range(n_cuts):
        rate /= 5
    return rate


class Progress:
    """Curves of one network, and its state between epochs.

    One rule serves every row of CRITERIA: an epoch that does not improve its value (`_improves`) counts as stalled.
    """

    def __init__(
        self,
        learning_rate_init,
        adaptive,
        criterion="Training loss",
        n_samples_seen=0,
        memory=Memory(),
        baseline=NOTHING_TO_BEAT,
    ):
        self.learning_rate_init = learning_rate_init
        self.adaptive = adaptive
        self.criterion = criterion
        self.n_samples_seen = n_samples_seen
        self.n_epochs_seen, self.n_cuts, self.best, self.n_stalled = memory
        self.baseline = baseline
        self.lowest_validation_loss = math.inf
        self.best_validation = None  # of the best epoch
        self.best_params = None  # (n_params,), where there is validation
        self.loss = np.nan  # the last
        # Learning rates are means over the mini-batches of an epoch; NaN for L-BFGS, which has none.
        self.loss_curve, self.weight_norm_curve, self.learning_rate_curve, self.validations = [], [], [], []
        self.status = Status.TRAINING
        self.message = None  # why, where it takes more than the status
        self.label = ""  # which network this is, for verbose

    def memory(self):
        """Return what partial_fit needs to go on."""
        return Memory(self.n_epochs_seen, self.n_cuts, self.best, self.n_stalled)

    @property
    def learning_rate(self):
        """The base rate that the schedule multiplies."""
        return cut(self.learning_rate_init, self.n_cuts if self.adaptive else 0)

    def has_best(self):
        """Whether there is a best epoch to return to."""
        return self.best_params is not None and self.best > -math.inf

    def result(self, params):
        """Return the params with which training would end now."""
        return self.best_params if self.has_best() else params

    def record(self, loss, weight_norm, learning_rate, n_samples, validation=None):
        """Append an epoch of n_samples to the curves."""
        self._extend([loss], [weight_norm], [learning_rate], n_samples)
        if validation is not None:
            self.validations.append(validation)

    def standing(self):
        """Return what the kernel needs to judge epochs: the base rate, the best value, stalled epochs, cuts."""
        return self.learning_rate, self.best, self.n_stalled, self.n_cuts

    def take_over(self, losses, weight_norms, learning_rates, standing, n_samples):
        """Append epochs of n_samples each, which the kernel has judged."""
        self._extend(losses, weight_norms, learning_rates, n_samples)
        _, self.best, n_stalled, n_cuts = standing
        self.n_stalled, self.n_cuts = int(n_stalled), int(n_cuts)

    def _extend(self, losses, weight_norms, learning_rates, n_samples):
        self.n_samples_seen += n_samples * len(losses)
        self.n_epochs_seen += len(losses)
        self.loss = losses[-1]
        self.loss_curve += losses
        self.weight_norm_curve += weight_norms
        self.learning_rate_curve += learning_rates

    def remember_if_best(self, loss, validation):
        """Return whether these are the best values of the criterion so far; they are then remembered."""
        if validation:
            self.lowest_validation_loss = min(validation.loss, self.lowest_validation_loss)
        value = CRITERIA[self.criterion].value(loss, validation)
        if value > self.best or (value == self.best and self._breaks_tie(validation)):
            self.best, self.best_validation = value, validation
            return True
        return False

    def _breaks_tie(self, validation):
        """Whether an epoch that ties with the best one has a lower loss, while that is above or near the constant's.

        After that the first of ties is kept, as in scikit-learn.
        """
        best = self.best_validation
        return best is not None and best.loss > NEAR * self.baseline.validation.loss and validation.loss < best.loss

    def judge(self, tol, n_iter_no_change):
        """Return (whether the last epoch is the best so far, status, message for the user or None)."""
        validation = self.validations[-1] if self.validations else None
        value = CRITERIA[self.criterion].value(self.loss, validation)
        if not math.isfinite(value):
            self.message = f"{self.criterion} is not a finite number."
            return False, Status.DIVERGED, f"{self.message} Stopping."
        self.n_stalled = 0 if self._improves(value, validation, tol) else self.n_stalled + 1
        is_best = self.remember_if_best(self.loss, validation)
        if self.n_stalled <= n_iter_no_change:
            return is_best, Status.TRAINING, None
        return is_best, *self._stall(tol, n_iter_no_change)

    def _improves(self, value, validation, tol):
        """Whether the last epoch raises the value of the criterion by tol, or a loss that is high by tol of its unit.

        Scores are coarse: of 20 samples accuracy moves in steps of 5 %. One may rest while the loss falls, until it is
        half that of the best constant prediction.
        """
        loss, constant = (validation or self).loss, (self.baseline.validation if validation else self.baseline).loss
        unit = self.baseline.unit
        least = least_improvement.function(loss, constant, unit, tol)
        if CRITERIA[self.criterion].is_loss:
            return value >= self.best + least
        is_falling = loss <= self.lowest_validation_loss - least and self.lowest_validation_loss > constant / 2
        return is_falling or value >= self.best + tol

    def _stall(self, tol, n_iter_no_change):
        end = CRITERIA[self.criterion].end
        message = f"{self.criterion} did not improve more than tol={tol:f} for {n_iter_no_change} consecutive epochs."
        if not self.adaptive:
            return end, f"{message} Stopping."
        if self.learning_rate <= SMALLEST_ADAPTIVE_RATE:
            return end, f"{message} Learning rate too small. Stopping."
        self.n_cuts += 1
        self.n_stalled = 0
        return Status.TRAINING, f"{message} Setting learning rate to {self.learning_rate:f}"

    def last_epoch(self):
        """Return what verbose prints of the last epoch, in scikit-learn's words."""
        text = f"{self.label}Iteration {len(self.loss_curve)}, loss = {self.loss:.8f}"
        if self.validations:
            text += f"\n{self.label}Validation score: {self.validations[-1].score:f}"
        if self.criterion == "Validation loss":
            text += f"\n{self.label}Validation loss: {self.validations[-1].loss:f}"
        return text
