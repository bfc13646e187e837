"""The estimators among scikit-learn's tools: search, pipelines, cloning, copies, metadata routing."""

import copy
import pickle
from inspect import signature

import joblib
import numpy as np
import pytest
import sklearn
from sklearn import neural_network
from sklearn.base import clone
from sklearn.model_selection import KFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from versions import needs_scikit_learn

import skl2
from skl2 import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 3))
Y = np.digitize(X[:, 0], [-0.5, 0.5])
WEIGHT = RANDOM.uniform(0, 2, 40)
SMALL = {"hidden_layer_sizes": (4,), "batch_size": 10, "max_iter": 4, "random_state": 0, "learning_rate_init": 0.02}
ESTIMATORS = [MLPClassifier, MLPRegressor]
OWN = {"penalty", "column_groups", "relaxed", "decay", "normalized_alpha", "T_0", "T_mult", "warmup_epochs", "dropout"}
OWN |= {"weight_averaging", "quantile", "huber_delta", "label_smoothing", "class_weight", "dtype"}


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_cross_validation_of_a_pipeline(Estimator):
    """cross_validate over a scaled pipeline gives the scores of fits by hand, fold by fold."""
    model, folds = make_pipeline(StandardScaler(), Estimator(**SMALL)), KFold(4)
    result = cross_validate(model, X, Y, cv=folds, return_train_score=True)
    for k, (train, test) in enumerate(folds.split(X)):
        fitted = clone(model).fit(X[train], Y[train])
        assert result["train_score"][k] == fitted.score(X[train], Y[train])
        assert result["test_score"][k] == fitted.score(X[test], Y[test])


@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_parameters_are_scikit_learns(name):
    """Names, order, defaults and which are positional: scikit-learn's, with `solver` as `optimizer` and our own."""
    if name == "MLPRegressor":
        needs_scikit_learn("1.7", "scikit-learn's MLP has loss='poisson'")
    theirs = signature(getattr(neural_network, name)).parameters.values()
    theirs = [p.replace(name="optimizer") if p.name == "solver" else p for p in theirs]
    ours = signature(getattr(skl2, name)).parameters.values()
    assert [p for p in ours if p.name not in OWN] == theirs


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_clone_has_the_parameters_and_nothing_else(Estimator):
    """A clone of a fitted model has its parameters, is not fitted, and fits to the same weights."""
    model = Estimator(**SMALL, decay="decoupled", alpha=0.3, dtype="float32").fit(X, Y)
    fresh = clone(model)
    assert fresh.get_params() == model.get_params()
    assert not any(name.endswith("_") for name in vars(fresh))
    np.testing.assert_array_equal(fresh.fit(X, Y).coefs_[0], model.coefs_[0])


def test_set_params_reaches_into_a_pipeline():
    """Parameters set from outside act in the next fit, and unknown ones are refused."""
    pipeline = make_pipeline(StandardScaler(), MLPRegressor(**SMALL))
    pipeline.set_params(mlpregressor__hidden_layer_sizes=(7, 2), mlpregressor__decay="decoupled").fit(X, Y)
    assert [coef.shape for coef in pipeline[-1].coefs_] == [(3, 7), (7, 2), (2, 1)]
    with pytest.raises(ValueError, match="Invalid parameter 'solver' for estimator MLPRegressor"):
        pipeline.set_params(mlpregressor__solver="sgd")


def round_trip(model, way, path):
    """A copy of the model by pickle, joblib or deepcopy."""
    if way == "joblib":
        joblib.dump(model, path / "model.joblib")
        return joblib.load(path / "model.joblib")
    return pickle.loads(pickle.dumps(model)) if way == "pickle" else copy.deepcopy(model)


@pytest.mark.parametrize("way", ["pickle", "joblib", "deepcopy"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_a_copy_predicts_the_same_and_trains_apart(Estimator, dtype, way, tmp_path):
    """A copy gives bit-identical predictions, has the same attributes, and training it leaves the original."""
    model = Estimator(**SMALL, dtype=dtype).fit(X, Y)
    before = model.predict(X)
    twin = round_trip(model, way, tmp_path)
    np.testing.assert_array_equal(twin.predict(X), before)
    assert vars(twin).keys() == vars(model).keys()
    twin.partial_fit(X, Y)
    assert not np.array_equal(twin.coefs_[0], model.coefs_[0])
    np.testing.assert_array_equal(model.predict(X), before)
    np.testing.assert_array_equal(twin.coefs_[0], model.partial_fit(X, Y).coefs_[0])


def leaves(value):
    """Every value in nested lists, tuples and dictionaries."""
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list | tuple):
        return [leaf for part in value for leaf in leaves(part)]
    return [value]


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_a_fitted_model_is_arrays_and_plain_values(Estimator, early_stopping):
    """A model holds nothing but numeric or string arrays, numbers, strings, booleans and None."""
    model = Estimator(**SMALL, early_stopping=early_stopping).fit(X, Y)
    types = {type(leaf) for leaf in leaves(vars(model))}
    assert types <= {np.ndarray, np.float64, int, float, str, bool, type(None)}
    assert not any(leaf.dtype.hasobject for leaf in leaves(vars(model)) if isinstance(leaf, np.ndarray))


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_sample_weight_is_routed(Estimator):
    """With metadata routing cross_validate hands sample_weight through a pipeline to fit and score."""
    needs_scikit_learn("1.8", "cross_validate routes to the score of a Pipeline's last step")
    folds = KFold(4)
    with sklearn.config_context(enable_metadata_routing=True):
        network = Estimator(**SMALL).set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        model = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), network)
        result = cross_validate(model, X, Y, cv=folds, params={"sample_weight": WEIGHT}, error_score="raise")
    for score, (train, test) in zip(result["test_score"], folds.split(X), strict=True):
        scaler = StandardScaler().fit(X[train])
        fitted = Estimator(**SMALL).fit(scaler.transform(X[train]), Y[train], WEIGHT[train])
        assert score == fitted.score(scaler.transform(X[test]), Y[test], WEIGHT[test])
