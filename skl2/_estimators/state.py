"""What comes out of a file is checked first: nothing computes with a damaged network.

A file may have been cut short, have flipped bits, or come from another program. What does not fit together would crash
in a prediction, or worse, not crash. Weights that are wrong and still finite no check can see.
"""

import reprlib
from itertools import pairwise
from numbers import Integral, Real

import numpy as np

from skl2._estimators.continuation import NO_MEMORY
from skl2._inputs.settings import layer_sizes
from skl2._kernels.activations import ACTIVATIONS
from skl2._kernels.links import LINKS
from skl2._kernels.losses import LOSSES
from skl2._kernels.optimizers import OPTIMIZERS
from skl2._training.parameters import count_coefs, layer_views, sizes_of
from skl2._training.progress import Memory, Status
from skl2._training.schedules import SCHEDULES

DTYPES = (np.float32, np.float64)
LINKS_OF_CLASSES = {loss.out_activation for loss in LOSSES.values() if not loss.regression}
STATUS = [kind.name.lower() for kind in Status]
CURVES = ("loss_curve_", "weight_norm_curve_", "learning_rate_curve_")
VALIDATION_CURVES = ("validation_scores_", "validation_loss_curve_")
NETWORK = {
    *("coefs_", "intercepts_", "n_features_in_", "n_outputs_", "n_layers_", "out_activation_", "n_iter_", "t_"),
    *("loss_", "best_loss_", "best_validation_score_", *CURVES, *VALIDATION_CURVES),
}


def check_estimator(estimator, state):
    """Raise ValueError unless the state is what fit, partial_fit or from_sklearn leaves; not fitted, it may be any."""
    check(type(estimator).__name__, _of_estimator(estimator, state))


def check_path(path, state):
    """Raise ValueError unless the state is that of a path."""
    check(type(path).__name__, _of_path(state))


def check(kind, expectations):
    """Raise ValueError at the first of (what, value, expected in words, whether it is so) that is not so."""
    what = value = None
    try:
        for what, value, expected, is_so in expectations:
            if not is_so:
                problem = f"{what} is {_describe(value)}, and should be {expected}"
                break
        else:
            return
    except Exception as error:  # of values that cannot even be compared, such as characters that do not exist
        problem = f"something behind {what} cannot be read ({type(error).__name__}: {error})"
    raise ValueError(
        f"The state of this {kind} is damaged: {problem}. The file is damaged, or something else wrote it. Load "
        "another copy, or fit again."
    )


def _describe(value):
    if isinstance(value, np.ndarray) and value.size > 5:
        return f"an array of {value.dtype} of shape {value.shape}"
    return reprlib.repr(value)


def _of_estimator(estimator, state):
    yield "it", state, "a dict of attributes", isinstance(state, dict)
    if "coefs_" in state:
        missing = missing_from(estimator, state, {*NETWORK, "_optimizer_memory"})
        yield "what it lacks", missing, "nothing", not missing
        yield from of_network(state, hasattr(estimator, "predict_proba"))
        yield from _of_memory(state["_optimizer_memory"], state["coefs_"], state["intercepts_"])


def missing_from(estimator, state, attributes):
    """Return the names of parameters and attributes that are neither in the state nor, as a property, in the class."""
    names = {*attributes, *type(estimator)._parameter_constraints} - state.keys()
    return sorted(name for name in names if not hasattr(type(estimator), name))


def of_network(state, is_classifier):
    """Yield what is expected of the network in a state, as `check` takes it."""
    yield from _of_layers(state["coefs_"], state["intercepts_"])
    sizes = sizes_of(state["coefs_"]).tolist()
    for name, size in (("n_features_in_", sizes[0]), ("n_outputs_", sizes[-1]), ("n_layers_", len(sizes))):
        is_size = is_int(state[name]) and state[name] == size
        yield name, state[name], f"{size}, as the weights have it", is_size
    names = state.get("feature_names_in_")
    yield "feature_names_in_", names, f"{sizes[0]} names", names is None or np.shape(names) == (sizes[0],)
    activation = state.get("activation", "relu")  # unless it is a property
    yield "activation", activation, f"one of {', '.join(ACTIVATIONS)}", activation in ACTIVATIONS
    links = [name for name in LINKS if (name in LINKS_OF_CLASSES) == is_classifier]
    yield "out_activation_", state["out_activation_"], " or ".join(links), state["out_activation_"] in links
    if is_classifier:
        yield from _of_classes(state["classes_"], state["out_activation_"], sizes[-1])
    yield from _of_history(state)


def _of_layers(coefs, intercepts):
    yield "coefs_", coefs, "a list of arrays", isinstance(coefs, list) and len(coefs) > 0
    yield "intercepts_", intercepts, f"a list of {len(coefs)} arrays", isinstance(intercepts, list)
    yield "intercepts_", intercepts, f"a list of {len(coefs)} arrays", len(intercepts) == len(coefs)
    for name, layers, n_axes in (("coefs_", coefs, 2), ("intercepts_", intercepts, 1)):
        for number, layer in enumerate(layers):
            name_of_layer = f"{name}[{number}]"
            yield name_of_layer, layer, "an array", isinstance(layer, np.ndarray)
            yield name_of_layer, layer, f"of {n_axes} axes, none empty", layer.ndim == n_axes and layer.size > 0
            yield name_of_layer, layer, "of float32 or float64, as coefs_[0]", layer.dtype in DTYPES
            yield name_of_layer, layer, f"of {coefs[0].dtype}, as coefs_[0]", layer.dtype == coefs[0].dtype
            yield name_of_layer, layer, "finite numbers", bool(np.isfinite(layer).all())
    for number, (before, after) in enumerate(pairwise(coefs), start=1):
        expected = f"of {before.shape[1]} rows, a row for each unit of the layer before"
        yield f"coefs_[{number}]", after, expected, after.shape[0] == before.shape[1]
    for number, (coef, intercept) in enumerate(zip(coefs, intercepts, strict=True)):
        expected = f"of shape ({coef.shape[1]},), as coefs_[{number}] has it"
        yield f"intercepts_[{number}]", intercept, expected, intercept.shape == (coef.shape[1],)


