"""penalty='l1' and 'group_l1' have the minimisers of their formulas, with exact zeros, whatever the optimizer."""

import os

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import Lasso, MultiTaskLasso

from skl2 import MLPClassifier, MLPRegressor
from skl2._training.parameters import layer_views, pack

RANDOM = np.random.RandomState(0)
X = RANDOM.standard_normal((60, 8)) * [1, 1, 1, 2, 0.5, 1, 1, 1]
Y = X[:, :3] @ RANDOM.standard_normal((3, 2)) + 0.3 * RANDOM.standard_normal((60, 2))
OPTIMIZERS = [
    {"optimizer": "adam"},
    {"optimizer": "sgd"},
    {"optimizer": "sgd", "nesterovs_momentum": False},
    {"optimizer": "sgd", "momentum": 0.0, "learning_rate_init": 0.2},
]
LONG = {
    "hidden_layer_sizes": (),
    "alpha": 0.1,
    "learning_rate": "cosine",
    "learning_rate_init": 0.05,
    "max_iter": 600,
    "batch_size": 60,
    "n_iter_no_change": np.inf,
    "random_state": 0,
}


def fit(X, y, kind=MLPRegressor, **params):
    """A network trained on whole batches until its learning rate is 0."""
    return kind(**LONG | params).fit(X, y)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
@pytest.mark.parametrize("penalty", ["l1", "group_l1"])
def test_one_output_is_the_lasso(penalty, optimizer):
    """A linear network with one output is scikit-learn's Lasso, with the same weights at exactly zero."""
    lasso = Lasso(alpha=0.1, tol=1e-10).fit(X, Y[:, 0])
    network = fit(X, Y[:, 0], penalty=penalty, **optimizer)
    assert_allclose(network.coefs_[0][:, 0], lasso.coef_, atol=1e-6)
    assert_array_equal(network.coef_support_, lasso.coef_ != 0)
    assert 0 < network.coef_support_.sum() < 8


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
def test_several_outputs_are_the_multi_task_lasso(optimizer):
    """With several outputs a column's weights are a group, as in MultiTaskLasso."""
    lasso = MultiTaskLasso(alpha=0.1, tol=1e-10).fit(X, Y)
    network = fit(X, Y, penalty="group_l1", **optimizer)
    assert_allclose(network.coefs_[0].T, lasso.coef_, atol=1e-6)
    assert_array_equal(network.coef_support_, np.any(lasso.coef_ != 0, axis=0))
    assert 0 < network.coef_support_.sum() < 8


def group_lasso(X, y, labels, alpha, n_steps=5000):
    """Weights that minimise ½ mean (y - X w)² + alpha Σ √|g| ‖w_g‖ on centred data, by proximal gradients in numpy."""
    X, y = X - X.mean(axis=0), y - y.mean()
    rate = len(X) / np.linalg.norm(X, 2) ** 2
    w = np.zeros(X.shape[1])
    for _ in range(n_steps):
        w = w - rate * X.T @ (X @ w - y) / len(X)
        for label in set(labels):
            group = np.equal(labels, label)
            norm, threshold = np.linalg.norm(w[group]), rate * alpha * np.sqrt(group.sum())
            w[group] *= max(0, 1 - threshold / norm) if norm else 0
    return w


@pytest.mark.parametrize("optimizer", OPTIMIZERS[:2], ids=str)
def test_groups_of_columns_are_the_group_lasso(optimizer):
    """Columns with equal labels come and go together, as proximal gradients in numpy have them."""
    labels = ["b", "a", "b", "c", "a", "d", "d", "c"]
    network = fit(X, Y[:, 0], penalty="group_l1", column_groups=labels, alpha=0.3, **optimizer)
    assert_allclose(network.coefs_[0][:, 0], group_lasso(X, Y[:, 0], labels, 0.3), atol=1e-6)
    groups = {label: network.coef_support_[np.equal(labels, label)] for label in labels}
    assert all(support.all() or not support.any() for support in groups.values())
    assert 0 < network.coef_support_.sum() < 8


