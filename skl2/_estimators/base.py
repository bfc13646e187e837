"""What the classifier and the regressor share: fit, partial_fit and path, around one call of the engine."""

import copy
from contextlib import contextmanager
from functools import partial

import numpy as np
from sklearn.base import BaseEstimator, _fit_context, clone, is_classifier
from sklearn.utils.multiclass import _check_partial_fit_first_call
from sklearn.utils.validation import check_is_fitted

from skl2._estimators.attributes import fitted_attributes
from skl2._estimators.callbacks import CallbackSupportMixin, FitTask, with_callbacks
from skl2._estimators.columns import ColumnsMixin
from skl2._estimators.conversion import Convertible
from skl2._estimators.endings import raise_if_diverged, warn_about_end
from skl2._estimators.largest_alpha import largest_alpha
from skl2._estimators.path import train_path
from skl2._estimators.problem import make_problem
from skl2._estimators.snapshots import with_snapshots
from skl2._estimators.solution import begin, finish, solve
from skl2._estimators.state import check_estimator
from skl2._estimators.values import check_finite
from skl2._inputs.grid import is_count, make_grid, resolve_alpha
from skl2._inputs.samples import Given, validate_unseen
from skl2._inputs.settings import (
    PARAMETER_CONSTRAINTS,
    check_combinations,
    warn_if_clipped,
)
from skl2._inputs.strengths import warn_if_no_effect
from skl2._inputs.words import AdviceMixin
from skl2._kernels.optimizers import OPTIMIZERS
from skl2._training.monitor import Hooks
from skl2._training.prediction import raw_prediction


@contextmanager
def unchanged_on_error(estimator):
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
    is_name = isinstance(estimator.optimizer, str)
    kind = OPTIMIZERS.get(estimator.optimizer) if is_name else None  # None: fit says what is wrong
    if kind and not kind.stochastic:
        raise AttributeError(f"partial_fit needs mini-batches: optimizer='sgd' or 'adam'; got {estimator.optimizer!r}.")
    if isinstance(getattr(estimator, "class_weight", None), str):
        raise AttributeError(
            "partial_fit sees a part of the samples, and class_weight='balanced' needs all. Compute the weights with "
            "sklearn.utils.compute_class_weight('balanced', classes=classes, y=y), and pass them as a dict."
        )
    return True


