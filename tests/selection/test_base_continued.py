"""A search with continued=True compares the networks of continued paths."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.model_selection import KFold

from skl2 import MLPRegressor, MLPRegressorCV

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((60, 5))
Y = X[:, 0] - 0.5 * X[:, 1] + 0.1 * RANDOM.standard_normal(60)
SETTINGS = {
    "hidden_layer_sizes": (4,),
    "penalty": "group_l1",
    "learning_rate": "cosine",
    "learning_rate_init": 0.03,
    "max_iter": 20,
    "n_iter_no_change": np.inf,
    "batch_size": 20,
    "random_state": 0,
}
ALPHAS = [0.0, 0.02, 0.1, 0.3]


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_folds_score_continued_paths(n_jobs):
    """Each fold scores the path of its samples; the network kept is the last of a path up to the alpha chosen."""
    search = MLPRegressorCV(ALPHAS, cv=KFold(3), continued=True, n_jobs=n_jobs, **SETTINGS).fit(X, Y)
    for split, (train, test) in enumerate(KFold(3).split(X)):
        path = MLPRegressor(**SETTINGS).path(X[train], Y[train], ALPHAS, continued=True)
        assert_allclose(search.cv_results_[f"split{split}_test_score"], path.score(X[test], Y[test]))
    path = MLPRegressor(**SETTINGS).path(X, Y, ALPHAS, continued=True)
    assert_array_equal(search.coefs_[0], path[search.best_index_].coefs_[0])
    assert search.best_estimator_.alpha == search.alpha_


def test_an_ensemble_keeps_them():
    """With ensemble=True the networks of the folds are those at the alpha chosen."""
    search = MLPRegressorCV(ALPHAS, cv=KFold(3), continued=True, ensemble=True, **SETTINGS).fit(X, Y)
    assert {network.alpha for network in search.estimators_} == {search.alpha_}
    assert search.best_score_ > 0.8


@pytest.mark.parametrize("strategy", ["halving", "screening"])
def test_only_with_whole_trainings(strategy):
    """Strategies that compare before the end, or shorter runs, are refused."""
    search = MLPRegressorCV(ALPHAS, continued=True, strategy=strategy, **SETTINGS)
    with pytest.raises(ValueError, match=r"continued=True trains each network to its end .* got strategy="):
        search.fit(X, Y)
