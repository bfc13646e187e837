"""What the classifier and the regressor share: validation, one call of the engine, attributes."""

import warnings
from contextlib import contextmanager
from numbers import Integral, Real
from typing import NamedTuple

import numpy as np
from sklearn.base import BaseEstimator, _fit_context, is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, Options, StrOptions
from sklearn.utils.multiclass import _check_partial_fit_first_call
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from skl2._batches import Data
from skl2._engine import Task, make_rows, train
from skl2._kernels.activations import ACTIVATIONS
from skl2._kernels.losses import LOSSES
from skl2._kernels.optimizers import OPTIMIZERS
from skl2._parameters import draw_initial, layer_views, pack
from skl2._prediction import raw_prediction
from skl2._progress import Progress, Status
from skl2._schedules import SCHEDULES
from skl2._settings import (
    check_combinations,
    check_weights,
    divergence_message,
    layer_sizes,
    make_network,
    make_optimizer,
    make_plan,
    strengths,
    warn_if_clipped,
    warn_if_no_effect,
    warn_if_schedule_has_ended,
)


class _Samples(NamedTuple):
    """Validated input."""

    X: np.ndarray  # (n_samples, n_features)
    y: np.ndarray  # (n_samples, n_targets): numbers of classes, or values
    sample_weight: np.ndarray | None  # (n_samples,)

    def take(self, indices):
        return _Samples(*(None if part is None else part[indices] for part in self))


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


