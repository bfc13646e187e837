"""By what networks are compared: the scorer, what it takes, and what it says of them."""

import copy
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from inspect import signature
from numbers import Real
from typing import NamedTuple

import numpy as np
from scipy.sparse import issparse
from scipy.special import xlogy
from sklearn.base import is_classifier
from sklearn.metrics import check_scoring, get_scorer, get_scorer_names
from sklearn.metrics._scorer import _BaseScorer
from sklearn.utils import _safe_indexing
from sklearn.utils._metadata_requests import _raise_for_params, _routing_enabled
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.validation import _check_method_params

from skl2._estimators.values import d2_pinball
from skl2._inputs.loss_parameters import quantile_levels, validation_parameters
from skl2._inputs.weights import check_weights
from skl2._kernels.losses import LOSSES
from skl2._selection.metrics import find_measure


class Scoring(NamedTuple):
    """How networks are scored: on samples in the form in which the user gave them."""

    scorer: Callable
    X: object
    y: object
    params: dict  # of the scorer


def mean_loss(estimator, X, y, sample_weight=None):
    """Return the mean loss, without penalty, of what an estimator predicts, be it one network or the mean of several.

    The log loss, summed over labels, without label smoothing; of a regressor what its `loss` says.
    """
    check_weights(sample_weight, "to score on")
    if is_classifier(estimator):
        return np.average(_log_losses(estimator.predict_log_proba(X), y, estimator.classes_), weights=sample_weight)
    y, prediction = _columns(estimator, X, y)
    if estimator.loss == "poisson":
        losses = np.sum(prediction - y + xlogy(y, y) - xlogy(y, prediction), axis=1)
    else:
        raw = np.log(prediction) if estimator.loss == "gamma" else prediction
        parameters = validation_parameters(estimator, estimator.loss, prediction.shape[1])
        losses = LOSSES[estimator.loss].numpy(raw, y, parameters)
    return np.average(losses, weights=sample_weight)


def _columns(estimator, X, y):
    """Return (y, what a regressor predicts), both (n_samples, n_outputs) of float64."""
    y = np.asarray(y.toarray() if issparse(y) else y, float)
    return y.reshape(len(y), -1), np.asarray(estimator.predict(X), float).reshape(len(y), -1)


def mean_d2_pinball(estimator, X, y, sample_weight=None):
    """Return D² of the quantiles that an estimator predicts, be it one network or the mean of several."""
    check_weights(sample_weight, "to score on")
    return d2_pinball(*_columns(estimator, X, y), quantile_levels(estimator.quantile), sample_weight)


def _log_losses(log_probability, y, classes):
    """Return -log p of the labels of each sample, (n_samples,)."""
    y = y.toarray() if issparse(y) else np.asarray(y)
    if y.ndim == 2 and y.shape[1] > 1:
        # Where p rounds to 1, 1 - p counts as the smallest difference from 1, as in scikit-learn's log_loss.
        log_not = np.log(np.maximum(-np.expm1(log_probability), np.finfo(log_probability.dtype).eps))
        return -np.where(y, log_probability, log_not).sum(axis=1)
    unknown = np.setdiff1d(y, classes)
    if unknown.size:  # another class would be scored in their place
        raise ValueError(f"y has labels that were not among those to train on: {unknown.tolist()}.")
    numbers = np.searchsorted(classes, y.ravel())
    return -np.take_along_axis(log_probability, numbers[:, np.newaxis], axis=1)[:, 0]


class OwnScorer(_BaseScorer):
    """Scores by a function of an estimator, as scikit-learn's scorers do by one of its predictions."""

    def _score(self, method_caller, estimator, X, y_true, **kwargs):
        return self._sign * self._score_func(estimator, X, y_true, **kwargs)


class LossScorer(OwnScorer):
    """Scores by the negative mean loss."""

    def __init__(self):
        super().__init__(mean_loss, sign=-1, kwargs={})


OWN_SCORERS = {"loss": LossScorer(), "d2_pinball": OwnScorer(mean_d2_pinball, 1, {})}


def is_scorer_name(name):
    """Whether `scoring` may be this name."""
    return name in OWN_SCORERS or name in get_scorer_names()


def find_scorer(name):
    """Return the scorer of that name."""
    return OWN_SCORERS[name] if name in OWN_SCORERS else get_scorer(name)


