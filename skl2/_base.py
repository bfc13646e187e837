"""What the classifier and the regressor share: validation, one call of the engine, attributes."""

import copy
from contextlib import contextmanager
from functools import partial

import numpy as np
from sklearn.base import BaseEstimator, _fit_context, is_classifier
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import _check_partial_fit_first_call
from sklearn.utils.validation import check_is_fitted, validate_data

from skl2._batches import Data
from skl2._callbacks import CallbackSupportMixin, FitTask, with_callbacks
from skl2._conversion import Convertible
from skl2._engine import Task, make_rows, train
from skl2._kernels.activations import ACTIVATIONS
from skl2._kernels.losses import LOSSES
from skl2._kernels.optimizers import OPTIMIZERS
from skl2._lbfgs import train_lbfgs
from skl2._monitor import Hooks
from skl2._outcome import NO_MEMORY, fitted_attributes, raise_if_diverged, warn_about_end
from skl2._parameters import draw_initial, layer_views, pack, sizes_of
from skl2._prediction import raw_prediction
from skl2._progress import SMALLEST_ADAPTIVE_RATE, Memory, Progress, Validation, cut
from skl2._samples import Given, hold_out, is_validation_given, scale_weights, validate_samples
from skl2._schedules import SCHEDULES
from skl2._settings import (
    PARAMETER_CONSTRAINTS,
    check_combinations,
    check_validation,
    check_weights,
    criterion,
    is_stochastic,
    layer_sizes,
    make_network,
    make_optimizer,
    make_plan,
    strengths,
    warn_if_clipped,
    warn_if_no_effect,
    warn_if_schedule_has_ended,
)


@contextmanager
def _unchanged_on_error(estimator):
    """Give an estimator its attributes back if the call is refused or diverges."""
    attributes = dict(vars(estimator))
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(attributes)
        raise


def can_go_on(estimator):
    """Whether there is a partial_fit; what needs all samples at once has none."""
    kind = OPTIMIZERS.get(estimator.optimizer)  # None: fit says what is wrong
    if kind and not kind.stochastic:
        raise AttributeError(f"partial_fit needs mini-batches: optimizer='sgd' or 'adam'; got {estimator.optimizer!r}.")
    if isinstance(getattr(estimator, "class_weight", None), str):
        raise AttributeError(
            "partial_fit sees a part of the samples, and class_weight='balanced' needs all. Compute the weights with "
            "sklearn.utils.compute_class_weight('balanced', classes=classes, y=y), and pass them as a dict."
        )
    return True


