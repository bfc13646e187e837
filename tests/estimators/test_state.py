"""Damaged states are refused in words, before anything computes with them."""

import copy
import pickle
import re
from inspect import signature

import numpy as np
import pytest
from sklearn import neural_network

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X = np.random.default_rng(0).standard_normal((30, 3))
Y = np.digitize(X[:, 0], [-0.4, 0.4])
SMALL = {"hidden_layer_sizes": (4, 2), "batch_size": 10, "max_iter": 2, "random_state": 0}
SEARCH = {"alphas": [0.0, 0.1], "cv": 2, **SMALL}
MAKE = {
    "classifier": lambda: MLPClassifier(**SMALL).fit(X, Y),
    "binary": lambda: MLPClassifier(**SMALL).fit(X, Y > 0),
    "regressor": lambda: MLPRegressor(**SMALL, early_stopping=True).fit(X, Y),
    "streamed": lambda: MLPRegressor(**SMALL).partial_fit(X, Y),
    "averaged": lambda: MLPRegressor(**SMALL, weight_averaging=0.9).partial_fit(X, Y),
    "search": lambda: MLPClassifierCV(**SEARCH).fit(X, Y),
    "search of regressors": lambda: MLPRegressorCV(**SEARCH).fit(X, Y),
    "path": lambda: MLPClassifier(**SMALL).path(X, Y, [0.0, 0.1]),
}
KINDS = ["classifier", "binary", "regressor", "streamed", "search", "path"]


@pytest.fixture(scope="module")
def models():
    """Fitted models, {name: model}; whoever changes one takes a copy."""
    return {name: make() for name, make in MAKE.items()}


def put(*path_and_value):
    """A damage: state[a][b]… becomes a value; what is put may be a function of what was there."""
    *path, last, value = path_and_value

    def damage(state):
        for key in path:
            state = vars(state)[key] if hasattr(state, "__dict__") else state[key]
        state = vars(state) if hasattr(state, "__dict__") else state
        state[last] = value(state[last]) if callable(value) else value

    return damage


def drop(name):
    """A damage: the state has lost an attribute."""
    return lambda state: state.pop(name)


def with_value(array, value):
    """The array with its first number replaced."""
    changed = array.copy()
    changed.flat[0] = value
    return changed


