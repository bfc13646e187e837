"""Graphs that skl2onnx makes of our estimators, run by onnxruntime, against our own predictions."""

import importlib
import sys

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skl2 import (
    MLPClassifier,
    MLPClassifierCV,
    MLPRegressor,
    MLPRegressorCV,
    TabularMLPClassifier,
    TabularMLPRegressor,
)
from skl2._kernels.activations import ACTIVATIONS
from skl2._kernels.links import LINKS

onnxruntime = pytest.importorskip("onnxruntime")
skl2onnx = pytest.importorskip("skl2onnx")
skl2_onnx = pytest.importorskip("skl2.onnx")

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((60, 4))
NEW = 2 * RANDOM.standard_normal((500, 4))
THREE = np.digitize(X[:, 0], [-0.5, 0.5]) - 1
LABELS = {
    "two numbers": THREE.clip(0),
    "two words": np.array(["no", "yes"])[THREE.clip(0)],
    "bool": THREE > 0,
    "three numbers": THREE,
    "three words": np.array(["a", "bé", "c"])[THREE],
    "words as objects": np.array(["a", "b", "c"], dtype=object)[THREE],
    "whole floats": THREE.astype(float),
    "one class": np.full(60, 7),
    "multilabel": (X[:, :3] > 0).astype(int),
}
TARGETS = {"one": X @ [1, -2, 3, 0.5], "three": X @ RANDOM.standard_normal((4, 3))}
SETTINGS = {"batch_size": 20, "max_iter": 4, "learning_rate_init": 0.05, "random_state": 0}
SMALL = SETTINGS | {"hidden_layer_sizes": (5,)}
TOLERANCE = {"float32": 1e-5, "float64": 1e-13}
DTYPES = pytest.mark.parametrize("dtype", TOLERANCE)


def run(model, X, **options):
    """Convert a model and return what onnxruntime computes for X, which has the shapes that the graph announces."""
    graph = skl2onnx.to_onnx(model, X[:1], options={id(model): options} if options else None)
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    results = session.run(None, {"X": X})
    for output, result in zip(graph.graph.output, results, strict=True):
        if isinstance(result, np.ndarray) and not options.get("output_class_labels"):
            shape = [size.dim_value or len(X) for size in output.type.tensor_type.shape.dim]
            assert shape == list(result.shape)
    return results


def assert_same_classifier(model, X):
    """Labels are equal; probabilities are within the tolerance, of the type of X."""
    label, probability = run(model, X, zipmap=False)
    np.testing.assert_array_equal(label, model.predict(X))
    assert probability.dtype == X.dtype
    np.testing.assert_allclose(probability, model.predict_proba(X), rtol=0, atol=TOLERANCE[X.dtype.name])


def assert_same_regressor(model, X):
    """Predictions are within the tolerance, relative to the larger of them, in a column for each output."""
    (prediction,) = run(model, X)
    expected = model.predict(X).reshape(len(X), -1)
    assert prediction.dtype == X.dtype
    tolerance = TOLERANCE[X.dtype.name]
    np.testing.assert_allclose(prediction, expected, rtol=tolerance, atol=tolerance)


def test_tables_name_every_activation_and_link():
    """Every activation of hidden layers and every link has its operator, or is made of several."""
    assert skl2_onnx.ACTIVATIONS.keys() | skl2_onnx.COMPOSED_ACTIVATIONS.keys() == ACTIVATIONS.keys()
    assert skl2_onnx.SINGLE_ACTIVATIONS.keys() < skl2_onnx.COMPOSED_ACTIVATIONS.keys()
    assert skl2_onnx.LINKS.keys() == LINKS.keys()


@DTYPES
@pytest.mark.parametrize("labels", LABELS)
def test_labels_and_probabilities(labels, dtype):
    """Labels of every kind come back as they are, with the probabilities of predict_proba."""
    assert_same_classifier(MLPClassifier(**SMALL).fit(X, LABELS[labels]), NEW.astype(dtype))


