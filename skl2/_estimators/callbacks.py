"""scikit-learn's callback protocol (sklearn.callback, since 1.9): one task per fit, and one below it per epoch."""

from contextlib import contextmanager, nullcontext

try:
    from sklearn.callback import CallbackSupportMixin, ProgressBar, with_callbacks
except ImportError:  # an older scikit-learn: there is nothing that could call

    class CallbackSupportMixin:
        """No support."""

    def with_callbacks(method):
        """Return the method."""
        return method

    ProgressBar = None

from skl2._estimators.bar import find_console


class FitTask:
    """The call of `fit` in scikit-learn's tree of tasks."""

    def __init__(self, estimator, given):
        metadata = None if given.sample_weight is None else {"sample_weight": given.sample_weight}
        self.arguments = {"estimator": estimator, "X": given.X, "y": given.y, "metadata": metadata}
        callbacks = getattr(estimator, "_skl_callbacks", [])
        has_bar = ProgressBar is not None and any(isinstance(callback, ProgressBar) for callback in callbacks)
        bar = _make_progress_bar(estimator) if estimator.verbose >= 2 and not has_bar else None
        self.shows_bar = estimator.verbose >= 2 and (has_bar or bar is not None)
        self.is_heard = bool(callbacks) or bar is not None
        self.context, self.epoch_context = None, None
        if not hasattr(estimator, "_init_callback_context"):
            return
        if bar:
            estimator.set_callbacks(*callbacks, bar)
        try:
            self.context = estimator._init_callback_context(max_subtasks=estimator.max_iter)
        finally:
            if bar:  # the task has it now; it is not the user's
                estimator.set_callbacks(*callbacks)
        self.context.call_on_fit_task_begin(**self.arguments)

    def begin_epoch(self, fitted_attributes):
        """Say that an epoch begins; fitted_attributes() gives what an estimator fitted so far has."""
        self.epoch_context = self.context.subcontext(task_name="epoch")
        self.epoch_context.call_on_fit_task_begin(**self.arguments, reconstruction_attributes=fitted_attributes)

    def end_epoch(self, fitted_attributes):
        """Say that the epoch has ended, without attributes if broken off; return whether a callback asks to stop."""
        return self.epoch_context.call_on_fit_task_end(**self.arguments, reconstruction_attributes=fitted_attributes)

    def end(self):
        """Say that the estimator is fitted."""
        if self.context is not None:
            self.context.call_on_fit_task_end(**self.arguments, reconstruction_attributes={})


class SearchTask:
    """The call of `fit` of a search in scikit-learn's tree of tasks, with a task for each stage of it."""

    def __init__(self, estimator, given, n_stages):
        metadata = None if given.sample_weight is None else {"sample_weight": given.sample_weight}
        self.arguments = {"estimator": estimator, "X": given.X, "y": given.y, "metadata": metadata}
        self.context = None
        if hasattr(estimator, "_init_callback_context"):
            self.context = estimator._init_callback_context(max_subtasks=n_stages)
            self.context.call_on_fit_task_begin(**self.arguments)

    @contextmanager
    def stage(self, name, estimator=None):
        """Say that a stage begins, and at its end that it has ended; an estimator trained in it hears the callbacks."""
        if self.context is None:
            yield
            return
        context = self.context.subcontext(task_name=name).call_on_fit_task_begin(**self.arguments)
        with context.propagate_callback_context(estimator) if estimator is not None else nullcontext():
            yield
        context.call_on_fit_task_end(**self.arguments)

    def end(self):
        """Say that the search is fitted."""
        if self.context is not None:
            self.context.call_on_fit_task_end(**self.arguments, reconstruction_attributes={})


def _make_progress_bar(estimator):
    """Return scikit-learn's progress bar if this terminal can show one, or None."""
    # Inside a search or a pipeline a bar is the outer estimator's to show.
    if ProgressBar is None or hasattr(estimator, "_parent_callback_ctx"):
        return None
    return ProgressBar() if find_console() else None