class _BaseMLP(BaseEstimator):
    """Multilayer perceptron; subclasses say how y becomes targets and raw predictions become predictions."""

    _parameter_constraints: dict = {
        "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
        "activation": [StrOptions(set(ACTIVATIONS))],
        "optimizer": [StrOptions(set(OPTIMIZERS))],
        "penalty": [StrOptions({"auto", "l2"}), None],
        "decay": [StrOptions({"decoupled"}), None],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "learning_rate": [StrOptions(set(SCHEDULES))],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "power_t": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "nesterovs_momentum": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left"), Options(Real, {np.inf})],
        "dtype": [
            StrOptions({"float32", "float64"}),
            Options(type, {np.float32, np.float64}),
            Options(np.dtype, {np.dtype("f4"), np.dtype("f8")}),
            None,
        ],
    }

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None):
        """Train on X and y.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples, finite numbers. Scale them (StandardScaler): one learning rate and one alpha serve all features.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Class labels, or real values; several outputs for regression only.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights; the loss is their weighted mean, so that only their ratios matter.

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
        return self._fit(X, y, sample_weight, incremental=False)

    def _partial_fit(self, X, y, sample_weight, classes=None):
        self._validate_params()  # scikit-learn leaves it out once an estimator is fitted
        if self.early_stopping:
            raise ValueError(
                "partial_fit does not support early_stopping=True: it sees one part of the data at a time."
            )
        return self._fit(X, y, sample_weight, incremental=True, classes=classes)

    def _fit(self, X, y, sample_weight, incremental, classes=None):
        check_combinations(self)
        with _unchanged_on_error(self):
            if incremental and is_classifier(self):
                _check_partial_fit_first_call(self, classes)
            status = self._train(X, y, sample_weight, incremental)
        self._warn(status, incremental)
        return self

    def _train(self, X, y, sample_weight, incremental):
        """Validate, train one row, set the fitted attributes and return the Status."""
        continues = hasattr(self, "coefs_") and (incremental or self.warm_start)
        samples = self._validate_samples(X, y, sample_weight, continues, incremental)
        n_outputs, loss = self._output_layer(samples.y)
        sizes = layer_sizes(self.hidden_layer_sizes, samples.X.shape[1], n_outputs)
        random_state = check_random_state(self.random_state)
        params = self._initial_params(sizes, samples.X.dtype, continues, random_state)
        warn_if_no_effect(self, params.dtype)

        data, validate = self._split(samples, sizes, random_state)
        plan = make_plan(self, data.indices.size, incremental)
        task = Task(make_network(self, sizes, loss), make_optimizer(self, params.dtype), data, plan)
        l2, decay = strengths(self)
        rows = make_rows(params[np.newaxis], OPTIMIZERS[self.optimizer].n_moments, [l2], [decay])
        progress = self._start(rows, continues, incremental)
        if incremental:
            warn_if_schedule_has_ended(self, progress.n_epochs_seen)
        else:
            warn_if_clipped(self, data.indices.size)
        train(task, rows, [progress], random_state, validate, print if self.verbose else None)
        if rows.status[0] == Status.DIVERGED:
            raise ValueError(divergence_message(self, len(progress.loss_curve)))
        self._keep(rows, progress, sizes, loss, continues)
        return Status(rows.status[0])

    def _validate_samples(self, X, y, sample_weight, continues, incremental):
        dtypes = [np.float64, np.float32] if self.dtype is None else [self.dtype, np.float64, np.float32]
        X, y = validate_data(
            self, X, y, dtype=dtypes, multi_output=True, y_numeric=not is_classifier(self), reset=not continues
        )
        y = self._targets(y, continues, incremental)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, ensure_non_negative=True)
            # Only ratios matter: the largest weight becomes about 1, by a power of two and so without rounding.
            sample_weight = np.ldexp(sample_weight, -np.frexp(sample_weight.max())[1])
        return _Samples(X, y, sample_weight)

    def _initial_params(self, sizes, dtype, continues, random_state):
        """Return params (n_params,) of the dtype to train in: the weights so far, or new ones."""
        if not continues:
            params = draw_initial(sizes, ACTIVATIONS[self.activation].glorot, random_state)
            return params.astype(self.dtype or dtype)
        fitted_sizes = [coef.shape[0] for coef in self.coefs_] + [self.n_outputs_]
        if fitted_sizes != sizes.tolist():
            raise ValueError(
                f"Training goes on from a network with {fitted_sizes} units per layer, but hidden_layer_sizes and the "
                f"data now ask for {sizes.tolist()}. Fit with warm_start=False to begin anew."
            )
        return pack(self.coefs_, self.intercepts_).astype(self.dtype or self.coefs_[0].dtype)

    def _split(self, samples, sizes, random_state):
        """Return the data to train on, and with early stopping the function that scores params on the rest."""
        indices, validate = np.arange(samples.X.shape[0]), None
        if self.early_stopping:
            indices, held_out = self._hold_out(samples, indices, random_state)
            check_weights(samples.sample_weight, held_out, "to validate on")
            validate = self._make_validate(samples.take(held_out), sizes)
        check_weights(samples.sample_weight, indices, "to train on")
        return Data(*samples, indices), validate

    def _hold_out(self, samples, indices, random_state):
        """Split indices as scikit-learn's MLP does, and stratified for any number of classes."""
        stratify = self.classes_[samples.y[:, 0]] if is_classifier(self) else None
        try:
            indices, held_out = train_test_split(
                indices, test_size=self.validation_fraction, random_state=random_state, stratify=stratify
            )
        except ValueError as error:
            raise ValueError(
                f"early_stopping=True cannot hold out validation_fraction={self.validation_fraction} of "
                f"{indices.size} samples: {error}"
            ) from error
        if held_out.size < 2:
            raise ValueError(
                "The validation set is too small. Increase 'validation_fraction' or the size of your dataset."
            )
        return indices, held_out

    def _make_validate(self, held_out, sizes):
        def validate(params):
            raw = raw_prediction(held_out.X, *layer_views(params, sizes), self.activation)
            return float(self._validation_score(held_out.y, raw, held_out.sample_weight))

        return validate

    def _start(self, rows, continues, incremental):
        """Return the Progress to begin with; partial_fit goes on with the optimizer's memory."""
        memory = self._optimizer_memory if continues and incremental else {"optimizer": None, "progress": {}}
        if memory["optimizer"] == self.optimizer:
            rows.moments[0] = memory["moments"]
            rows.n_steps[0] = memory["n_steps"]
        adaptive, n_samples_seen = SCHEDULES[self.learning_rate].adaptive, self.t_ if continues else 0
        return Progress(self.learning_rate_init, adaptive, n_samples_seen=n_samples_seen, **memory["progress"])

    def _warn(self, status, incremental):
        """Tell the user why training ended, if it did not end by itself."""
        if status == Status.INTERRUPTED:
            warnings.warn("Training interrupted by user.", UserWarning, stacklevel=2)
        complete = incremental or SCHEDULES[self.learning_rate].ends_at_max_iter
        if status == Status.MAX_ITER and not complete:
            warnings.warn(
                f"Stochastic Optimizer: Maximum iterations ({self.max_iter}) reached and the optimization hasn't "
                "converged yet.",
                ConvergenceWarning,
                stacklevel=2,
            )

    def _keep(self, rows, progress, sizes, loss, continues):
        """Set the fitted attributes."""
        self.coefs_, self.intercepts_ = layer_views(rows.params[0], sizes)
        self.n_layers_, self.n_outputs_ = len(sizes), int(sizes[-1])
        self.out_activation_ = LOSSES[loss].out_activation
        self.n_iter_, self.t_ = len(progress.loss_curve), progress.n_samples_seen
        self.loss_curve_ = (self.loss_curve_ if continues else []) + progress.loss_curve
        self.weight_norm_curve_ = (self.weight_norm_curve_ if continues else []) + progress.weight_norm_curve
        self.loss_ = self.loss_curve_[-1] if self.loss_curve_ else np.nan
        if self.early_stopping:
            earlier = self.validation_scores_ if continues and self.validation_scores_ else []
            self.validation_scores_ = earlier + progress.validation_scores
            self.best_validation_score_, self.best_loss_ = progress.best, None
        else:
            self.validation_scores_ = self.best_validation_score_ = None
            self.best_loss_ = -progress.best
        # A plain dict: pickles hold arrays and plain values only.
        self._optimizer_memory = {
            "optimizer": self.optimizer,
            "moments": rows.moments[0],
            "n_steps": int(rows.n_steps[0]),
            # partial_fit compares losses, whatever fit compared
            "progress": progress.memory() | ({"best": -np.inf} if self.early_stopping else {}),
        }

    def _raw_prediction(self, X):
        check_is_fitted(self, "coefs_")
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        return raw_prediction(X, self.coefs_, self.intercepts_, self.activation)