def _of_classes(classes, link, n_outputs):
    n_classes = 2 if link == "logistic" and n_outputs == 1 else n_outputs
    expected = f"an array of {n_classes} classes, for {n_outputs} outputs with {link!r}"
    yield "classes_", classes, expected, isinstance(classes, np.ndarray) and classes.shape == (n_classes,)
    yield "classes_", classes, "sorted, each class once", all(a < b for a, b in pairwise(classes))


def _of_history(state):
    for name in ("n_iter_", "t_"):
        yield name, state[name], "an int, 0 or more", is_int(state[name]) and state[name] >= 0
    yield "loss_", state["loss_"], "a number", isinstance(state["loss_"], Real)
    for name in ("best_loss_", "best_validation_score_"):
        yield name, state[name], "a number, or None", _is_number_or_none(state[name])
    for name in CURVES:
        yield name, state[name], "a list of numbers", _is_curve(state[name])
    for name in VALIDATION_CURVES:
        yield name, state[name], "a list of numbers, or None", state[name] is None or _is_curve(state[name])


def is_int(value):
    """Whether a value is an integer, and no boolean."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def _is_number_or_none(value):
    return value is None or isinstance(value, Real)


def _is_curve(curve):
    return isinstance(curve, list) and _are_numbers(curve)


def _are_numbers(values):
    return all(issubclass(kind, Real) for kind in set(map(type, values)))  # a long curve has few types


def _of_memory(memory, coefs, intercepts):
    what = "the memory of the optimizer"
    yield what, memory, f"a dict of {', '.join(NO_MEMORY)}", isinstance(memory, dict)
    yield what, memory, f"a dict of {', '.join(NO_MEMORY)}", memory.keys() == NO_MEMORY.keys()
    optimizer, moments, n_steps = memory["optimizer"], memory["moments"], memory["n_steps"]
    yield f"optimizer in {what}", optimizer, "one of ours, or None", optimizer is None or optimizer in OPTIMIZERS
    yield f"n_steps in {what}", n_steps, "an int, 0 or more", is_int(n_steps) and n_steps >= 0
    yield f"reach in {what}", memory["reach"], "a number", isinstance(memory["reach"], Real)
    schedule = memory["learning_rate"]
    yield f"learning_rate in {what}", schedule, "one of ours, or None", schedule is None or schedule in SCHEDULES
    for name in ("learning_rate_init", "n_samples"):
        yield f"{name} in {what}", memory[name], "a number, or None", _is_number_or_none(memory[name])
    progress, expected = memory["progress"], f"numbers for {', '.join(Memory._fields)}"
    yield f"progress in {what}", progress, expected, isinstance(progress, dict) and _are_numbers(progress.values())
    yield f"progress in {what}", progress, expected, progress.keys() <= {*Memory._fields}
    if moments is not None:
        shape = OPTIMIZERS[optimizer].n_moments, _count(coefs, intercepts)
        yield from _of_numbers(f"moments in {what}", moments, shape, coefs[0].dtype)
    n_averaged, params, seed = memory["n_averaged"], memory["params"], memory["seed"]
    yield f"seed in {what}", seed, "an int, 0 or more, or None", seed is None or (is_int(seed) and seed >= 0)
    yield f"n_averaged in {what}", n_averaged, "an int, 0 or more", is_int(n_averaged) and n_averaged >= 0
    if params is not None:
        yield from _of_numbers(f"params in {what}", params, (_count(coefs, intercepts),), coefs[0].dtype)


def _count(coefs, intercepts):
    return sum(layer.size for layer in (*coefs, *intercepts))


def _of_numbers(name, array, shape, dtype):
    expected = f"an array of {dtype} of shape {shape}, finite numbers"
    yield name, array, expected, isinstance(array, np.ndarray) and array.shape == shape
    yield name, array, expected, array.dtype == dtype
    yield name, array, expected, bool(np.isfinite(array).all())


def _of_path(state):
    yield "it", state, "a dict of attributes", isinstance(state, dict)
    estimator, params, networks = (state[name] for name in ("_estimator", "params", "_networks"))
    sizes = layer_sizes(estimator.hidden_layer_sizes, estimator.n_features_in_, estimator.n_outputs_)
    n_params = count_coefs(sizes) + sum(sizes[1:])
    is_table = isinstance(params, np.ndarray) and params.ndim == 2 and params.shape[1] == n_params
    yield "params", params, f"an array of {n_params} weights and intercepts in each row", is_table
    yield "params", params, "of float32 or float64", params.dtype in DTYPES
    for name in ("alphas", "status", "n_iter"):
        values, expected = state[name], f"an array of {len(params)} values"
        yield name, values, expected, isinstance(values, np.ndarray) and values.shape == (len(params),)
    is_list = isinstance(networks, list) and len(networks) == len(params)
    yield "the list of networks", networks, f"{len(params)} dicts", is_list
    for row, network, status in zip(params, networks, state["status"].tolist(), strict=True):
        yield "status", status, f"one of {', '.join(STATUS)}", status in STATUS
        if status != "diverged":
            coefs, intercepts = layer_views(row, sizes)
            whole = vars(estimator) | network | {"coefs_": coefs, "intercepts_": intercepts}
            yield from _of_estimator(estimator, whole)
