"""The search finds what GridSearchCV over our own estimators finds with the same folds."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_array
from sklearn.metrics import get_scorer, log_loss, make_scorer
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold, ShuffleSplit

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 3))
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(40), [-0.8, 0.3])  # classes of 7, 19, 14; also counts
LABELS = np.array(["low", "middle", "high"])[Y]
LABELS_OR_NOT = np.column_stack([X[:, 0] > 0, X[:, 1] > X[:, 2]]).astype(int)
REAL = np.column_stack([X[:, 0] + 0.2 * RANDOM.standard_normal(40), X[:, 1] * X[:, 2]])
GROUPS = np.arange(40) % 4
SPARSE = np.where(np.abs(X) > 0.5, X, 0)
FRAME = pd.DataFrame(X, columns=["a", "b", "c"], index=np.arange(40)[::-1])
SMALL = {"hidden_layer_sizes": (3,), "batch_size": 10, "max_iter": 4, "random_state": 0, "learning_rate_init": 0.1}
ALPHAS = [2.0, 0.1, 8.0]  # unsorted
PAIRS = {MLPClassifierCV: MLPClassifier, MLPRegressorCV: MLPRegressor}
TRAIN, TEST = np.split(np.random.default_rng(1).permutation(40), [25])
MASKS = [(np.isin(np.arange(40), TRAIN), np.isin(np.arange(40), TEST)), (GROUPS > 1, GROUPS == 0)]


def search_both(Chooser, X, y, settings, **how):
    """Return (ours, GridSearchCV) of the same search, fitted."""
    ours = Chooser(ALPHAS, **SMALL | settings, **how).fit(X, y)
    return ours, GridSearchCV(PAIRS[Chooser](**SMALL | settings), {"alpha": ALPHAS}, **how).fit(X, y)


def assert_same_search(ours, theirs, X):
    """Both hold the same results to the last bit, times apart, and the same final network."""
    for key, value in theirs.cv_results_.items():
        if not key.endswith("_time"):
            np.testing.assert_array_equal(ours.cv_results_[key], value, err_msg=key)
    assert np.ptp(theirs.cv_results_["mean_test_score"]) > 0  # or any choice would be right
    assert ours.best_index_ == theirs.best_index_
    assert ours.best_params_ == theirs.best_params_ == {"alpha": ours.alpha_}
    assert ours.best_score_ == theirs.best_score_
    assert ours.n_splits_ == theirs.n_splits_
    for prediction in ("predict", "predict_proba", "predict_log_proba"):
        if hasattr(theirs, prediction):
            a, b = getattr(ours, prediction)(X), getattr(theirs, prediction)(X)
            assert type(a) is type(b)
            a, b = (part.toarray() if hasattr(part, "toarray") else part for part in (a, b))
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"penalty": "l2", "optimizer": "sgd", "learning_rate": "adaptive", "tol": 0.1, "n_iter_no_change": 1},
        {"decay": "decoupled", "learning_rate": "cosine"},
        {"decay": "decoupled", "optimizer": "sgd", "learning_rate": "invscaling", "shuffle": False},
        {"early_stopping": True, "validation_fraction": 0.3, "n_iter_no_change": 1},
        {"early_stopping": "loss", "validation_fraction": 0.3, "max_iter": 10, "learning_rate_init": 0.3},
        {"optimizer": "lbfgs", "activation": "tanh"},
        {"dtype": "float32", "hidden_layer_sizes": 3},
        {"batch_size": 7, "random_state": np.random.RandomState(3), "momentum": 0.5},
    ],
    ids=lambda settings: "-".join(map(str, settings.values())) or "default",
)
@pytest.mark.parametrize("Chooser", PAIRS)
def test_the_search_is_that_of_grid_search(Chooser, settings):
    """With every optimizer, mechanism and way to stop, results, choice and final network are GridSearchCV's."""
    y = Y if Chooser is MLPClassifierCV else REAL[:, 0]
    scoring = "neg_log_loss" if Chooser is MLPClassifierCV else None  # the accuracy of so few has many ties
    assert_same_search(*search_both(Chooser, X, y, settings, cv=KFold(2), scoring=scoring), X)


@pytest.mark.parametrize(
    ("Chooser", "X", "y", "settings"),
    [
        (MLPClassifierCV, X, LABELS, {}),
        (MLPClassifierCV, FRAME, pd.Series(LABELS, index=FRAME.index), {}),
        (MLPClassifierCV, X.tolist(), LABELS.tolist(), {}),
        (MLPClassifierCV, X.astype(np.float32), Y, {}),
        (MLPClassifierCV, np.asfortranarray(X), Y > 0, {"dtype": "float32"}),
        (MLPClassifierCV, coo_array(SPARSE), Y, {}),
        (MLPClassifierCV, X, LABELS_OR_NOT, {}),
        (MLPClassifierCV, coo_array(SPARSE), coo_array(LABELS_OR_NOT).tocsr(), {}),
        (MLPClassifierCV, X, Y, {"class_weight": "balanced"}),
        (MLPClassifierCV, X, LABELS, {"class_weight": {"low": 4, "high": 2}}),
        (MLPClassifierCV, X, LABELS_OR_NOT, {"class_weight": [{0: 1, 1: 9}, {1: 3}]}),
        (MLPRegressorCV, X, REAL, {}),
        (MLPRegressorCV, FRAME, pd.DataFrame(REAL, index=FRAME.index), {}),
        (MLPRegressorCV, coo_array(SPARSE), REAL[:, 1], {"decay": "decoupled"}),
        (MLPRegressorCV, X, Y, {"loss": "poisson"}),
        (MLPRegressorCV, X, np.column_stack([Y, Y > 0]), {"loss": "poisson", "optimizer": "lbfgs"}),
    ],
)
def test_data_of_every_kind(Chooser, X, y, settings):
    """Frames, lists, sparse samples, strings, several labels or outputs, counts and class weights: the same search."""
    assert_same_search(*search_both(Chooser, X, y, settings, cv=2), X)


