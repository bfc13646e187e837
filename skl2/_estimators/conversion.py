"""Estimators of scikit-learn's MLP to ours and back: settings, weights and history."""

import copy
import sys
import warnings
from inspect import signature
from numbers import Real

import numpy as np
import sklearn
from scipy.sparse import csr_array
from sklearn import neural_network
from sklearn.base import ClassifierMixin, is_classifier
from sklearn.preprocessing import LabelBinarizer

from skl2._estimators.continuation import NO_MEMORY
from skl2._inputs.dropout import drops
from skl2._inputs.loss_parameters import quantile_levels
from skl2._inputs.settings import is_stochastic, resolve_batch_size
from skl2._inputs.strengths import is_per_layer, penalty_of, penalty_strength
from skl2._kernels.losses import LOSSES
from skl2._kernels.optimizers import OPTIMIZERS
from skl2._training.parameters import layer_views, pack, sizes_of

FITTED = [
    *("classes_", "n_layers_", "n_outputs_", "out_activation_", "n_features_in_", "feature_names_in_"),
    *("n_iter_", "t_", "loss_", "loss_curve_", "best_loss_", "validation_scores_", "best_validation_score_"),
]


class Convertible:
    """An estimator that can be made from scikit-learn's MLP, and made into it."""

    @classmethod
    def from_sklearn(cls, estimator, *, n_samples=None):
        """Make an estimator from scikit-learn's MLP: its settings and, if it is fitted, its weights and history.

        Parameters
        ----------
        estimator : sklearn.neural_network.MLPClassifier or MLPRegressor
            Fitted or not.
        n_samples : float, default=None
            Number of samples that it was or will be trained on; with sample weights, their sum. `alpha` becomes
            alpha / batch_size, for `solver='lbfgs'` alpha / n_samples. If None, the number follows from the history of
            a fitted estimator; without one a mini-batch counts 200 samples with `batch_size='auto'`, and the alpha of
            'lbfgs' is moved as it is, with a warning.

        Returns
        -------
        model : object
            Predicts what `estimator` predicts; a classifier that knows a single class has one column of probabilities
            here, and two in scikit-learn.

        Raises
        ------
        TypeError
            If `estimator` is something else.
        ValueError
            If `n_samples` is not positive.

        Examples
        --------
        >>> from sklearn import neural_network
        >>> from skl2 import MLPRegressor
        >>> MLPRegressor.from_sklearn(neural_network.MLPRegressor(solver="sgd", alpha=0.05, batch_size=50))
        MLPRegressor(alpha=0.001, batch_size=50, optimizer='sgd')
        """
        return _from_sklearn(cls, estimator, n_samples)

    def to_sklearn(self, *, n_samples=None):
        """Make scikit-learn's MLP from this estimator: its settings and, if it is fitted, its weights and history.

        So a model trained here is served by whatever knows scikit-learn's MLP. What scikit-learn cannot train with is
        left out, for an unfitted estimator with a warning: decay and a λ that differs by layer (`alpha` becomes 0),
        learning rates for Adam, other schedules than its own, a warm-up, penalties that make weights zero,
        `class_weight`, `label_smoothing`, `dtype`, `dropout`, `weight_averaging`, `early_stopping='loss'` (becomes
        True), and losses other than 'squared_error' and 'poisson' (become that of the two which has the same link).

        Parameters
        ----------
        n_samples : float, default=None
            As for `from_sklearn`.

        Returns
        -------
        estimator : sklearn.neural_network.MLPClassifier or MLPRegressor
            Predicts what this estimator predicts.

        Raises
        ------
        ValueError
            If scikit-learn has no such `activation`, or is older than 1.7 and has no `loss='poisson'`, or with several
            quantiles.

        Examples
        --------
        >>> from skl2 import MLPClassifier
        >>> MLPClassifier(optimizer="sgd", alpha=0.001, batch_size=50).to_sklearn()
        MLPClassifier(alpha=0.05, batch_size=50, solver='sgd')
        """
        return _to_sklearn(self, n_samples)


def _from_sklearn(cls, estimator, n_samples):
    """Return an estimator of ours with the settings of scikit-learn's and, if it is fitted, its weights."""
    Theirs = _class_of_scikit_learn(cls)
    if not isinstance(estimator, Theirs):
        raise TypeError(
            f"{cls.__name__}.from_sklearn takes a sklearn.neural_network.{Theirs.__name__}; got {estimator!r}."
        )
    estimator._validate_params()
    params = _shared(estimator, cls)
    params["optimizer"] = estimator.solver
    if estimator.alpha:
        params["alpha"] = estimator.alpha / _samples_per_alpha(estimator, estimator.solver, n_samples)
    if estimator.solver == "adam":
        params["learning_rate"] = "constant"  # there, Adam has no schedule
    ours = cls(**params)
    if hasattr(estimator, "coefs_"):
        _move_fitted(estimator, ours)
        flat = pack(estimator.coefs_, estimator.intercepts_)
        ours.coefs_, ours.intercepts_ = layer_views(flat, sizes_of(estimator.coefs_))
        _complete_ours(ours, estimator)
    return ours


