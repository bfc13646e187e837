"""A search with continued=True compares the networks of continued paths."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import ConvergenceWarning
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


@pytest.mark.filterwarnings("error::sklearn.exceptions.ConvergenceWarning")
def test_one_network_is_warned_of():
    """The training on all samples speaks of the network that it keeps, and relaxes no other."""
    settings = SETTINGS | {"max_iter": 3, "n_iter_no_change": 10, "learning_rate": "constant", "relaxed": True}
    with pytest.warns(ConvergenceWarning) as caught:
        search = MLPRegressorCV(ALPHAS[:2], cv=KFold(3), continued=True, **settings).fit(X, Y)
    texts = [str(warning.message) for warning in caught]
    assert [text for text in texts if text.startswith("At alpha=")] == []
    assert search.t_ == 2 * 3 * 60


@pytest.mark.parametrize("strategy", ["halving", "screening"])
def test_only_with_whole_trainings(strategy):
    """Strategies that compare before the end, or shorter runs, are refused."""
    search = MLPRegressorCV(ALPHAS, continued=True, strategy=strategy, **SETTINGS)
    with pytest.raises(ValueError, match=r"continued=True trains each network to its end .* got strategy="):
        search.fit(X, Y)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_other_penalties_draw_nothing_more():
    """A search over alphas of another penalty leaves numpy's generator where it was before there were sparse ones."""
    np.random.seed(0)  # noqa: NPY002
    MLPRegressorCV(2, cv=2, hidden_layer_sizes=(3,), optimizer="lbfgs", max_iter=200).fit(X, Y)
    after = np.random.randint(10**9)  # noqa: NPY002
    np.random.seed(0)  # noqa: NPY002
    MLPRegressorCV([0.0, 1.0], cv=2, hidden_layer_sizes=(3,), optimizer="lbfgs", max_iter=200).fit(X, Y)
    assert np.random.randint(10**9) == after  # noqa: NPY002