def tell_by_logits(estimator, X, y):
    """A scorer without make_scorer: the mean log probability of the middle class."""
    return estimator.predict_log_proba(X)[:, 1].mean() / (1 + estimator.alpha)


@pytest.mark.parametrize(
    ("Chooser", "scoring"),
    [
        (MLPClassifierCV, None),
        (MLPClassifierCV, "f1_macro"),
        (MLPClassifierCV, get_scorer("roc_auc_ovr")),
        (MLPClassifierCV, make_scorer(log_loss, response_method="predict_proba", greater_is_better=False)),
        (MLPClassifierCV, tell_by_logits),
        (MLPRegressorCV, None),
        (MLPRegressorCV, "neg_mean_absolute_error"),
        (MLPRegressorCV, "neg_max_error"),
        (MLPRegressorCV, lambda estimator, X, y: np.float32(estimator.coefs_[0][0, 0] * estimator.alpha)),
        (MLPRegressorCV, lambda estimator, X, y: np.array(estimator.n_features_in_ - estimator.loss_)),
    ],
)
def test_scoring_of_every_kind(Chooser, scoring):
    """Names, scorers on predictions or probabilities, plain callables and None score as in GridSearchCV."""
    both = search_both(Chooser, X, Y, {}, cv=2, scoring=scoring)
    assert_same_search(*both, X)


@pytest.mark.parametrize(
    ("Chooser", "cv", "n_splits"),
    [
        (MLPClassifierCV, None, 5),
        (MLPRegressorCV, None, 5),
        (MLPClassifierCV, 2, 2),
        (MLPRegressorCV, KFold(3, shuffle=True, random_state=1), 3),
        (MLPClassifierCV, ShuffleSplit(2, test_size=0.3, train_size=0.4, random_state=1), 2),
        (MLPRegressorCV, [(TRAIN, TEST), (TEST, TRAIN), (TRAIN[::-1], TEST[:5])], 3),
        (MLPClassifierCV, [(TRAIN.tolist(), TEST.tolist())], 1),
        (MLPClassifierCV, MASKS, 2),
    ],
    ids=["None", "None", "2", "KFold", "ShuffleSplit", "indices", "one fold", "masks"],
)
def test_folds_of_every_kind(Chooser, cv, n_splits):
    """An int, splitters, and arrays of numbers or of booleans cut the folds that GridSearchCV takes."""
    ours, theirs = search_both(Chooser, X, Y, {}, cv=cv)
    assert_same_search(ours, theirs, X)
    assert ours.n_splits_ == n_splits


@pytest.mark.parametrize("Chooser", PAIRS)
def test_folds_may_be_a_generator(Chooser):
    """Folds that can be gone through only once are enough."""
    once = Chooser(ALPHAS, **SMALL, cv=((TRAIN, TEST) for _ in range(2))).fit(X, Y)
    listed = Chooser(ALPHAS, **SMALL, cv=[(TRAIN, TEST)] * 2).fit(X, Y)
    np.testing.assert_array_equal(once.cv_results_["mean_test_score"], listed.cv_results_["mean_test_score"])


@pytest.mark.parametrize("Chooser", PAIRS)
def test_groups_go_to_the_splitter(Chooser):
    """Groups cut the folds as in GridSearchCV, with one group held out in each."""
    ours, theirs = Chooser(ALPHAS, **SMALL, cv=GroupKFold(4)), PAIRS[Chooser](**SMALL)
    theirs = GridSearchCV(theirs, {"alpha": ALPHAS}, cv=GroupKFold(4)).fit(X, Y, groups=GROUPS)
    assert_same_search(ours.fit(X, Y, groups=GROUPS), theirs, X)
    with pytest.raises(ValueError, match="groups"):
        ours.fit(X, Y)


@pytest.mark.parametrize("Chooser", PAIRS)
def test_threads_change_nothing(Chooser):
    """With two jobs, which share out the alphas of a single fold, the search is the same to the last bit."""
    theirs = search_both(Chooser, X, Y, {}, cv=[(TRAIN, TEST)])[1]
    assert_same_search(Chooser(ALPHAS, **SMALL, cv=[(TRAIN, TEST)], n_jobs=2).fit(X, Y), theirs, X)