@DTYPES
@pytest.mark.parametrize("hidden_layer_sizes", [(), (6,), (6, 3)], ids=str)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_and_depth(activation, hidden_layer_sizes, dtype):
    """Every activation in every depth gives the probabilities of predict_proba, whatever type it was trained in."""
    for trained in ("float32", "float64"):
        model = MLPClassifier(hidden_layer_sizes, activation, dtype=trained, **SETTINGS).fit(X, THREE)
        assert_same_classifier(model, NEW.astype(dtype))


@DTYPES
@pytest.mark.parametrize("targets", TARGETS)
@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
def test_regression(loss, targets, dtype):
    """Predictions of one and of several outputs, with the exponential link of loss='poisson' too."""
    y = TARGETS[targets] if loss == "squared_error" else np.exp(TARGETS[targets] / 4)
    assert_same_regressor(MLPRegressor(loss, **SMALL).fit(X, y), NEW.astype(dtype))


@pytest.mark.parametrize("labels", ["two words", "three numbers", "multilabel"])
def test_classifiers_that_chose_alpha(labels):
    """A search for alpha converts as the network that it chose does, also inside a pipeline."""
    model = make_pipeline(StandardScaler(), MLPClassifierCV(alphas=[0, 0.1], cv=2, **SMALL)).fit(X, LABELS[labels])
    assert_same_classifier(model, NEW.astype(np.float32))
    assert_same_classifier(model[-1], NEW.astype(np.float32))


def test_regressors_that_chose_alpha():
    """So do regressors."""
    model = make_pipeline(StandardScaler(), MLPRegressorCV(alphas=[0, 0.1], cv=2, **SMALL)).fit(X, TARGETS["three"])
    assert_same_regressor(model, NEW.astype(np.float32))
    assert_same_regressor(model[-1], NEW.astype(np.float32))


@pytest.mark.parametrize("labels", ["two words", "three numbers", "multilabel"])
def test_classifiers_that_average(labels):
    """Of networks of folds, the graph has the mean."""
    model = MLPClassifierCV([0.01, 0.1], cv=3, ensemble=True, calibrate=True, **SMALL).fit(X, LABELS[labels])
    assert_same_classifier(model, NEW)


@pytest.mark.parametrize("loss", [{"loss": "poisson"}, {"loss": "quantile", "quantile": [0.3, 0.5, 0.7]}], ids=str)
def test_regressors_that_average(loss):
    """Of values of networks of folds too, after their links."""
    model = MLPRegressorCV([0.01, 0.1], cv=3, ensemble=True, **loss, **SMALL).fit(X, np.exp(X[:, 0]))
    assert_same_regressor(model, NEW)


@DTYPES
@pytest.mark.parametrize("levels", [0.4, [0.45, 0.5, 0.55]], ids=str)
def test_quantiles(levels, dtype):
    """Quantiles leave the graph in their order, also where raw outputs cross."""
    model = MLPRegressor("quantile", quantile=levels, **SMALL).fit(X, X[:, 0])
    assert np.ndim(levels) == 0 or np.any(np.diff(model._raw_prediction(NEW), axis=1) < 0)
    assert_same_regressor(model, NEW.astype(dtype))


def table_of_numbers(X, rng):
    """X with a column of two values, a constant one, a large one, and gaps."""
    columns = [X, X[:, :1] > 0, np.full((len(X), 1), 3.0), 1e4 + 10 * X[:, 1:2]]
    return np.where(rng.random((len(X), 7)) < 0.1, np.nan, np.hstack(columns))


@DTYPES
def test_tables_of_numbers(dtype):
    """A model of a table is a graph of its encoders, its networks and the unit of y; gaps are NaN."""
    rng = np.random.default_rng(1)
    table, new = (table_of_numbers(X, rng).astype(dtype) for X in (X, NEW))
    settings = {"max_iter": 4, "hidden_layer_sizes": (5,), "cv": 3, "random_state": 0, "dtype": dtype}
    classifier = TabularMLPClassifier(**settings).fit(table, LABELS["three words"])
    assert len(classifier.encoders_) == 2
    tolerance = 1e-5
    label, probability = run(classifier, new, zipmap=False)
    np.testing.assert_allclose(probability, classifier.predict_proba(new), rtol=0, atol=tolerance)
    sure = np.sort(probability, axis=1)[:, -2:] @ [-1, 1] > tolerance
    np.testing.assert_array_equal(label[sure], classifier.predict(new)[sure])
    regressor = TabularMLPRegressor(**settings).fit(table, 1000 * TARGETS["three"] + 5000)
    np.testing.assert_allclose(run(regressor, new)[0], regressor.predict(new), rtol=tolerance)


