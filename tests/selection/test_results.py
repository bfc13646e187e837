"""cv_results_ and the choice of λ from it."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata, sem
from sklearn.model_selection import GridSearchCV, KFold

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV
from skl2._inputs.grid import Grid
from skl2._selection.results import choose, make_cv_results, mean_over_folds, standard_error, within_one_standard_error
from skl2._selection.search import Outcome

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 3))
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(40), [-0.8, 0.3])
SMALL = {"hidden_layer_sizes": (3,), "batch_size": 10, "max_iter": 4, "random_state": 0, "learning_rate_init": 0.1}
PAIRS = {MLPClassifierCV: MLPClassifier, MLPRegressorCV: MLPRegressor}


def results_of(alphas, scores, n_compared=None, total_rate=None):
    """cv_results_ of these scores (n_alphas, n_folds)."""
    scores = np.asarray(scores, float)
    n_compared = np.ones(len(scores), int) if n_compared is None else np.array(n_compared)
    seconds = np.arange(scores.size, dtype=float).reshape(scores.shape)
    norms = np.stack([3 * seconds, 4 * seconds], axis=2)  # of two layers
    n_iter, nothing = (10 * seconds).astype(int), np.zeros(scores.shape, int)
    outcome = Outcome(scores, norms, n_iter, nothing, seconds, seconds**2)
    return make_cv_results(outcome, n_compared, Grid(np.asarray(alphas, float), total_rate, ""))


def one_standard_error(alphas, scores):
    """The largest alpha whose mean is within one standard error of the best, from the definition, one by one."""
    means = {number: np.mean(row) for number, row in enumerate(scores) if np.all(np.isfinite(row))}
    best = max(means, key=means.get)
    bound = means[best] - sem(scores[best])
    return max(alphas[number] for number, mean in means.items() if mean >= bound or number == best)


@pytest.mark.parametrize("seed", range(20))
def test_one_standard_error_by_definition(seed):
    """'one_se' is the definition of glmnet's lambda.1se, for unsorted alphas and with scores that are NaN."""
    random = np.random.default_rng(seed)
    alphas, scores = random.permutation(np.geomspace(1e-3, 10, 8)), random.normal(0, 1, (8, 5))
    scores[random.random(8) < 0.3, random.integers(5)] = np.nan
    scores += random.normal(0, 0.5, (8, 1))
    results = results_of(alphas, scores)
    assert alphas[choose(results, "one_se")] == one_standard_error(alphas, scores)
    assert choose(results, "best") == np.nanargmax(scores.mean(axis=1))


def test_one_standard_error_differs_from_its_neighbours():
    """It divides by √n_folds and n_folds - 1, and is that of the best alpha and not of another."""
    best = np.array([2.0, 4.0, 6.0, 8.0])  # mean 5, standard error 1.29, with 1 / n 1.12, without √n 2.58
    alphas, means = [1.0, 10.0, 20.0, 30.0], [5 - 1.2, 5 - 1.35, 5 - 2.0]
    noisy = np.array([-9.0, 9.0, -9.0, 9.0])
    scores = [best, *(mean + noisy for mean in means)]
    assert choose(results_of(alphas, scores), "one_se") == 1
    assert choose(results_of(alphas, scores), "best") == 0


@pytest.mark.parametrize(
    ("alphas", "means", "expected"),
    [
        ([0.0, 3.0, 1.0], [1, 1, 1], 1),
        ([3.0, 0.0, 1.0], [1, 2, 2], 2),
        ([1.0, 1.0], [1, 1], 0),
        ([5.0, 1.0, 2.0], [np.nan, 1, 1], 2),
        ([5.0, 1.0, 2.0], [-np.inf, 1, 0], 1),
        ([0.0], [7], 0),
        ([3.0, 0.0], [0, 1], 1),
    ],
)
def test_one_standard_error_of_ties(alphas, means, expected):
    """Without variance it is the largest alpha among equals, the first of equal alphas, and never one without score."""
    scores = np.repeat(np.array(means, float)[:, np.newaxis], 3, axis=1)
    with np.errstate(invalid="ignore"):  # -inf has no standard deviation
        assert choose(results_of(alphas, scores), "one_se") == expected


def test_the_best_is_within_its_own_standard_error():
    """Where rounding puts the mean below itself, and all folds agree, the best alpha is still chosen."""
    results = results_of([2.0, 1.0], np.repeat([[0.0], [0.1]], 10, axis=1))
    results["mean_test_score"] = np.nextafter(results["mean_test_score"], -1)
    assert choose(results, "one_se") == 1


def test_one_standard_error_in_a_search():
    """A search with the rule takes an alpha at least as large, of the same scores, and trains with it."""
    alphas = [1.0, 0.01, 3.0, 0.1]
    best, simplest = (MLPRegressorCV(alphas, **SMALL, cv=KFold(4), rule=rule).fit(X, Y) for rule in ("best", "one_se"))
    scores = np.transpose([simplest.cv_results_[f"split{split}_test_score"] for split in range(4)])
    assert simplest.alpha_ == one_standard_error(alphas, scores) > best.alpha_
    assert simplest.best_estimator_.alpha == simplest.alpha_ == alphas[simplest.best_index_]
    assert simplest.best_score_ == simplest.cv_results_["mean_test_score"][simplest.best_index_] < best.best_score_