NAN, INF = (lambda array: with_value(array, np.nan)), (lambda array: with_value(array, -np.inf))
HALF, LIST = (lambda array: array.astype(np.float16)), (lambda array: array.tolist())
MEMORY = "_optimizer_memory"
DAMAGES = [  # (model, damage, what the message says)
    ("classifier", drop("intercepts_"), "lacks is ['intercepts_']"),
    ("classifier", drop("activation"), "lacks is ['activation']"),
    ("classifier", drop("classes_"), "KeyError: 'classes_'"),
    ("classifier", drop("n_layers_"), "lacks is ['n_layers_']"),
    ("classifier", drop(MEMORY), f"lacks is ['{MEMORY}']"),
    ("classifier", put("coefs_", None), "coefs_ is None"),
    ("classifier", put("coefs_", []), "coefs_ is []"),
    ("classifier", put("coefs_", tuple), "should be a list of arrays"),
    ("classifier", put("coefs_", lambda coefs: coefs[:2]), "should be a list of 2 arrays"),
    ("classifier", put("coefs_", lambda coefs: coefs[::-1]), "coefs_[1] is"),
    ("classifier", put("coefs_", 0, LIST), "should be an array"),
    ("classifier", put("coefs_", 1, lambda coef: coef[:-1]), "should be of 4 rows"),
    ("classifier", put("coefs_", 1, lambda coef: coef[:, :-1]), "coefs_[2] is"),
    ("classifier", put("coefs_", 0, lambda coef: coef[:-1]), "n_features_in_ is 3, and should be 2"),
    ("classifier", put("coefs_", 2, lambda coef: coef.ravel()), "should be of 2 axes"),
    ("classifier", put("coefs_", 0, lambda coef: coef[:0]), "none empty"),
    ("classifier", put("coefs_", 0, lambda coef: coef.astype(np.float32)), "should be of float32, as coefs_[0]"),
    ("classifier", put("intercepts_", 1, lambda coef: coef.astype(np.float32)), "should be of float64, as coefs_[0]"),
    ("classifier", put("coefs_", lambda coefs: [*map(HALF, coefs)]), "should be of float32 or float64"),
    ("classifier", put("coefs_", 1, lambda coef: coef.astype(object)), "should be of float32 or float64"),
    ("classifier", put("coefs_", 1, lambda coef: coef + 1j), "should be of float32 or float64"),
    ("classifier", put("coefs_", 1, NAN), "should be finite"),
    ("classifier", put("coefs_", 2, INF), "should be finite"),
    ("classifier", put("intercepts_", 0, NAN), "intercepts_[0] is"),
    ("classifier", put("intercepts_", None), "intercepts_ is None"),
    ("classifier", put("intercepts_", lambda layers: layers[:-1]), "should be a list of 3 arrays"),
    (
        "classifier",
        put("intercepts_", 2, lambda intercept: intercept[:-1]),
        "should be of shape (3,), as coefs_[2] has it",
    ),
    ("classifier", put("intercepts_", 1, lambda intercept: intercept[:, None]), "should be of 1 axes"),
    ("classifier", put("n_features_in_", 4), "n_features_in_ is 4, and should be 3"),
    ("classifier", put("n_features_in_", "3"), "n_features_in_ is '3'"),
    ("classifier", put("n_features_in_", np.arange(3)), "n_features_in_ is array([0, 1, 2])"),
    ("classifier", put("n_outputs_", 2), "n_outputs_ is 2, and should be 3"),
    ("classifier", put("n_layers_", 3), "n_layers_ is 3, and should be 4"),
    ("classifier", put("feature_names_in_", np.array(["a", "b"])), "should be 3 names"),
    ("classifier", put("activation", "rela"), "activation is 'rela', and should be one of identity"),
    ("classifier", put("activation", ["relu"]), "unhashable"),
    ("classifier", put("out_activation_", "exp"), "out_activation_ is 'exp'"),
    ("classifier", put("out_activation_", "identity"), "should be logistic or softmax"),
    ("classifier", put("classes_", lambda classes: classes[:2]), "should be an array of 3 classes"),
    ("classifier", put("classes_", LIST), "classes_ is [0, 1, 2]"),
    ("classifier", put("classes_", lambda classes: classes[::-1]), "should be sorted"),
    ("classifier", put("classes_", np.array([0, 1, 1])), "each class once"),
    ("classifier", put("n_iter_", -1), "n_iter_ is -1"),
    ("classifier", put("t_", "many"), "t_ is 'many'"),
    ("classifier", put("t_", True), "t_ is True"),
    ("classifier", put("loss_", None), "loss_ is None"),
    ("classifier", put("best_loss_", "small"), "best_loss_ is 'small'"),
    ("classifier", put("loss_curve_", None), "loss_curve_ is None"),
    ("classifier", put("loss_curve_", 0, "high"), "should be a list of numbers"),
    ("classifier", put("weight_norm_curve_", 1.0), "weight_norm_curve_ is 1.0"),
    ("classifier", put(MEMORY, None), "memory of the optimizer is None"),
    ("classifier", put(MEMORY, {}), "memory of the optimizer is {}"),
    ("classifier", put(MEMORY, "optimizer", "adm"), "optimizer in the memory of the optimizer is 'adm'"),
    ("classifier", put(MEMORY, "n_steps", -2), "n_steps in the memory of the optimizer is -2"),
    ("classifier", put(MEMORY, "n_samples", "all"), "n_samples in"),
    ("classifier", put(MEMORY, "progress", None), "progress in"),
    ("classifier", put(MEMORY, "progress", {"n_cuts": None}), "progress in"),
    ("classifier", put(MEMORY, "progress", {"n_cut": 1}), "should be numbers for n_epochs_seen"),
    ("binary", put("out_activation_", "softmax"), "should be an array of 1 classes"),
    ("binary", put("classes_", lambda classes: np.array([0, 1, 2])), "should be an array of 2 classes"),
    ("binary", put("classes_", np.array([2**32 - 1, 1], np.uint32).view("U1")), "something behind classes_"),
    ("regressor", put("out_activation_", "softmax"), "should be identity or exp"),
    ("regressor", put("validation_scores_", "good"), "validation_scores_ is 'good'"),
    ("regressor", put("validation_loss_curve_", 0, None), "validation_loss_curve_ is"),
    ("streamed", put(MEMORY, "moments", NAN), "moments in the memory of the optimizer"),
    ("streamed", put(MEMORY, "moments", lambda moments: moments[:1]), "of shape (2, 29)"),
    ("streamed", put(MEMORY, "moments", lambda moments: moments[:, 1:]), "of shape (2, 29)"),
    ("streamed", put(MEMORY, "moments", lambda moments: moments.astype(np.float32)), "should be an array of float64"),
    ("streamed", put(MEMORY, "moments", LIST), "moments in"),
    ("streamed", put(MEMORY, "optimizer", "sgd"), "of shape (1, 29)"),
    ("averaged", put(MEMORY, "params", NAN), "params in the memory of the optimizer"),
    ("averaged", put(MEMORY, "params", lambda params: params[1:]), "of shape (29,)"),
    ("averaged", put(MEMORY, "seed", -1), "seed in the memory of the optimizer is -1"),
    ("averaged", put(MEMORY, "n_averaged", -1), "n_averaged in the memory of the optimizer is -1"),
    ("streamed", put(MEMORY, "optimizer", None), "KeyError: None"),
    ("search", drop("alphas_"), "lacks is ['alphas_']"),
    ("search", drop("n_jobs"), "lacks is ['n_jobs']"),
    ("search", put("coefs_", 0, lambda coef: coef[:-1]), "should be 2, as the weights have it"),
    ("search", put("best_estimator_", None), "should be an MLPClassifier"),
    ("search", put("best_estimator_", lambda best: MAKE["regressor"]()), "should be an MLPClassifier"),
    ("search", put("best_estimator_", lambda best: MLPClassifier()), "'n_features_in_'"),
    ("search", put("best_estimator_", lambda best: MAKE["binary"]()), "n_outputs_ of best_estimator_ is 1"),
    ("search", put("best_index_", 2), "should be an int below 2"),
    ("search", put("best_index_", None), "best_index_ is None"),
    ("search", put("alpha_", 0.5), "alpha_ is 0.5"),
    ("search", put("alphas_", LIST), "should be an array of one axis"),
    ("search", put("scorer_", None), "scorer_ is None"),
    ("search", put("scorer_", "acuracy"), "scorer_ is 'acuracy'"),
    ("search", put("scorer_", {"name": "acuracy", "sample_weight": True}), "scorer_ is {'name': 'acuracy'"),
    ("search", put("scorer_", {"name": "accuracy", "sample_weight": 3}), "scorer_ is {'name': 'accuracy'"),
    ("search", put("scorer_", {"name": "accuracy"}), "scorer_ is {'name': 'accuracy'}"),
    ("search", put("cv_results_", "stage", lambda stage: stage[:1]), "cv_results_['stage'] is"),
    ("search", put("cv_results_", "mean_test_score", LIST), "should be an array of 2 values, one for each alpha"),
    ("path", drop("params"), "KeyError: 'params'"),
    ("path", put("params", lambda params: params[:, 1:]), "an array of 35 weights and intercepts in each row"),
    ("path", put("params", lambda params: params[0]), "in each row"),
    ("path", put("params", lambda params: params[:1]), "alphas is"),
    ("path", put("params", HALF), "should be of float32 or float64"),
    ("path", put("params", NAN), "coefs_[0] is"),
    ("path", put("alphas", lambda alphas: alphas[:1]), "alphas is"),
    ("path", put("n_iter", None), "n_iter is None"),
    ("path", put("status", lambda status: np.array(["max_iter", "dverged"])), "status is 'dverged'"),
    ("path", put("_networks", lambda networks: networks[:1]), "the list of networks"),
    ("path", put("_networks", 0, {}), "lacks is"),
    ("path", put("_networks", 1, "t_", -1), "t_ is -1"),
    ("path", put("_estimator", None), "hidden_layer_sizes"),
    ("path", put("_estimator", "hidden_layer_sizes", (4, 3)), "an array of 43 weights"),
    ("path", put("_estimator", "hidden_layer_sizes", "many"), "hidden_layer_sizes must be positive integers"),
    ("path", put("_estimator", "activation", "tan"), "activation is 'tan'"),
    ("path", put("_estimator", "classes_", np.arange(2)), "should be an array of 3 classes"),
]