def _to_sklearn(estimator, n_samples):
    """Return scikit-learn's estimator with these settings and, if they are fitted, weights."""
    Theirs = _class_of_scikit_learn(type(estimator))
    estimator._validate_params()
    params = _shared(estimator, Theirs)
    if estimator.activation not in set().union(*(kind.options for kind in Theirs._parameter_constraints["activation"])):
        raise ValueError(
            f"scikit-learn's MLP has no activation={estimator.activation!r}: no settings of it predict the same. "
            "skl2.onnx makes a graph of this model that needs no Python."
        )
    lost = _lost(estimator)
    if hasattr(estimator, "loss"):
        params |= _loss_in_sklearn(estimator, "loss" in params)
    params["solver"] = estimator.optimizer
    params["early_stopping"] = bool(estimator.early_stopping)
    params["learning_rate"] = _learning_rate_in_sklearn(estimator)
    has_no_l2 = _differs_by_layer(estimator) or penalty_of(estimator).is_sparse
    l2 = 0.0 if has_no_l2 else _acting_penalty(estimator)
    params["alpha"] = l2 * _samples_per_alpha(estimator, estimator.optimizer, n_samples) if l2 else 0.0
    theirs = Theirs(**params)
    if hasattr(estimator, "coefs_"):
        _move_fitted(estimator, theirs)
        theirs.coefs_ = [coef.copy() for coef in estimator.coefs_]
        theirs.intercepts_ = [intercept.copy() for intercept in estimator.intercepts_]
        if _knows_one_class(theirs):  # scikit-learn's logistic output says: not the other class
            theirs.coefs_[-1][:], theirs.intercepts_[-1][:] = 0, -1000
        _complete_theirs(theirs, estimator)
    elif lost:
        warnings.warn(
            f"scikit-learn's MLP cannot train with {', '.join(lost)}: the result trains without.",
            UserWarning,
            stacklevel=3,
        )
    return theirs


def _class_of_scikit_learn(cls):
    return neural_network.MLPClassifier if issubclass(cls, ClassifierMixin) else neural_network.MLPRegressor


def _shared(estimator, Target):
    # Attributes, not get_params: a subclass may set what its own __init__ does not take.
    names = [name for name in signature(Target).parameters if hasattr(estimator, name)]
    return {name: copy.deepcopy(getattr(estimator, name)) for name in names}


def _lost(estimator):
    """Return what scikit-learn's MLP has no parameter for, as the user wrote it."""
    lost = [name for name in ("decay", "dtype", "class_weight") if getattr(estimator, name, None) is not None]
    if penalty_of(estimator).is_sparse:
        lost.append("penalty")
    if is_stochastic(estimator) and _learning_rate_in_sklearn(estimator) != estimator.learning_rate:
        lost.append("learning_rate")
    if estimator.warmup_epochs and is_stochastic(estimator):
        lost.append("warmup_epochs")
    if _differs_by_layer(estimator) and not estimator.decay:
        lost.append("alpha")
    if estimator.normalized_alpha and not estimator.decay:
        lost.append("normalized_alpha")
    if estimator.early_stopping == "loss":
        lost.append("early_stopping")
    if drops(estimator):
        lost.append("dropout")
    if estimator.weight_averaging:
        lost.append("weight_averaging")
    if getattr(estimator, "loss", "squared_error") not in ("squared_error", "poisson"):
        lost.append("loss")
    if getattr(estimator, "label_smoothing", 0):
        lost.append("label_smoothing")
    return [f"{name}={getattr(estimator, name)!r}" for name in lost]


def _acting_penalty(estimator):
    """Return λ of the penalty; one that is normalized is known of a fitted estimator."""
    is_known = estimator.normalized_alpha and hasattr(estimator, "alpha_") and not estimator.decay
    return float(np.max(estimator.alpha_)) if is_known else penalty_strength(estimator)


def _differs_by_layer(estimator):
    return is_per_layer(estimator.alpha) and len(set(estimator.alpha)) > 1


def _loss_in_sklearn(estimator, knows_losses):
    """Return {'loss': name} of scikit-learn's regressor with the same link, which predicts the same, or {}."""
    link, n_levels = LOSSES[estimator.loss].out_activation, 1
    if estimator.loss == "quantile":
        n_levels = quantile_levels(estimator.quantile).size
    if n_levels > 1:
        raise ValueError(
            f"scikit-learn's MLPRegressor cannot say several quantiles of one y; got quantile={estimator.quantile!r}. "
            "Keep this estimator, or fit one for each quantile."
        )
    if not knows_losses and link != "identity":
        raise ValueError(
            f"The MLPRegressor of scikit-learn {sklearn.__version__} has no loss={estimator.loss!r}; that of 1.7 has "
            "'poisson', with the same link."
        )
    return {"loss": "poisson" if link == "exp" else "squared_error"} if knows_losses else {}


