"""Values of alpha that are given twice: trained once, and in the results as often as given."""

import numpy as np
import pytest

from skl2 import MLPClassifierCV, MLPRegressorCV
from skl2._selection import search

pytestmark = pytest.mark.filterwarnings("ignore:The search has learned nothing", "ignore:The network has learned")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 3))
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(40), [-0.8, 0.3])
SMALL = {"hidden_layer_sizes": (3,), "batch_size": 10, "max_iter": 8, "random_state": 0, "learning_rate_init": 0.1}
COMPLETE = SMALL | {"learning_rate": "cosine", "tol": 0.0}  # nothing to warn about
TWICE = [0.3, 0.0, 0.3, 2.0, 0.0, 0.3, 1.0]
ONCE = [0.3, 0.0, 2.0, 1.0]
PLACES = [0, 1, 0, 2, 1, 0, 3]  # of TWICE in ONCE
BOTH = pytest.mark.parametrize("Chooser", [MLPClassifierCV, MLPRegressorCV])
HOW = pytest.mark.parametrize(
    "how",
    [
        {},
        {"strategy": "halving"},
        {"strategy": "screening"},
        {"rule": "one_se"},
        {"ensemble": True},
        {"ensemble": True, "strategy": "halving"},
        {"ensemble": True, "strategy": "screening"},
        {"n_jobs": 2},
        {"decay": "decoupled"},
    ],
    ids=lambda how: "-".join(map(str, how.values())) or "default",
)


@HOW
@BOTH
def test_results_are_those_of_alphas_given_once(Chooser, how):
    """Rows of equal alphas are equal, and the same as without the others; alpha_ and the networks are, too."""
    once, twice = (Chooser(alphas, **COMPLETE, cv=3, scoring="loss", **how).fit(X, Y) for alphas in (ONCE, TWICE))
    np.testing.assert_array_equal(twice.alphas_, TWICE)
    assert once.cv_results_.keys() == twice.cv_results_.keys()
    for key, values in once.cv_results_.items():
        if not key.endswith("_time") and key not in ("rank_test_score", "params"):
            np.testing.assert_array_equal(twice.cv_results_[key], np.asarray(values)[PLACES], err_msg=key)
    assert twice.cv_results_["params"] == [{"alpha": alpha} for alpha in TWICE]
    assert twice.alpha_ == once.alpha_ == TWICE[twice.best_index_]
    assert twice.best_index_ == TWICE.index(once.alpha_)
    assert (twice.best_score_, twice.best_score_error_) == (once.best_score_, once.best_score_error_)
    np.testing.assert_array_equal(twice.predict(X), once.predict(X))
    np.testing.assert_equal(twice.stages_, once.stages_)


@HOW
def test_ranks_of_equal_alphas(how):
    """Equal alphas are a tie: they have one rank, and those after it count all of them."""
    once, twice = (MLPRegressorCV(alphas, **COMPLETE, cv=3, **how).fit(X, Y) for alphas in (ONCE, TWICE))
    own = once.cv_results_["rank_test_score"][PLACES]
    expected = 1 + np.sum(own < own[:, np.newaxis], axis=1)
    np.testing.assert_array_equal(twice.cv_results_["rank_test_score"], expected)


@HOW
def test_each_is_trained_once(how, monkeypatch):
    """As many networks are trained, and scored, as there are different values."""
    trained, train_alphas = [], search.train_alphas

    def count(estimator, problem, alphas, *rest):
        trained.append(sorted(alphas))
        return train_alphas(estimator, problem, alphas, *rest)

    monkeypatch.setattr(search, "train_alphas", count)
    calls = []
    for alphas in (ONCE, TWICE):
        MLPRegressorCV(alphas, **COMPLETE, cv=3, **how).fit(X, Y)
        calls.append(sorted(trained))
        trained.clear()
    assert calls[0] == calls[1]


@pytest.mark.parametrize("strategy", ["full", "halving", "screening"])
def test_all_the_same(strategy):
    """Alphas that are all equal are one, which is chosen."""
    one, many = (MLPRegressorCV([0.1] * n, **COMPLETE, cv=2, strategy=strategy).fit(X, Y) for n in (1, 5))
    assert (many.alpha_, many.best_index_, len(many.stages_)) == (0.1, 0, 1)
    np.testing.assert_array_equal(many.cv_results_["rank_test_score"], 1)
    np.testing.assert_array_equal(many.cv_results_["mean_test_score"], one.cv_results_["mean_test_score"][0])
    np.testing.assert_array_equal(many.coefs_[0], one.coefs_[0])


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")  # numpy's words, without compilation
def test_warnings_name_each_once():
    """A warning of networks that diverged counts and names those that were trained."""
    settings = COMPLETE | {"optimizer": "sgd", "max_iter": 20}
    with pytest.warns(UserWarning, match=r"^In the search, 3 of 6 fits, at alpha=1e\+09: diverged"):
        model = MLPRegressorCV([1e9, 0.0, 1e9], **settings, cv=3).fit(X, Y)
    assert np.isnan(model.cv_results_["mean_test_score"]).tolist() == [True, False, True]
