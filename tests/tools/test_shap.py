"""SHAP values of our predictions: they add up, and are those of the formula where there is one."""

import numba
import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((60, 4))
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(60), [-0.5, 0.5])
COEF = np.array([1.0, -2.0, 0.3, 0.5])
BACKGROUND, NEW = X[:20], X[20:24]
SMALL = {"hidden_layer_sizes": (5,), "batch_size": 20, "max_iter": 5, "learning_rate_init": 0.05, "random_state": 0}
MODELS = {
    "three classes": (MLPClassifier(**SMALL), Y),
    "two classes": (MLPClassifier(**SMALL), Y > 0),
    "search": (MLPClassifierCV([0, 0.1], cv=2, **SMALL), Y),
    "pipeline": (make_pipeline(StandardScaler(), MLPClassifier(**SMALL)), Y),
}


@pytest.fixture(scope="module")
def shap():
    """shap without compiling its own loops, which takes 20 s."""
    before = numba.config.DISABLE_JIT
    numba.config.DISABLE_JIT = True
    try:
        return pytest.importorskip("shap")
    finally:
        numba.config.DISABLE_JIT = before


def explain(shap, name, predict):
    """Return (values (n, n_features, …), base value) of an explainer."""
    if name == "Kernel":
        explainer = shap.KernelExplainer(predict, BACKGROUND)
        return explainer.shap_values(NEW, silent=True), explainer.expected_value
    explainer = shap.Explainer(predict, BACKGROUND, algorithm=name.lower(), seed=0)
    explanation = explainer(NEW, silent=True)
    return explanation.values, explanation.base_values


EXPLAINERS = pytest.mark.parametrize("name", ["Kernel", "Exact", "Permutation"])


@EXPLAINERS
@pytest.mark.parametrize("model", MODELS)
def test_values_add_up_to_the_probability(shap, name, model):
    """Values of a sample sum to its probabilities minus the mean probabilities of the background."""
    model, y = MODELS[model]
    predict = model.fit(X, y).predict_proba
    values, base = explain(shap, name, predict)
    np.testing.assert_allclose(base, np.broadcast_to(predict(BACKGROUND).mean(axis=0), np.shape(base)), rtol=1e-9)
    np.testing.assert_allclose(values.sum(axis=1) + base, predict(NEW), rtol=1e-9)


@EXPLAINERS
def test_values_of_a_linear_network(shap, name):
    """Values of a network without hidden layers are coef · (x - mean of the background)."""
    model = MLPRegressor(hidden_layer_sizes=(), optimizer="lbfgs", alpha=0).fit(X, X @ COEF)
    values, _ = explain(shap, name, model.predict)
    np.testing.assert_allclose(values, (NEW - BACKGROUND.mean(axis=0)) * model.coefs_[0][:, 0], atol=1e-9)


def test_explainers_agree(shap):
    """With few features KernelExplainer finds the exact values."""
    predict = MLPClassifier(**SMALL).fit(X, Y > 0).predict_proba
    exact = explain(shap, "Exact", predict)[0]
    np.testing.assert_allclose(explain(shap, "Kernel", predict)[0], exact, atol=1e-9)