def make_scorer(search, default=None):
    """Return the scorer that `scoring` names; None is the default, or what `score` of the estimators is."""
    scoring = search.scoring
    if isinstance(scoring, (list, tuple, set, dict)):
        raise ValueError(
            f"alpha is chosen by one metric: scoring must be the name of a scorer, a callable or None; got {scoring!r}."
        )
    is_own = isinstance(scoring, str) and scoring in OWN_SCORERS
    if scoring is None or is_own:
        name = scoring or default or _default_name(search)
        return _let_request(find_scorer(name), search)
    if isinstance(scoring, str) or callable(scoring):
        return check_scoring(search._make_estimator(), scoring)
    raise ValueError(f"scoring must be the name of a scorer, a callable or None; got {scoring!r}.")


def _default_name(search):
    """Return the name of the scorer that scores as `score` of the estimators does."""
    if is_classifier(search):
        return "accuracy"
    return "d2_pinball" if search.loss == "quantile" else "r2"


def make_router(search, scorer):
    """Return which metadata `fit` of a search takes, and where it goes: to itself, the splitter and the scorer."""
    to_splitter = MethodMapping().add(caller="fit", callee="split")
    to_scorer = MethodMapping().add(caller="fit", callee="score")
    router = MetadataRouter(owner=type(search).__name__).add_self_request(search)
    return router.add(splitter=search.cv, method_mapping=to_splitter).add(scorer=scorer, method_mapping=to_scorer)


def _let_request(scorer, search):
    """Return a scorer that the user has not made: it gets the weights that fit gets."""
    if not _routing_enabled():
        return scorer
    is_refused = search._get_metadata_request().fit.requests.get("sample_weight") is False
    return copy.deepcopy(scorer).set_score_request(sample_weight=not is_refused)


def route(search, scorer, sample_weight, params):
    """Return the parameters (of the splitter, of the scorer)."""
    if params.keys() & {"X_val", "y_val", "sample_weight_val"}:
        raise ValueError(
            f"{type(search).__name__} takes no validation set: with early_stopping each fold holds out a part of its "
            "own, validation_fraction."
        )
    if _routing_enabled():
        weights = {} if sample_weight is None else {"sample_weight": sample_weight}
        routed = process_routing(search, "fit", **weights, **params)
        return routed["splitter"]["split"], routed["scorer"]["score"]
    _raise_for_params({name: value for name, value in params.items() if name != "groups"}, search, "fit")
    if sample_weight is None:
        return params, {}
    if "sample_weight" in signature(getattr(scorer, "_score_func", scorer)).parameters:
        return params, {"sample_weight": sample_weight}
    warnings.warn(
        f"{scorer} takes no sample_weight: networks are trained with weights and scored without.",
        UserWarning,
        stacklevel=3,
    )
    return params, {}


def score_networks(scoring, test, alphas, networks, stop):
    """Return (scores (n_alphas,), seconds (n_alphas,), failures) of fitted estimators {row: network}."""
    scorer, X, y, params = scoring
    X_test, y_test = _safe_indexing(X, test), _safe_indexing(y, test)
    params = _check_method_params(X, params, indices=test)
    measure = find_measure(scorer, y_test, params)
    scores, seconds, failures = np.full(len(alphas), np.nan), np.zeros(len(alphas)), []
    for row, network in networks.items():
        stop.check()
        start = time.perf_counter()
        try:
            with np.errstate(over="ignore", invalid="ignore"):  # of networks about to diverge
                score = measure and measure(network.predict(X_test))
                score = scorer(network, X_test, y_test, **params) if score is None else score
        except Exception as error:  # as in GridSearchCV: a network that cannot be scored does not stop the others
            failures.append((alphas[row], f"{type(error).__name__}: {error}"))
        else:
            scores[row] = _number(score)
        seconds[row] = time.perf_counter() - start
    return scores, seconds, failures


def _number(score):
    """Return a score as float, if it is one number."""
    score = score.item() if np.size(score) == 1 and hasattr(score, "item") else score
    with suppress(OverflowError, TypeError, ValueError):
        if isinstance(score, Real):
            return float(score)
    raise ValueError(f"scoring must give one number, by which alpha is chosen; got {score!r}.")
