"""What happens between two epochs of one network: history, validation, stopping, callbacks, words for the user."""

import math
from collections.abc import Callable
from typing import NamedTuple

from skl2._training.progress import Status, Validation


class Hooks(NamedTuple):
    """What the estimator does between epochs; None where it does nothing."""

    validate: Callable | None = None  # params → Validation: training then returns to its best epoch
    report: Callable | None = None  # text ← what verbose prints
    begin: Callable | None = None  # (): an epoch begins
    end: Callable | None = None  # (is_complete): it has ended, or was broken off; returns whether to stop
    check: Callable | None = None  # (): raises KeyboardInterrupt if training should end after this chunk

    def are_heard(self):
        """Whether there is something to do between epochs, and not only to look for Ctrl-C."""
        return any((self.validate, self.report, self.begin, self.end))

    def through(self, wrap):
        """Return Hooks that call wrap(hook) in place of each."""
        return Hooks(*(hook and wrap(hook) for hook in self))


class Monitor:
    """The epochs of one network, of which training would leave params (n_params,)."""

    def __init__(self, params, progress, plan, hooks):
        self.params = params
        self.progress, self.plan, self.hooks = progress, plan, hooks
        if hooks.validate and progress.best_params is None:
            progress.best_params = params.copy()
        self.in_epoch = False

    def begin(self):
        """Say that an epoch begins, once."""
        if self.hooks.begin and not self.in_epoch:
            self.hooks.begin()
        self.in_epoch = True

    def end(self, loss, weight_norm, learning_rate, n_samples):
        """Write down an epoch with its mean loss, ‖W‖ and mean learning rate; return the Status to go on with."""
        validation = self.hooks.validate(self.params) if self.hooks.validate else None
        self.progress.record(loss, weight_norm, learning_rate, n_samples, validation)
        is_best, status, message = self.progress.judge(self.plan.tol, self.plan.n_iter_no_change)
        if is_best and self.hooks.validate:
            self.progress.best_params[:] = self.params
        self._report(message)
        stops = self._close(is_complete=True)
        return Status.STOPPED_BY_CALLBACK if stops and status == Status.TRAINING else status

    def take_over(self, losses, weight_norms, learning_rates, standing, n_samples):
        """Write down epochs that the kernel has judged, where nobody listens; and how it stands after them."""
        self.progress.take_over(losses, weight_norms, learning_rates, standing, n_samples)
        self.in_epoch = False

    def diverge(self, learning_rate, n_samples):
        """Write down an epoch that ended with numbers that are not finite."""
        validation = Validation(math.nan, math.nan) if self.hooks.validate else None
        self.progress.record(math.nan, math.nan, learning_rate, n_samples, validation)
        self._report("Training diverged. Stopping.")
        self._close(is_complete=False)
        return Status.DIVERGED

    def finish(self, status):
        """Go back to the best epoch, if there is validation and a best one; return the Status after it."""
        self._close(is_complete=False)
        has_nothing = not self.progress.validations and not self.progress.has_best()
        if self.hooks.validate and has_nothing and status != Status.INTERRUPTED:  # after Ctrl-C, no more work
            # No epoch has ended: these are all the weights there are.
            self.progress.remember_if_best(math.nan, self.hooks.validate(self.params))
            self.progress.best_params[:] = self.params
        if self.progress.has_best():
            self.params[:] = self.progress.best_params
            status = Status.RESTORED if status == Status.DIVERGED else status
        self.progress.status = Status(status)
        return status

    def _close(self, is_complete):
        was_in_epoch, self.in_epoch = self.in_epoch, False
        return bool(self.hooks.end and was_in_epoch and self.hooks.end(is_complete))

    def _report(self, message):
        if self.hooks.report:
            self.hooks.report(self.progress.last_epoch())
            if message:
                self.hooks.report(f"{self.progress.label}{message}")
