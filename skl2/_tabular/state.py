"""The state of a fitted model of a table in a file: what is checked when it is read."""

import numpy as np

from skl2._estimators.state import check, is_int, missing_from
from skl2._selection.state import of_members
from skl2._tabular.target import TargetScale

FITTED = {
    *("alpha_", "alphas_", "best_score_", "best_score_error_", "cv_results_", "encoders_", "estimators_", "grid_"),
    *("n_features_in_", "n_iter_", "n_outputs_", "n_splits_", "out_activation_", "_encoder_numbers", "_fold_scores"),
}


def check_model(model, state):
    """Raise ValueError unless the state is what fit leaves; not fitted, it may be any."""
    check(type(model).__name__, _of_model(model, state))


def _of_model(model, state):
    yield "it", state, "a dict of attributes", isinstance(state, dict)
    if "estimators_" not in state:
        return
    is_regressor = not hasattr(model, "predict_proba")
    missing = missing_from(model, state, FITTED | ({"_scale"} if is_regressor else {"classes_"}))
    yield "what it lacks", missing, "nothing", not missing
    encoders, numbers = state["encoders_"], state["_encoder_numbers"]
    yield "encoders_", encoders, "a list of transformers", isinstance(encoders, list) and len(encoders) > 0
    for encoder in encoders:
        yield "an encoder", encoder, "a transformer", hasattr(encoder, "transform")
    are_numbers = isinstance(numbers, list) and all(is_int(k) and 0 <= k < len(encoders) for k in numbers)
    are_complete = are_numbers and len(numbers) == len(state["estimators_"])
    yield "the numbers of the encoders", numbers, "a list with one of them for each network", are_complete
    yield from of_members(model, state, ("n_outputs_", "out_activation_"))
    if is_regressor:
        n_targets = 1 if state["out_activation_"] == "sort" else state["n_outputs_"]  # quantiles are of one
        scale, shape = state["_scale"], (n_targets,)
        yield "the scale of the target", scale, "a TargetScale", isinstance(scale, TargetScale)
        for part in scale:
            is_vector = isinstance(part, np.ndarray) and part.shape == shape and bool(np.isfinite(part).all())
            yield "the scale of the target", part, f"a finite number for each of {shape[0]} outputs", is_vector
