"""The state of a search in a file: which objects it holds as plain values, and what is checked when it is read."""

import numpy as np
from sklearn import config_context
from sklearn.metrics import get_scorer, get_scorer_names

from skl2._estimators.state import NETWORK, check, is_int, missing_from, of_network

SEARCH = {
    *("alpha_", "alphas_", "best_index_", "best_params_", "best_score_", "best_estimator_", "cv_results_", "grid_"),
    *("n_splits_", "refit_time_", "scorer_", "stages_"),
}


def check_search(search, state):
    """Raise ValueError unless the state is what the fit of a search leaves; not fitted, it may be any."""
    check(type(search).__name__, _of_search(search, state))


def pack_search(state, scoring):
    """Return the state of a search; fitted, with plain values for scikit-learn's and numpy's objects.

    A scorer is an object of private classes of scikit-learn, which may change and which skops does not trust: of one
    that has a name, the name is kept. A masked array is of another class in each generation of numpy.
    """
    if "best_estimator_" not in state:
        return state
    results = state["cv_results_"] | {"param_alpha": np.asarray(state["cv_results_"]["param_alpha"])}
    return state | {"cv_results_": results, "scorer_": _pack_scorer(state["scorer_"], scoring)}


def unpack_search(state):
    """Return the state of a search with its objects, from what pack_search left, and check_search passed."""
    if "best_estimator_" not in state:
        return state
    results = state["cv_results_"]
    alphas = np.ma.masked_array(results["param_alpha"], mask=np.zeros(len(results["param_alpha"]), bool))
    return state | {"cv_results_": results | {"param_alpha": alphas}, "scorer_": _unpack_scorer(state["scorer_"])}


def _pack_scorer(scorer, scoring):
    """Return the name of a scorer, with what it requests where metadata are routed; one without a name stays."""
    parts = dict(getattr(scorer, "__dict__", {}))
    request = parts.pop("_metadata_request", None)
    for name in (scoring, "accuracy", "r2"):
        if isinstance(name, str) and name in get_scorer_names() and vars(get_scorer(name)) == parts:
            plain = name if request is None else {"name": name, **request.score.requests}
            return plain if _is_scorer(plain) else scorer
    return scorer


def _unpack_scorer(scorer):
    if isinstance(scorer, str):
        return get_scorer(scorer)
    if not isinstance(scorer, dict):
        return scorer
    with config_context(enable_metadata_routing=True):  # without, scikit-learn lets nobody request
        return get_scorer(scorer["name"]).set_score_request(sample_weight=scorer["sample_weight"])


def _is_scorer(scorer):
    if isinstance(scorer, dict):
        is_request = scorer.keys() == {"name", "sample_weight"} and isinstance(scorer["sample_weight"], bool)
        return is_request and scorer["name"] in get_scorer_names()
    return callable(scorer) or scorer in get_scorer_names()


def _of_search(search, state):
    yield "it", state, "a dict of attributes", isinstance(state, dict)
    if "best_estimator_" not in state:
        return
    missing = missing_from(search, state, {*NETWORK, *SEARCH})
    yield "what it lacks", missing, "nothing", not missing
    best, alphas, index = state["best_estimator_"], state["alphas_"], state["best_index_"]
    yield "best_estimator_", best, f"an {search._Estimator.__name__}", isinstance(best, search._Estimator)
    yield from of_network(state, hasattr(search, "predict_proba"))
    for name in ("n_features_in_", "n_outputs_", "n_layers_"):
        yield f"{name} of best_estimator_", getattr(best, name), f"{state[name]}", getattr(best, name) == state[name]
    yield "alphas_", alphas, "an array of one axis", isinstance(alphas, np.ndarray) and alphas.ndim == 1
    is_index = is_int(index) and 0 <= index < alphas.size
    yield "best_index_", index, f"an int below {alphas.size}", is_index
    yield "alpha_", state["alpha_"], f"{alphas[index]}, as best_index_ says", state["alpha_"] == alphas[index]
    yield "scorer_", state["scorer_"], "a scorer or the name of one", _is_scorer(state["scorer_"])
    yield from _of_results(state["cv_results_"], alphas.size)


def _of_results(results, n_alphas):
    yield "cv_results_", results, "a dict, with the key 'param_alpha'", isinstance(results, dict)
    yield "cv_results_", results, "a dict, with the key 'param_alpha'", "param_alpha" in results
    for key, values in results.items():
        is_column = len(values) == n_alphas and (key == "params" or isinstance(values, np.ndarray))
        yield f"cv_results_[{key!r}]", values, f"an array of {n_alphas} values, one for each alpha", is_column