def _learning_rate_in_sklearn(estimator):
    """Return the schedule that scikit-learn would follow: none with Adam, and few others."""
    has_it = estimator.optimizer != "adam" and estimator.learning_rate in ("constant", "invscaling", "adaptive")
    return estimator.learning_rate if has_it else "constant"


def _samples_per_alpha(estimator, solver, n_samples):
    """Return by how many samples scikit-learn's MLP divides alpha: those of a mini-batch, or all with L-BFGS."""
    fits = not isinstance(n_samples, int) or n_samples <= sys.float_info.max
    if n_samples is not None and not (isinstance(n_samples, Real) and 1 <= n_samples < np.inf and fits):
        raise ValueError(f"n_samples must be a number of samples, 1 or more; got {n_samples!r}.")
    n_samples = n_samples or _samples_per_epoch(estimator)
    if OPTIMIZERS[solver].stochastic:
        return resolve_batch_size(estimator, n_samples or np.inf)
    if n_samples is None:
        warnings.warn(
            "scikit-learn's MLP divides alpha by the number of samples for solver='lbfgs', and that number is not "
            "known here: alpha is moved as it is. Pass n_samples=len(X) to convert it.",
            UserWarning,
            stacklevel=4,
        )
        return 1
    return n_samples


def _samples_per_epoch(estimator):
    """Return the samples of the last fit, as far as a fitted estimator tells, or None."""
    t, n_samples = getattr(estimator, "_samples_of_skl2", (None, None))
    if t is not None and t == estimator.t_:  # not trained since it was converted
        return n_samples
    n_samples = getattr(estimator, "_optimizer_memory", NO_MEMORY)["n_samples"]
    if n_samples is None and getattr(estimator, "t_", 0) > 0:
        return round(estimator.t_ / len(estimator.loss_curve_))
    return n_samples


def _move_fitted(source, target):
    for name in FITTED:
        if hasattr(source, name):
            setattr(target, name, copy.deepcopy(getattr(source, name)))
    if _knows_one_class(target):
        # A single class is a softmax of one output here, and a logistic one there.
        target.out_activation_ = "softmax" if source.out_activation_ == "logistic" else "logistic"


def _knows_one_class(estimator):
    return len(getattr(estimator, "classes_", ())) == 1


def _complete_ours(ours, theirs):
    """What scikit-learn does not record is NaN, or empty after its L-BFGS."""
    for name in ("loss_curve_", "validation_scores_", "best_validation_score_", "best_loss_"):
        if not hasattr(ours, name):
            setattr(ours, name, {"loss_curve_": [], "best_loss_": ours.loss_}.get(name))
    ours.weight_norm_curve_, ours.learning_rate_curve_ = ([np.nan] * len(ours.loss_curve_) for _ in range(2))
    ours.alpha_ = float(ours.alpha)
    if ours.validation_scores_ is not None:
        n_missing = len(ours.loss_curve_) - len(ours.validation_scores_)  # since early stopping was turned off
        ours.validation_scores_ += [np.nan] * n_missing
        ours.best_validation_score_ = None if n_missing else ours.best_validation_score_
    ours.validation_loss_curve_ = ours.validation_scores_ and [np.nan] * len(ours.loss_curve_)
    ours._optimizer_memory = NO_MEMORY | {"n_samples": _samples_per_epoch(theirs)}
    if is_classifier(ours):
        ours._predicts_sparse = getattr(theirs._label_binarizer, "sparse_input_", False)


def _complete_theirs(theirs, ours):
    """What scikit-learn's methods use beside the public attributes."""
    theirs._no_improvement_count = 0
    if theirs.early_stopping and theirs.best_validation_score_ is None:  # turned on since: scikit-learn would raise
        theirs.best_validation_score_ = -np.inf
        theirs.validation_scores_ = theirs.validation_scores_ or [np.nan] * len(theirs.loss_curve_)
    if not theirs.early_stopping and theirs.best_loss_ is None:  # turned off
        theirs.best_loss_ = np.inf
    theirs._best_coefs, theirs._best_intercepts = copy.deepcopy((theirs.coefs_, theirs.intercepts_))
    theirs._samples_of_skl2 = (theirs.t_, _samples_per_epoch(ours))
    if is_classifier(theirs):
        theirs._label_binarizer = _make_binarizer(ours)


def _make_binarizer(estimator):
    if estimator.out_activation_ != "logistic" or estimator.n_outputs_ == 1:
        return LabelBinarizer().fit(estimator.classes_)
    indicator = np.eye(estimator.n_outputs_, dtype=int)
    return LabelBinarizer().fit(csr_array(indicator) if estimator._predicts_sparse else indicator)