class _BaseMLP(AdviceMixin, CallbackSupportMixin, ColumnsMixin, Convertible, BaseEstimator):
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
        ValueError, TypeError, MemoryError
            If the input or a combination of parameters is invalid, if the network is larger than the memory of this
            machine, or if training diverges. The estimator is then as it was before the call.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from skl2 import MLPClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> network = MLPClassifier((10,), batch_size=10, early_stopping="loss", learning_rate_init=0.03,
        ...                         random_state=0)
        >>> network = network.fit(X[::2], y[::2], X_val=X[1::2], y_val=y[1::2])
        >>> round(network.best_validation_score_, 2)
        0.97
        """
        given, validation = Given(X, y, sample_weight), Given(X_val, y_val, sample_weight_val)
        fit_task = FitTask(self, given)
        check_combinations(self)
        with unchanged_on_error(self):
            problem, training = self._train(given, validation, fit_task)
        warn_about_end(self, problem, training, incremental=False)
        fit_task.end()
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def path(
        self,
        X,
        y,
        alphas=10,
        sample_weight=None,
        *,
        X_val=None,
        y_val=None,
        sample_weight_val=None,
        continued=False,
        n_jobs=None,
    ):
        """Train one network for each alpha, with the other parameters of this estimator, which stays as it is.

        All of them start with the same weights and see the same mini-batches: what differs comes from alpha alone, and
        curves over alpha are smooth. Each network is the one that `fit` gives at its alpha, without `warm_start` and
        callbacks.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples, as for `fit`.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Class labels, an indicator matrix of several labels, or real values.
        alphas : int or array-like of shape (n_alphas,), default=10
            Values of λ, in any order. An int asks for a default grid of so many values, 0 among them: for the L2
            penalty 1e-5 to 1; for 'l1' and 'group_l1' a hundredth of λ_max to λ_max, where the gradient at W₁ = 0 lets
            no column have weights; for decoupled decay D / Σ_t η_t, with a total shrinkage D from 0.03 to 30 over the
            learning rates η_t of all steps of `max_iter` epochs ('adaptive': before it is cut), and η·alpha from 3e-8,
            below which it does nothing in float32, to 0.5.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights.
        X_val, y_val, sample_weight_val : array-like, default=None
            A validation set for `early_stopping`, as for `fit`.
        continued : bool, default=False
            Whether each network begins with the weights of the one before, in the order of alphas, rather than all with
            the same. Then they are trained one after the other, and each only at the alpha that it is for: with a
            penalty that makes weights zero, from a small alpha to a large one, columns leave one after the other.
        n_jobs : int, default=None
            Threads, or workers of joblib's backend, among which the networks are shared out; None is 1, or what
            `joblib.parallel_config` says. The result does not depend on it. Each uses one core, also where the
            products of `fit` use several (networks with more than 50,000 weights or so): there, say -1.

        Returns
        -------
        path : RegularizationPath
            The networks, and what is known of all of them.

        Raises
        ------
        ValueError, TypeError, MemoryError
            If the input or a combination of parameters is invalid, or if the networks are larger than the memory of
            this machine. A network that diverges is reported by a warning, and the others train on.
        KeyboardInterrupt
            If Ctrl-C breaks off training in processes; in threads it returns the networks as they are, with a warning.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from skl2 import MLPClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> network = MLPClassifier((10,), batch_size=10, learning_rate="cosine", learning_rate_init=0.03,
        ...                         max_iter=20, random_state=0)
        >>> path = network.path(X, y, alphas=[0, 0.01, 0.1])
        >>> path.weight_norms.round(1)
        array([5.3, 4.2, 2.2])
        """
        estimator = clone(self)
        estimator.alpha = 0.0  # theirs take its place
        problem = make_problem(estimator, Given(X, y, sample_weight), Given(X_val, y_val, sample_weight_val))
        largest = largest_alpha(estimator, problem) if is_count(alphas) else None
        grid = make_grid(estimator, alphas, problem.task.samples.indices.size, largest=largest)
        return train_path(estimator, problem, grid, n_jobs, continued)

    def _partial_fit(self, given, classes=None):
        self._validate_params()  # scikit-learn leaves it out once an estimator is fitted
        if self.relaxed:
            raise ValueError("partial_fit does not support relaxed=True: it does not know when the columns are chosen.")
        if self.early_stopping:
            raise ValueError(
                "partial_fit does not support early_stopping=True: it sees one part of the data at a time."
            )
        check_combinations(self)
        with unchanged_on_error(self):
            if is_classifier(self):
                with np.errstate(invalid="ignore"):  # it casts classes to integers, to look at them
                    _check_partial_fit_first_call(self, classes)
            problem, training = self._train(given, Given())
        warn_about_end(self, problem, training, incremental=True)
        return self

    def _train(self, given, given_validation, fit_task=None):
        """Train one network, set the fitted attributes and return (Problem, Training); without a task: partial_fit."""
        incremental = fit_task is None
        continues = hasattr(self, "coefs_") and (incremental or self.warm_start)
        memory = self._optimizer_memory if continues else None
        problem = make_problem(self, given, given_validation, continues, incremental)
        alpha = resolve_alpha(self, problem.task.samples.indices.size)
        warn_if_no_effect(self, [alpha], problem.params.dtype)
        training = begin(self, problem, [alpha], memory, incremental)
        if not incremental:
            warn_if_clipped(self, problem.task.samples.indices.size)
        fitted = partial(fitted_attributes, self, problem.task, training, continues=continues, incremental=incremental)
        hooks, before = self._hooks(fit_task, fitted), copy.deepcopy(problem.random_state) if self.relaxed else None
        hooks, snapshots = (hooks, None) if incremental else with_snapshots(hooks, self, problem, training, fitted)
        solve(self, problem, training, hooks)
        finish(self, problem._replace(random_state=before), training, hooks)  # as in a path
        raise_if_diverged(self, training.progress[0])
        vars(self).pop("snapshots_", None)
        vars(self).update(fitted() if snapshots is None else {**fitted(), "snapshots_": snapshots})
        return problem, training

    def _hooks(self, fit_task, fitted):
        """Return what to do between epochs; fitted() are the attributes of an estimator fitted so far."""
        shows_bar = fit_task is not None and fit_task.shows_bar
        hooks = Hooks(report=print if self.verbose and not shows_bar else None)
        if fit_task is None or not fit_task.is_heard:
            return hooks

        def end(is_complete):
            return fit_task.end_epoch(snapshot if is_complete else None)

        def snapshot():  # callbacks may keep what they get, and training goes on
            return copy.deepcopy(fitted())

        return hooks._replace(begin=partial(fit_task.begin_epoch, snapshot), end=end)

    def __setstate__(self, state):
        check_estimator(self, state)
        super().__setstate__(state)

    def _members(self):
        return [self]

    def _raw_prediction(self, X):
        return self._forward(self._validate_unseen(X))

    def _validate_unseen(self, X):
        """Return X to predict for; networks that are trained on the same features may share it."""
        if not hasattr(self, "coefs_"):
            check_is_fitted(self, "coefs_")  # says so
        return validate_unseen(self, X)

    def _forward(self, X):
        """Return the raw prediction, (n_samples, n_outputs), for X as `_validate_unseen` returns it."""
        with np.errstate(over="ignore", invalid="ignore"):
            raw = raw_prediction(X, self.coefs_, self.intercepts_, self.activation)
        return check_finite(raw)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