def restore(model, state):
    """A new object with this state, as pickle, skops and copy make it."""
    again = object.__new__(type(model))
    again.__setstate__(state)
    return again


@pytest.mark.parametrize(("name", "damage", "words"), DAMAGES)
def test_damage_is_refused(models, name, damage, words):
    """What does not fit together is a ValueError that says what, what was expected and what to do; nothing is set."""
    model = models[name]
    state = copy.deepcopy(model).__getstate__()
    damage(state)
    again = object.__new__(type(model))
    with pytest.raises(ValueError, match=re.escape(words)) as caught:
        again.__setstate__(state)
    assert str(caught.value).startswith(f"The state of this {type(model).__name__} is damaged: ")
    assert str(caught.value).endswith("Load another copy, or fit again.")
    assert not vars(again)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("state", [None, [], 3, "state"], ids=repr)
def test_what_is_no_state_is_refused(models, name, state):
    """A state that is no dict is a ValueError."""
    with pytest.raises(ValueError, match="is damaged"):
        restore(models[name], state)


@pytest.mark.parametrize("name", MAKE)
def test_damage_in_a_file_is_refused(models, name):
    """The check is part of unpickling, and of copies, shallow and deep."""
    model = copy.deepcopy(models[name])
    if name == "path":
        model.params[0, 0] = np.nan
    else:
        model.coefs_[0][0, 0] = np.nan
    for again in (lambda: pickle.loads(pickle.dumps(model)), lambda: copy.copy(model), lambda: copy.deepcopy(model)):
        with pytest.raises(ValueError, match="should be finite"):
            again()


