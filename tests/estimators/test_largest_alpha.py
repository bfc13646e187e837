"""The default grid of a sparse penalty ends where the gradient at zero says that the last column leaves."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import enet_path, lasso_path

from skl2 import MLPClassifier, MLPRegressor, MLPRegressorCV

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((60, 5))
Y = np.stack([X[:, 0] - 0.5 * X[:, 1], X[:, 2]], axis=1) + 0.1 * RANDOM.standard_normal((60, 2))
CENTRED = X - X.mean(axis=0), Y - Y.mean(axis=0)
QUICK = {"max_iter": 1, "random_state": 0, "n_iter_no_change": np.inf, "learning_rate": "cosine"}


def largest(X, y, kind=MLPRegressor, **params):
    """The end of the default grid."""
    return kind(**{"hidden_layer_sizes": ()} | QUICK | params).path(X, y, alphas=3).alphas[-1]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("penalty", ["l1", "group_l1"])
def test_it_is_that_of_the_lasso(penalty):
    """For a linear network it is the largest alpha of lasso_path."""
    alphas, _, _ = lasso_path(CENTRED[0], CENTRED[1][:, 0])
    assert_allclose(largest(X, Y[:, 0], penalty=penalty), alphas[0])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_it_is_that_of_the_multi_task_lasso():
    """With several outputs it is that of MultiTaskLasso; groups of columns divide by the root of their size."""
    alphas, _, _ = enet_path(*CENTRED, l1_ratio=1.0)
    assert_allclose(largest(X, Y, penalty="group_l1"), alphas[0])
    slope = CENTRED[0].T @ CENTRED[1] / 60
    expected = max(np.linalg.norm(slope[:2]) / np.sqrt(2), np.linalg.norm(slope[2:]) / np.sqrt(3))
    assert_allclose(largest(X, Y, penalty="group_l1", column_groups=[0, 0, 1, 1, 1]), expected)


@pytest.mark.parametrize("kind", [MLPRegressor, MLPClassifier])
def test_all_columns_leave_there_and_not_before(kind):
    """Above it a linear network has no column, and below it has one."""
    y = Y[:, 0] if kind is MLPRegressor else (Y[:, 0] > 0).astype(int)
    settings = {"penalty": "group_l1", "learning_rate_init": 0.05, "max_iter": 500, "batch_size": 60}
    end = largest(X, y, kind, **settings)
    network = kind(hidden_layer_sizes=(), **QUICK | settings, alpha=1.01 * end)
    with pytest.warns(match="learned nothing"):
        network.fit(X, y)
    assert not network.coef_support_.any()
    network.set_params(alpha=0.97 * end).fit(X, y)
    assert network.coef_support_.sum() == 1


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_without_a_gradient_there_is_a_grid():
    """Where no column says anything the grid ends at 1."""
    assert largest(np.zeros((60, 5)), Y, penalty="group_l1") == 1.0


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_search_ends_there_too():
    """The default grid of MLPRegressorCV is that of path, and goes down to a hundredth; a generator stays as it is."""
    random_state = np.random.RandomState(0)
    settings = QUICK | {"hidden_layer_sizes": (3,), "penalty": "group_l1", "random_state": random_state}
    search = MLPRegressorCV(3, cv=2, **settings).fit(X, Y)
    path = MLPRegressor(**settings).path(X, Y, alphas=3)
    assert_allclose(search.alphas_, path.alphas)
    assert_allclose(search.alphas_[1:] / search.alphas_[-1], [0.01, 1])
    assert random_state.randint(10**6) == np.random.RandomState(0).randint(10**6)
