"""By what networks are compared: the scorer, what it takes, and what it says of them."""

import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from inspect import signature
from numbers import Real
from typing import NamedTuple

import numpy as np
from sklearn.base import is_classifier
from sklearn.metrics import check_scoring, get_scorer
from sklearn.utils import _safe_indexing
from sklearn.utils._metadata_requests import _raise_for_params, _routing_enabled
from sklearn.utils.metadata_routing import process_routing
from sklearn.utils.validation import _check_method_params


class Scoring(NamedTuple):
    """How networks are scored: on samples in the form in which the user gave them."""

    scorer: Callable
    X: object
    y: object
    params: dict  # of the scorer


def make_scorer(search):
    """Return the scorer that `scoring` names; None is what `score` of the estimators is."""
    if isinstance(search.scoring, (list, tuple, set, dict)):
        raise ValueError(
            f"alpha is chosen by one metric: scoring must be the name of a scorer, a callable or None; got "
            f"{search.scoring!r}."
        )
    if isinstance(search.scoring, str) or callable(search.scoring):
        return check_scoring(search._make_estimator(), search.scoring)
    if search.scoring is not None:
        raise ValueError(f"scoring must be the name of a scorer, a callable or None; got {search.scoring!r}.")
    scorer = get_scorer("accuracy" if is_classifier(search) else "r2")
    if not _routing_enabled():
        return scorer
    is_refused = search._get_metadata_request().fit.requests.get("sample_weight") is False
    return scorer.set_score_request(sample_weight=not is_refused)


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
    scores, seconds, failures = np.full(len(alphas), np.nan), np.zeros(len(alphas)), []
    for row, network in networks.items():
        stop.check()
        start = time.perf_counter()
        try:
            with np.errstate(over="ignore", invalid="ignore"):  # of networks about to diverge
                score = scorer(network, X_test, y_test, **params)
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