def gradient(network, X, y, sizes):
    """∂ mean squared error / 2 / ∂ params, by central differences of predictions that numpy makes."""

    def loss(params):
        a, (coefs, intercepts) = X, layer_views(params, sizes)
        for layer, (coef, intercept) in enumerate(zip(coefs, intercepts, strict=True)):
            a = a @ coef + intercept
            a = np.tanh(a) if layer < len(coefs) - 1 else a
        return 0.5 * np.mean((a[:, 0] - y) ** 2)

    params = pack(network.coefs_, network.intercepts_)
    steps = 1e-6 * np.eye(params.size)
    return np.array([(loss(params + step) - loss(params - step)) / 2e-6 for step in steps])


@pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT", "0") != "0", reason="thousands of epochs: compiled only")
@pytest.mark.parametrize("optimizer", OPTIMIZERS[:2], ids=str)
def test_hidden_layers_end_at_a_stationary_point(optimizer):
    """With a hidden layer, -∂loss/∂W₁[j] is λ W₁[j] / ‖W₁[j]‖, or at most λ long where W₁[j] is 0; above it is λW."""
    sizes, alpha = np.array([8, 3, 1]), 0.05
    y = np.tanh(X[:, 0]) + X[:, 1] * 0.5 + 0.2 * RANDOM.standard_normal(60)
    settings = {"hidden_layer_sizes": (3,), "activation": "tanh", "max_iter": 2000, "alpha": alpha}
    network = fit(X, y, penalty="group_l1", **settings, **optimizer)
    slopes, _ = layer_views(gradient(network, X, y, sizes), sizes)
    norms = np.linalg.norm(network.coefs_[0], axis=1, keepdims=True)
    support = network.coef_support_
    assert 0 < support.sum() < 8
    assert_allclose(-slopes[0][support], alpha * (network.coefs_[0] / np.where(norms, norms, 1))[support], atol=1e-4)
    assert np.all(np.linalg.norm(slopes[0][~support], axis=1) <= alpha)
    assert_allclose(-slopes[1], alpha * network.coefs_[1], atol=1e-4)


@pytest.mark.parametrize("optimizer", OPTIMIZERS[:3], ids=str)
def test_zeros_stay_zeros(optimizer):
    """A column that is zero, with a gradient shorter than λ, is zero after each of many steps."""
    network = fit(X, Y, penalty="group_l1", hidden_layer_sizes=(5,), **optimizer)
    support = network.coef_support_
    for _ in range(20):
        network.partial_fit(X, Y)
        assert not network.coef_support_[~support].any()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_reported_loss_has_the_penalty():
    """loss_ is the mean loss plus λ Σ|W|, or λ Σ_j ‖W₁[j]‖ and half λ times the squares above, before each step."""
    start = MLPRegressor(hidden_layer_sizes=(4,), max_iter=1, batch_size=60, learning_rate_init=1e-12, random_state=0)
    start.set_params(penalty=None)
    loss, (first, second) = start.fit(X, Y).loss_, start.coefs_
    of_l1 = 0.1 * (np.abs(first).sum() + np.abs(second).sum())
    of_groups = 0.1 * (np.linalg.norm(first, axis=1).sum() + 0.5 * np.sum(second**2))
    for penalty, expected in (("l1", of_l1), ("group_l1", of_groups)):
        start.set_params(penalty=penalty, alpha=0.1)
        assert_allclose(start.fit(X, Y).loss_ - loss, expected, rtol=1e-6)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
@pytest.mark.parametrize("penalty", ["l1", "group_l1"])
def test_without_lambda_there_is_no_penalty(penalty, optimizer):
    """With λ = 0 training is that without a penalty, bit for bit."""
    settings = {"alpha": 0.0, "hidden_layer_sizes": (5,), "max_iter": 5, "batch_size": 13} | optimizer
    network, free = fit(X, Y, penalty=penalty, **settings), fit(X, Y, penalty=None, **settings)
    assert_array_equal(pack(network.coefs_, network.intercepts_), pack(free.coefs_, free.intercepts_))


def test_classifiers_choose_columns_too():
    """The log loss has the same fixed point: no gradient of a column that is left out exceeds λ."""
    labels = (X[:, 0] + X[:, 1] > 0).astype(int)
    network = fit(X, labels, MLPClassifier, penalty="group_l1")
    slope = X.T @ (network.predict_proba(X)[:, 1] - labels) / len(X)
    support = network.coef_support_
    assert {0, 1} <= set(network.selected_features_)
    assert np.all(np.abs(slope[~support]) <= 0.1)
    assert_allclose(-slope[support], 0.1 * np.sign(network.coefs_[0][support, 0]), atol=1e-5)