def test_a_table_of_constants():
    """A table of nothing but constants has the graph of a column of zeros."""
    model = TabularMLPRegressor(cv=2, max_iter=2).fit(np.ones((20, 2)), np.arange(20.0))
    np.testing.assert_allclose(run(model, np.ones((3, 2)))[0].ravel(), model.predict(np.ones((3, 2))), rtol=1e-5)


def test_tables_of_text_are_refused():
    """A graph has one array as its input: what has categories says what to do."""
    model = TabularMLPRegressor(cv=2, max_iter=2).fit(np.array([["a"], ["b"]] * 10, object), np.arange(20.0))
    with pytest.raises(NotImplementedError, match=r"this model encodes category\. Keep TabularEncoder outside"):
        run(model, np.zeros((1, 1), np.float32))


def test_integers_are_computed_in_float32():
    """A graph for integers computes in float32."""
    model = MLPRegressor(**SMALL).fit(X, TARGETS["one"])
    (prediction,) = run(model, np.arange(8).reshape(2, 4))
    assert prediction.dtype == np.float32
    np.testing.assert_allclose(prediction[:, 0], model.predict(np.arange(8.0).reshape(2, 4)), rtol=1e-5)


@pytest.mark.parametrize("labels", ["three numbers", "three words", "multilabel"])
def test_options_are_those_of_scikit_learns_mlp(labels):
    """Dicts of probabilities by default; columns, the list of labels and numbers for labels on request."""
    model, new = MLPClassifier(**SMALL).fit(X, LABELS[labels]), NEW.astype(np.float32)
    probability = model.predict_proba(new)
    dicts = run(model, new)[1]
    assert list(dicts[0]) == model.classes_.tolist()
    np.testing.assert_allclose([list(row.values()) for row in dicts], probability, atol=1e-5)
    np.testing.assert_allclose(np.transpose(run(model, new, zipmap="columns")[1:]), probability, atol=1e-5)
    assert run(model, new, zipmap=False, output_class_labels=True)[2].tolist() == model.classes_.tolist()
    number = run(model, new, zipmap=False, nocl=True)[0]
    expected = model.predict(new) if labels == "multilabel" else np.searchsorted(model.classes_, model.predict(new))
    np.testing.assert_array_equal(number, expected)


@pytest.mark.parametrize("target_opset", [9, 13])
@pytest.mark.parametrize("labels", ["three words", "multilabel"])
def test_older_runtimes(labels, target_opset):
    """A graph for an older set of operators predicts the same."""
    model, new = MLPClassifier(**SMALL).fit(X, LABELS[labels]), NEW.astype(np.float32)
    graph = skl2onnx.to_onnx(model, new[:1], options={"zipmap": False}, target_opset=target_opset)
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    label, probability = session.run(None, {"X": new})
    np.testing.assert_array_equal(label, model.predict(new))
    np.testing.assert_allclose(probability, model.predict_proba(new), atol=1e-5)


def test_unfitted_estimators_are_refused():
    """An estimator that is not fitted has no graph."""
    with pytest.raises(NotFittedError):
        run(MLPRegressor(), NEW)
    with pytest.raises(NotFittedError):
        run(MLPClassifier(), NEW, zipmap=False)


def test_without_skl2onnx_the_import_says_what_to_install(monkeypatch):
    """Without skl2onnx the import of skl2.onnx fails, and says what to install."""
    monkeypatch.delitem(sys.modules, "skl2.onnx")
    monkeypatch.setitem(sys.modules, "skl2onnx", None)
    with pytest.raises(ImportError, match="with skl2onnx, which is not installed: pip install skl2onnx"):
        importlib.import_module("skl2.onnx")