@pytest.mark.parametrize("seed", range(5))
def test_ranks_are_those_of_scipy(seed):
    """Ranks count from 1 for the highest mean, ties have their smallest, and NaN comes after all."""
    means = np.random.default_rng(seed).integers(-2, 3, 12).astype(float)
    means[seed : 2 * seed] = np.nan
    expected = rankdata(-np.where(np.isnan(means), -99, means), method="min")
    ranks = results_of(np.arange(12), means[:, np.newaxis])["rank_test_score"]
    np.testing.assert_array_equal(ranks, expected)
    assert ranks.dtype == np.int32


def test_ranks_of_those_kept_longer():
    """A later stage ranks before any score of an earlier one; within a stage scores do."""
    results = results_of(np.arange(5), [[9], [1], [2], [np.nan], [1]], n_compared=[1, 2, 3, 3, 2])
    np.testing.assert_array_equal(results["rank_test_score"], [5, 3, 1, 2, 3])
    assert choose(results, "best") == 2


def test_means_and_deviations_over_folds():
    """Means and standard deviations of scores, times and epochs are over the folds, each alpha for itself."""
    scores = np.array([[1.0, 3.0, 8.0], [0.5, 0.5, 0.5]])
    results = results_of([0.1, 2.0], scores, total_rate=5.0)
    np.testing.assert_allclose(results["mean_test_score"], [4, 0.5])
    np.testing.assert_allclose(results["std_test_score"], [np.sqrt(26 / 3), 0])
    np.testing.assert_allclose(results["mean_fit_time"], [1, 4])
    np.testing.assert_allclose(results["std_fit_time"], np.sqrt([2 / 3, 2 / 3]))
    np.testing.assert_allclose(results["mean_score_time"], np.mean([[0, 1, 4], [9, 16, 25]], axis=1))
    np.testing.assert_allclose(results["std_score_time"], np.std([[0, 1, 4], [9, 16, 25]], axis=1))
    np.testing.assert_array_equal(results["mean_n_iter"], [10, 40])
    np.testing.assert_allclose(results["total_shrinkage"], [0.5, 10])
    np.testing.assert_allclose(results["mean_weight_norm"], [5, 20])
    np.testing.assert_allclose(results["mean_weight_norm_layer1"], [3, 12])
    np.testing.assert_allclose(results["mean_weight_norm_layer2"], [4, 16])
    scores[:] = 0
    np.testing.assert_array_equal(results["split2_test_score"], [8, 0.5])


@pytest.mark.parametrize("decay", [None, "decoupled"])
@pytest.mark.parametrize("Chooser", PAIRS)
def test_the_keys_of_grid_search(Chooser, decay):
    """cv_results_ has every key of GridSearchCV, of the same kind, and DataFrames of it line up."""
    settings, alphas = SMALL | {"decay": decay}, [2.0, 0.0, 0.5]
    ours = Chooser(alphas, **settings, cv=2).fit(X, Y).cv_results_
    theirs = GridSearchCV(PAIRS[Chooser](**settings), {"alpha": alphas}, cv=2).fit(X, Y).cv_results_
    added = {"mean_n_iter", "stage", "mean_weight_norm", "mean_weight_norm_layer1", "mean_weight_norm_layer2"}
    added |= {"total_shrinkage"} if decay else set()
    assert ours.keys() - theirs.keys() == added
    assert not theirs.keys() - ours.keys()
    for key, value in theirs.items():
        assert type(ours[key]) is type(value)
        assert len(ours[key]) == 3
        assert key == "params" or ours[key].dtype == value.dtype
    assert ours["params"] == theirs["params"]
    assert all(type(params["alpha"]) is float for params in ours["params"])
    frame = pd.DataFrame(ours)
    assert frame.sort_values("rank_test_score").shape == (3, len(ours))
    shared = [key for key in theirs if not key.endswith("_time")]
    pd.testing.assert_frame_equal(frame[shared], pd.DataFrame(theirs)[shared])
    for key in ("mean_fit_time", "mean_score_time"):
        assert np.all(frame[key] > 0)
    np.testing.assert_array_equal(frame["stage"], 1)
    np.testing.assert_array_equal(frame["mean_n_iter"], 4)


def test_scores_whose_squares_overflow_have_an_infinite_standard_error():
    """A spread that no float can square is ∞: every λ is within it, and numpy does not warn."""
    scores = np.array([[-1e200, -1e180], [-1e201, -1e180]])
    assert standard_error(scores[0]) == np.inf
    assert within_one_standard_error(np.array([0.1, 1.0]), scores, best=0) == 1


def test_a_mean_that_overflows_is_the_worst():
    """Scores of which the sum is beyond the numbers have the mean -∞, without a warning; others are numpy's."""
    scores = np.array([[-1.5e308, -1.5e308], [0.25, 0.75]])
    assert mean_over_folds(scores).tolist() == [-np.inf, 0.5]