@pytest.mark.parametrize("name", MAKE)
def test_what_is_not_damaged_passes(models, name):
    """A copy of what fit left has all of its attributes, and the same arrays."""
    model = models[name]
    again = copy.copy(model)
    assert vars(again).keys() == vars(model).keys()
    shared = "params" if name == "path" else "coefs_"
    assert getattr(again, shared) is getattr(model, shared)


@pytest.mark.parametrize("Estimator", [MLPClassifier, MLPRegressor, MLPClassifierCV, MLPRegressorCV])
def test_what_is_not_fitted_passes(Estimator):
    """An estimator that is not fitted may have any parameters: fit says what is wrong with them."""
    model = copy.copy(Estimator(activation="no such", hidden_layer_sizes=None))
    assert model.activation == "no such"


def test_a_network_of_scikit_learn_passes():
    """What from_sklearn makes, with curves that scikit-learn does not record, can be kept too."""
    model = MLPClassifier.from_sklearn(
        neural_network.MLPClassifier((4,), max_iter=2, alpha=0.0, solver="lbfgs").fit(X, Y)
    )
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))


def test_rows_that_diverged_are_kept():
    """A path with networks that diverged, whose weights may not be finite, can be kept; those are asked for in vain."""
    with np.errstate(all="ignore"):  # uncompiled, overflow warns
        path = MLPRegressor(**SMALL | {"optimizer": "sgd", "max_iter": 20}).path(X, Y, [0.0, 1e30])
    assert path.status.tolist() == ["max_iter", "diverged"]
    path.params[1, 0] = np.nan  # as a step leaves it that overflows by itself
    again = pickle.loads(pickle.dumps(path))
    np.testing.assert_array_equal(again.predict(X), path.predict(X))
    with pytest.raises(ValueError, match="There is no network"):
        again[1]


class Linear(MLPRegressor):
    """A subclass with a single parameter and an attribute of its own."""

    def __init__(self, alpha=0.1):
        super().__init__(hidden_layer_sizes=(), alpha=alpha, optimizer="lbfgs")

    def fit(self, X, y):
        """Fit, and remember how many samples there were."""
        self.n_samples_ = len(X)
        return super().fit(X, y)


class Narrow(MLPRegressor):
    """A subclass that computes some of its parameters."""

    def __init__(self, width=3):
        self.width = width
        for name, parameter in signature(MLPRegressor).parameters.items():
            if name not in ("hidden_layer_sizes", "activation"):
                setattr(self, name, parameter.default)
        self.optimizer = "lbfgs"

    activation = "tanh"

    @property
    def hidden_layer_sizes(self):
        """A square."""
        return (self.width, self.width)


def test_a_subclass_may_compute_its_parameters():
    """Parameters that are properties, or attributes of the class, are in no state, and not missed."""
    model = Narrow().fit(X, Y)
    assert not {"hidden_layer_sizes", "activation"} & model.__getstate__().keys()
    np.testing.assert_array_equal(copy.deepcopy(model).predict(X), model.predict(X))


def test_a_subclass_is_checked_and_passes():
    """A subclass with fewer parameters and more attributes comes back, and its damages are refused as those of ours."""
    model = copy.deepcopy(Linear().fit(X, Y))
    assert model.n_samples_ == len(X)
    model.intercepts_ = []
    with pytest.raises(ValueError, match="The state of this Linear is damaged: intercepts_"):
        copy.copy(model)


def test_parameters_may_have_changed_since_fit(models):
    """Hidden layers set for a fit to come do not keep a fitted estimator from being copied."""
    model = copy.deepcopy(models["classifier"]).set_params(hidden_layer_sizes=(7,), optimizer="sgd", dtype="float32")
    np.testing.assert_array_equal(copy.deepcopy(model).predict(X), models["classifier"].predict(X))
