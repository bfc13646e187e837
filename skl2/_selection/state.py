"""The state of a search in a file: which objects it holds as plain values, and what is checked when it is read."""

import copy

import numpy as np
from sklearn import config_context

from skl2._estimators.state import NETWORK, check, is_int, missing_from, of_network
from skl2._selection.scoring import find_scorer, is_scorer_name

SEARCH = {
    *("alpha_", "alphas_", "best_index_", "best_params_", "best_score_", "best_score_error_", "cv_results_", "grid_"),
    *("n_splits_", "refit_time_", "scorer_", "stages_"),
}
COMMON = ("n_features_in_", "n_outputs_", "out_activation_")
ENSEMBLE = {"estimators_", "_fold_scores"}


def check_search(search, state):
    """Raise ValueError unless the state is what the fit of a search leaves; not fitted, it may be any."""
    check(type(search).__name__, _of_search(search, state))


def pack_search(state, scoring):
    """Return the state of a search; fitted, with plain values for scikit-learn's and numpy's objects.

    A scorer is an object of private classes of scikit-learn, which may change and which skops does not trust: of one
    that has a name, the name is kept. A masked array is of another class in each generation of numpy.
    """
    if "cv_results_" not in state:
        return state
    results = state["cv_results_"] | {"param_alpha": np.asarray(state["cv_results_"]["param_alpha"])}
    return state | {"cv_results_": results, "scorer_": _pack_scorer(state["scorer_"], scoring)}


def unpack_search(state):
    """Return the state of a search with its objects, from what pack_search left, and check_search passed."""
    if "cv_results_" not in state:
        return state
    results = state["cv_results_"]
    alphas = np.ma.masked_array(results["param_alpha"], mask=np.zeros(len(results["param_alpha"]), bool))
    return state | {"cv_results_": results | {"param_alpha": alphas}, "scorer_": _unpack_scorer(state["scorer_"])}


def _pack_scorer(scorer, scoring):
    """Return the name of a scorer, with what it requests where metadata are routed; one without a name stays."""
    parts = dict(getattr(scorer, "__dict__", {}))
    request = parts.pop("_metadata_request", None)
    for name in (scoring, "accuracy", "r2", "d2_pinball"):
        if isinstance(name, str) and is_scorer_name(name) and vars(find_scorer(name)) == parts:
            plain = name if request is None else {"name": name, **request.score.requests}
            return plain if _is_scorer(plain) else scorer
    return scorer


def _unpack_scorer(scorer):
    if isinstance(scorer, str):
        return find_scorer(scorer)
    if not isinstance(scorer, dict):
        return scorer
    with config_context(enable_metadata_routing=True):  # without, scikit-learn lets nobody request
        return copy.deepcopy(find_scorer(scorer["name"])).set_score_request(sample_weight=scorer["sample_weight"])


def _is_scorer(scorer):
    if isinstance(scorer, dict):
        is_request = scorer.keys() == {"name", "sample_weight"} and isinstance(scorer["sample_weight"], bool)
        return is_request and is_scorer_name(scorer["name"])
    return callable(scorer) or is_scorer_name(scorer)


def _of_search(search, state):
    yield "it", state, "a dict of attributes", isinstance(state, dict)
    if "cv_results_" not in state:
        return
    is_ensemble = "estimators_" in state
    common = (*COMMON, "classes_") if hasattr(search, "predict_proba") else COMMON
    fitted = {*ENSEMBLE, *common} if is_ensemble else {*NETWORK, "best_estimator_"}
    missing = missing_from(search, state, SEARCH | fitted)
    yield "what it lacks", missing, "nothing", not missing
    yield from of_members(search, state, common) if is_ensemble else _of_best(search, state)
    alphas, index = state["alphas_"], state["best_index_"]
    yield "alphas_", alphas, "an array of one axis", isinstance(alphas, np.ndarray) and alphas.ndim == 1
    is_index = is_int(index) and 0 <= index < alphas.size
    yield "best_index_", index, f"an int below {alphas.size}", is_index
    yield "alpha_", state["alpha_"], f"{alphas[index]}, as best_index_ says", state["alpha_"] == alphas[index]
    yield "scorer_", state["scorer_"], "a scorer or the name of one", _is_scorer(state["scorer_"])
    yield from _of_results(state["cv_results_"], alphas.size)


def _of_best(search, state):
    best = state["best_estimator_"]
    yield "best_estimator_", best, f"an {search._Estimator.__name__}", isinstance(best, search._Estimator)
    yield from of_network(state, hasattr(search, "predict_proba"))
    for name in ("n_features_in_", "n_outputs_", "n_layers_"):
        yield f"{name} of best_estimator_", getattr(best, name), f"{state[name]}", getattr(best, name) == state[name]


def of_members(search, state, common):
    """Yield what is expected of networks that are averaged, and of the attributes that they have in common."""
    members, scores = state["estimators_"], state["_fold_scores"]
    expected = f"a list of {search._Estimator.__name__}"
    yield "estimators_", members, expected, isinstance(members, list) and len(members) > 0
    for number, member in enumerate(members):  # each has checked its own state
        what = f"estimators_[{number}]"
        yield what, member, f"an {search._Estimator.__name__}", isinstance(member, search._Estimator)
        for name in common:
            value = getattr(member, name)
            yield f"{name} of {what}", value, f"{state[name]}", np.array_equal(value, state[name])
    if scores is not None:
        is_list = isinstance(scores, list) and len(scores) == len(members)
        yield "the scores of the folds", scores, f"a list of {len(members)} arrays, or None", is_list
        is_one = hasattr(search, "predict_proba") or state["out_activation_"] == "sort"  # score for each sample
        n_columns = 1 if is_one else state["n_outputs_"]
        for of_fold in scores:
            is_table = isinstance(of_fold, np.ndarray) and of_fold.size and of_fold.shape[1:] == (n_columns,)
            are_sorted = is_table and np.isfinite(of_fold).all() and np.all(np.diff(of_fold, axis=0) >= 0)
            expected = f"an array of finite numbers, sorted in columns, of which there are {n_columns}"
            yield "the scores of a fold", of_fold, expected, bool(are_sorted)


def _of_results(results, n_alphas):
    yield "cv_results_", results, "a dict, with the key 'param_alpha'", isinstance(results, dict)
    yield "cv_results_", results, "a dict, with the key 'param_alpha'", "param_alpha" in results
    for key, values in results.items():
        is_column = len(values) == n_alphas and (key == "params" or isinstance(values, np.ndarray))
        yield f"cv_results_[{key!r}]", values, f"an array of {n_alphas} values, one for each alpha", is_column