class _BaseMLP(CallbackSupportMixin, Convertible, BaseEstimator):
    """Multilayer perceptron; subclasses say how y becomes targets and raw predictions become predictions."""

    _parameter_constraints: dict = PARAMETER_CONSTRAINTS

    @_fit_context(prefer_skip_nested_validation=True)
    @with_callbacks
    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None, sample_weight_val=None):
        """Train on X and y.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples, finite numbers. Scale them (StandardScaler): one learning rate and one alpha serve all features.
            Sparse formats other than CSR are converted to it; the samples are never made dense as a whole.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Class labels, an indicator matrix of several labels, or real values.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights; the loss is their weighted mean, so that only their ratios matter.
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), default=None
            A validation set of your own for `early_stopping`, which then holds out nothing of X. In a Pipeline it is
            transformed like X with `Pipeline(..., transform_input=["X_val"])`.
        y_val : array-like of shape (n_val,) or (n_val, n_outputs), default=None
            Its targets.
        sample_weight_val : array-like of shape (n_val,), default=None
            Its weights.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If the input or a combination of parameters is invalid, or if training diverges. The estimator is then as
            it was before the call.
        """
        given, validation = Given(X, y, sample_weight), Given(X_val, y_val, sample_weight_val)
        fit_task = FitTask(self, given)
        check_combinations(self)
        with _unchanged_on_error(self):
            progress = self._train(given, validation, fit_task)
        warn_about_end(self, progress, incremental=False)
        fit_task.end()
        return self

    def _partial_fit(self, given, classes=None):
        self._validate_params()  # scikit-learn leaves it out once an estimator is fitted
        if self.early_stopping:
            raise ValueError(
                "partial_fit does not support early_stopping=True: it sees one part of the data at a time."
            )
        check_combinations(self)
        with _unchanged_on_error(self):
            if is_classifier(self):
                _check_partial_fit_first_call(self, classes)
            progress = self._train(given, Given(None, None, None))
        warn_about_end(self, progress, incremental=True)
        return self

    def _train(self, given, given_validation, fit_task=None):
        """Validate, train one row, set the fitted attributes and return its Progress; without a task: partial_fit."""
        incremental = fit_task is None
        continues = hasattr(self, "coefs_") and (incremental or self.warm_start)
        samples, validation = self._validate(given, given_validation, continues, incremental)
        sizes = layer_sizes(self.hidden_layer_sizes, samples.X.shape[1], self.n_outputs_)
        random_state = check_random_state(self.random_state)
        params = self._initial_params(sizes, samples.X.dtype, continues, random_state)
        warn_if_no_effect(self, params.dtype)

        data, validation = self._split(samples, validation, random_state)
        plan = make_plan(self, data.indices.size, incremental)
        task = Task(make_network(self, sizes, self._loss()), make_optimizer(self, params.dtype), data, plan)
        validate = partial(self._evaluate, validation, sizes) if validation else None
        rows, progress = self._start(params, validate, continues, incremental)
        if incremental:
            warn_if_schedule_has_ended(self, progress.n_epochs_seen)
        else:
            warn_if_clipped(self, data.indices.size)
        fitted = partial(fitted_attributes, self, rows, progress, task, continues)
        hooks = self._hooks(validate, fit_task, fitted)
        if is_stochastic(self):
            train(task, rows, [progress], random_state, hooks)
        else:
            train_lbfgs(task, rows, [progress], hooks)
        raise_if_diverged(self, progress)
        vars(self).update(fitted(rows.params[0]))
        return progress

    def _validate(self, given, given_validation, continues, incremental):
        """Return the Samples to fit, and those to validate on or None; set what the classes and outputs are."""
        samples = validate_samples(self, given, reset=not continues)
        samples = samples._replace(y=self._targets(samples.y, continues, incremental))
        self.n_outputs_, self.out_activation_ = self._output_layer(samples.y)
        validation = None
        if is_validation_given(self, given_validation):
            validation = self._validate_validation(given_validation, samples.y.shape[1])
        return self._weigh(samples, validation)

    def _validate_validation(self, given, n_targets):
        try:
            samples = validate_samples(self, given, reset=False)
        except ValueError as error:
            raise ValueError(f"In X_val, y_val or sample_weight_val: {error}") from error
        try:
            targets = self._targets(samples.y, continues=True, incremental=True)
        except ValueError as error:
            raise ValueError(f"y_val does not fit to y: {error}") from error
        if targets.shape[1] != n_targets:
            raise ValueError(f"y_val has {targets.shape[1]} outputs per sample, and y has {n_targets}.")
        return samples._replace(y=targets)

    def _weigh(self, samples, validation):
        """Return both with the weights that count; here, those the user gave."""
        return tuple(
            part and part._replace(sample_weight=scale_weights(part.sample_weight)) for part in (samples, validation)
        )

    def _initial_params(self, sizes, dtype, continues, random_state):
        """Return params (n_params,) of the dtype to train in: the weights so far, or new ones."""
        if not continues or self.early_stopping:
            # Also where they are not used: so an integer random_state holds out the same samples in a warm fit.
            params = draw_initial(sizes, ACTIVATIONS[self.activation].glorot, random_state)
        if not continues:
            return params.astype(self.dtype or dtype)
        fitted_sizes = sizes_of(self.coefs_)
        if not np.array_equal(fitted_sizes, sizes):
            raise ValueError(
                f"Training goes on from a network with {fitted_sizes.tolist()} units per layer, but "
                f"hidden_layer_sizes and the data now ask for {sizes.tolist()}. Fit with warm_start=False to begin "
                "anew."
            )
        return pack(self.coefs_, self.intercepts_).astype(self.dtype or self.coefs_[0].dtype)

    def _split(self, samples, validation, random_state):
        """Return the Data to train on, and the Samples to validate on or None."""
        indices = np.arange(samples.X.shape[0])
        if self.early_stopping and validation is None:
            indices, held_out = hold_out(samples, self._strata(samples.y), self.validation_fraction, random_state)
            validation = samples.take(held_out)
        if validation:
            check_validation(validation)
        check_weights(samples.sample_weight, indices, "to train on")
        return Data(*samples, indices), validation

    def _evaluate(self, validation, sizes, params):
        """Return the Validation of params."""
        with np.errstate(all="ignore"):  # what overflows is reported as divergence
            raw = raw_prediction(validation.X, *layer_views(params, sizes), self.activation)
            losses = LOSSES[self._loss()].numpy(raw, validation.y)
            loss = np.average(losses, weights=validation.sample_weight)
            score = self._validation_score(validation.y, raw, validation.sample_weight)
        return Validation(float(score), float(loss))

    def _start(self, params, validate, continues, incremental):
        """Return Rows and Progress to begin with; what went before goes on as far as it should."""
        l2, decay = strengths(self)
        rows = make_rows(params[np.newaxis], OPTIMIZERS[self.optimizer].n_moments, [l2], [decay])
        before = self._optimizer_memory if continues else NO_MEMORY
        goes_on = incremental and before["optimizer"] == self.optimizer
        memory = Memory(**before["progress"])
        if goes_on:
            rows.moments[0] = before["moments"]
            rows.n_steps[0] = before["n_steps"]
        else:
            same_start = before["learning_rate_init"] == self.learning_rate_init
            is_slowing = same_start and cut(self.learning_rate_init, memory.n_cuts) > SMALLEST_ADAPTIVE_RATE
            memory = Memory(n_cuts=memory.n_cuts if is_slowing else 0)  # the rate that 'adaptive' has reached
        adaptive = SCHEDULES[self.learning_rate].adaptive and is_stochastic(self)
        n_samples_seen = self.t_ if continues else 0
        progress = Progress(self.learning_rate_init, adaptive, criterion(self), n_samples_seen, memory)
        if continues and validate:
            progress.remember_if_best(np.nan, validate(params))  # the weights so far are a candidate
        return rows, progress

    def _hooks(self, validate, fit_task, fitted):
        """Return what to do between epochs; fitted(params) are the attributes of an estimator fitted so far."""
        shows_bar = fit_task is not None and fit_task.shows_bar
        hooks = Hooks(validate, print if self.verbose and not shows_bar else None)
        if fit_task is None or not fit_task.is_heard:
            return hooks

        def begin(params):
            fit_task.begin_epoch(partial(snapshot, params))

        def end(params, is_complete):
            return fit_task.end_epoch(partial(snapshot, params) if is_complete else None)

        def snapshot(params):  # callbacks may keep what they get, and training goes on
            return copy.deepcopy(fitted(params))

        return hooks._replace(begin=begin, end=end)

    def _raw_prediction(self, X):
        check_is_fitted(self, "coefs_")
        X = validate_data(self, X, accept_sparse="csr", dtype=[np.float64, np.float32], reset=False)
        return raw_prediction(X, self.coefs_, self.intercepts_, self.activation)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
