"""What skl2onnx converts with our estimators inside, by onnxruntime; tests/test_onnx.py has them alone."""

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    BaggingRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier, MultiOutputRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV

onnxruntime = pytest.importorskip("onnxruntime")
skl2onnx = pytest.importorskip("skl2onnx")
pytest.importorskip("skl2.onnx")

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((60, 4))
NEW = RANDOM.standard_normal((200, 4)).astype(np.float32)
THREE = np.digitize(X[:, 0], [-0.5, 0.5])
LABELS = {"numbers": THREE, "words": np.array(["a", "b", "c"])[THREE]}
TARGET = X @ [1, -2, 3, 0.5]
SMALL = {"hidden_layer_sizes": (5,), "batch_size": 10, "max_iter": 4, "learning_rate_init": 0.05, "random_state": 0}
NET, SEARCH = MLPClassifier(**SMALL), MLPClassifierCV([0, 0.1], cv=2, **SMALL)
REGRESSOR, REGRESSOR_SEARCH = MLPRegressor(**SMALL), MLPRegressorCV([0, 0.1], cv=2, **SMALL)
CLASSIFIERS = {
    "scaled": make_pipeline(StandardScaler(), NET),
    "columns": make_pipeline(ColumnTransformer([("some", StandardScaler(), [0, 2])], remainder="passthrough"), SEARCH),
    "calibrated": CalibratedClassifierCV(NET, cv=2),
    "calibrated search": CalibratedClassifierCV(SEARCH, cv=2),
    "voting": VotingClassifier([("a", NET), ("b", GaussianNB())], voting="soft", flatten_transform=False),
    "bagging": BaggingClassifier(NET, 2, random_state=0),
    "stacking": StackingClassifier([("a", NET), ("b", GaussianNB())], SEARCH, cv=2),
    "boosting": AdaBoostClassifier(NET, n_estimators=2, random_state=0),
    "one against the rest": OneVsRestClassifier(NET),
    "grid": GridSearchCV(make_pipeline(StandardScaler(), NET), {"mlpclassifier__alpha": [0, 1]}, cv=2),
}
REGRESSORS = {
    "scaled": make_pipeline(StandardScaler(), REGRESSOR_SEARCH),
    "voting": VotingRegressor([("a", REGRESSOR), ("b", Ridge())]),
    "bagging": BaggingRegressor(REGRESSOR, 2, random_state=0),
    "stacking": StackingRegressor([("a", REGRESSOR), ("b", Ridge())], REGRESSOR, cv=2),
    "outputs": MultiOutputRegressor(REGRESSOR),
    "grid": GridSearchCV(REGRESSOR, {"alpha": [0, 1]}, cv=2),
}


def run(model, **options):
    """Convert a model and return what onnxruntime computes for NEW."""
    graph = skl2onnx.to_onnx(model, NEW[:1], options={id(model): options} if options else None)
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 3  # graphs of skl2onnx have constants that nothing uses, of which it warns on stderr
    session = onnxruntime.InferenceSession(graph.SerializeToString(), settings, providers=["CPUExecutionProvider"])
    return session.run(None, {"X": NEW})


@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_classifiers(name, labels):
    """Labels are equal, away from ties, and probabilities within 1e-5."""
    model = CLASSIFIERS[name].fit(X, LABELS[labels])
    label, probability = run(model, zipmap=False)
    expected = model.predict_proba(NEW)
    np.testing.assert_allclose(probability, expected, rtol=0, atol=1e-5)
    best, second = np.sort(expected, axis=1)[:, -1], np.sort(expected, axis=1)[:, -2]
    clear = best - second > 1e-4
    assert clear.mean() > 0.9
    np.testing.assert_array_equal(label[clear], model.predict(NEW)[clear])


@pytest.mark.parametrize("name", REGRESSORS)
def test_regressors(name):
    """Predictions are within 1e-5."""
    y = np.c_[TARGET, -TARGET] if name == "outputs" else TARGET
    model = REGRESSORS[name].fit(X, y)
    np.testing.assert_allclose(run(model)[0], model.predict(NEW).reshape(200, -1), rtol=1e-5, atol=1e-5)


def test_several_labels():
    """MultiOutputClassifier has a list of labels and of probabilities."""
    model = MultiOutputClassifier(NET).fit(X, np.c_[THREE, THREE.clip(0, 1)][:, ::-1].clip(0, 1))
    label, probability = run(model, zipmap=False)
    np.testing.assert_array_equal(label, model.predict(NEW))
    np.testing.assert_allclose(probability, model.predict_proba(NEW), atol=1e-5)
