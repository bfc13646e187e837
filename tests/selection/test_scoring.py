"""scoring='loss': the mean loss that training minimises, of one network or of several, as scikit-learn computes it."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_array, csr_matrix
from scipy.special import huber
from sklearn import config_context
from sklearn.metrics import log_loss, mean_gamma_deviance, mean_pinball_loss, mean_poisson_deviance, mean_squared_error
from sklearn.model_selection import GridSearchCV, KFold, cross_validate

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV
from skl2._selection.scoring import find_scorer, is_scorer_name, mean_loss

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((42, 3))
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(42), [-0.8, 0.3])
NAMES = np.array(["low", "middle", "high"])[Y]
LABELS_OR_NOT = np.column_stack([X[:, 0] > 0, X[:, 1] > X[:, 2], X[:, 2] > 0.5]).astype(int)
REAL = np.column_stack([X[:, 0] + 0.2 * RANDOM.standard_normal(42), X[:, 1] * X[:, 2]])
COUNTS = np.column_stack([Y, Y > 0]).astype(float)
WEIGHT = RANDOM.uniform(0, 3, 42)
SMALL = {"hidden_layer_sizes": (3,), "batch_size": 5, "max_iter": 4, "learning_rate_init": 0.1, "random_state": 0}
COMPLETE = SMALL | {"learning_rate": "cosine", "tol": 0.0}
ALPHAS = [2.0, 0.1, 8.0]
FOLDS = KFold(3)
PAIRS = {MLPClassifierCV: MLPClassifier, MLPRegressorCV: MLPRegressor}
BOTH = pytest.mark.parametrize("Chooser", PAIRS)
COLUMN = pytest.mark.filterwarnings("ignore:A column-vector y was passed")
LOSS = find_scorer("loss")


def of_classes(model, X, y, weight):
    """scikit-learn's log loss of one label per sample."""
    return log_loss(y, model.predict_proba(X), labels=model.classes_, sample_weight=weight)


def of_labels(model, X, y, weight):
    """The sum of scikit-learn's log losses of the labels."""
    probability, y = model.predict_proba(X), y.toarray() if hasattr(y, "toarray") else np.asarray(y)
    return sum(log_loss(y[:, k], probability[:, k], sample_weight=weight) for k in range(y.shape[1]))


def of_values(model, X, y, weight):
    """Half of scikit-learn's squared error, summed over outputs."""
    y = y.toarray() if hasattr(y, "toarray") else y
    error = mean_squared_error(y, model.predict(X), sample_weight=weight, multioutput="raw_values")
    return np.sum(error) / 2


def of_counts(model, X, y, weight):
    """Half of scikit-learn's Poisson deviance, summed over outputs."""
    prediction, y = model.predict(X).reshape(len(y), -1), y.reshape(len(y), -1)
    deviances = [mean_poisson_deviance(*pair, sample_weight=weight) for pair in zip(y.T, prediction.T, strict=True)]
    return np.sum(deviances) / 2


def of_amounts(model, X, y, weight):
    """Half the mean gamma deviances, summed."""
    pairs = zip(y.T, model.predict(X).T, strict=True)
    return sum(mean_gamma_deviance(*pair, sample_weight=weight) for pair in pairs) / 2


def of_distances(model, X, y, weight):
    """The mean absolute errors, summed."""
    return np.average(np.abs(y - model.predict(X)).sum(axis=1), weights=weight)


def of_outliers(model, X, y, weight):
    """Huber's loss, summed."""
    return np.average(huber(model.huber_delta, y - model.predict(X)).sum(axis=1), weights=weight)


def of_levels(model, X, y, weight):
    """The pinball losses, summed over quantiles."""
    columns = zip(model.predict(X).T, model.quantile, strict=True)
    return sum(mean_pinball_loss(y, each, alpha=level, sample_weight=weight) for each, level in columns)


KINDS = pytest.mark.parametrize(
    ("Chooser", "y", "settings", "expected"),
    [
        pytest.param(MLPClassifierCV, Y, {}, of_classes, id="classes"),
        pytest.param(MLPClassifierCV, NAMES, {"dtype": "float32"}, of_classes, id="float32"),
        pytest.param(MLPClassifierCV, NAMES.tolist(), {}, of_classes, id="list"),
        pytest.param(MLPClassifierCV, pd.Series(NAMES, dtype="category"), {}, of_classes, id="series"),
        pytest.param(MLPClassifierCV, NAMES.astype(object), {}, of_classes, id="objects"),
        pytest.param(MLPClassifierCV, Y > 0, {}, of_classes, id="two classes"),
        pytest.param(MLPClassifierCV, LABELS_OR_NOT, {}, of_labels, id="labels"),
        pytest.param(MLPClassifierCV, LABELS_OR_NOT.tolist(), {}, of_labels, id="list of labels"),
        pytest.param(MLPClassifierCV, pd.DataFrame(LABELS_OR_NOT), {}, of_labels, id="frame of labels"),
        pytest.param(MLPClassifierCV, csr_matrix(LABELS_OR_NOT), {}, of_labels, id="sparse labels"),
        pytest.param(MLPRegressorCV, REAL[:, 0], {}, of_values, id="values"),
        pytest.param(MLPRegressorCV, REAL[:, :1].tolist(), {}, of_values, id="column", marks=COLUMN),
        pytest.param(MLPRegressorCV, REAL, {}, of_values, id="outputs"),
        pytest.param(MLPRegressorCV, coo_array(REAL).tocsr(), {}, of_values, id="sparse outputs"),
        pytest.param(MLPRegressorCV, COUNTS[:, 0], {"loss": "poisson"}, of_counts, id="counts"),
        pytest.param(MLPRegressorCV, COUNTS, {"loss": "poisson"}, of_counts, id="several counts"),
        pytest.param(MLPRegressorCV, np.exp(REAL), {"loss": "gamma"}, of_amounts, id="several amounts"),
        pytest.param(MLPRegressorCV, REAL, {"loss": "absolute_error"}, of_distances, id="absolute error"),
        pytest.param(MLPRegressorCV, REAL, {"loss": "huber", "huber_delta": 0.3}, of_outliers, id="huber"),
        pytest.param(
            MLPRegressorCV, REAL[:, 0], {"loss": "quantile", "quantile": [0.2, 0.9]}, of_levels, id="quantiles"
        ),
        pytest.param(MLPClassifierCV, Y, {"label_smoothing": 0.2}, of_classes, id="smoothed classes"),
        pytest.param(MLPClassifierCV, LABELS_OR_NOT, {"label_smoothing": 0.2}, of_labels, id="smoothed labels"),
    ],
)


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["", "weights"])
@KINDS
def test_the_loss_is_that_of_scikit_learn(Chooser, y, settings, expected, weight):
    """Log loss, half the squared error and half the Poisson deviance, of single networks and of their mean."""
    model = Chooser([0.1], **COMPLETE | settings, cv=FOLDS, ensemble=True, scoring="loss").fit(X, y)
    alone = PAIRS[Chooser](**COMPLETE | settings).fit(X, y)
    weights = {} if weight is None else {"sample_weight": weight}
    for each in (model, model.estimators_[0], alone):
        loss = expected(each, X, y, weight)
        assert mean_loss(each, X, y, **weights) == pytest.approx(loss, rel=1e-6 if settings else 1e-12)
        assert LOSS(each, X, y, **weights) == -mean_loss(each, X, y, **weights)
    assert model.score(X, y, weight) == LOSS(model, X, y, **weights)


@pytest.mark.parametrize(
    ("Estimator", "y", "settings"),
    [
        (MLPClassifier, Y, {}),
        (MLPClassifier, Y > 0, {}),
        (MLPClassifier, LABELS_OR_NOT, {}),
        (MLPRegressor, REAL, {}),
        (MLPRegressor, COUNTS, {"loss": "poisson"}),
    ],
    ids=["classes", "two classes", "labels", "values", "counts"],
)
def test_the_loss_is_what_training_minimises(Estimator, y, settings):
    """Where L-BFGS without a penalty ends, loss_ of the network is the loss that the scorer says."""
    settings = {"optimizer": "lbfgs", "penalty": None, "hidden_layer_sizes": (), "max_iter": 500} | settings
    y = y if Estimator is MLPRegressor else np.roll(y, 7, axis=0)  # not to be separated
    model = Estimator(**settings).fit(X, y)
    assert mean_loss(model, X, y) == pytest.approx(model.loss_, rel=1e-9)


@pytest.mark.filterwarnings("ignore:The network has learned nothing")  # at the larger alphas, which are not chosen
@BOTH
def test_the_search_is_that_of_grid_search_with_this_scorer(Chooser):
    """'loss' is a scorer like any: GridSearchCV and cross_validate take the object, and find what our search finds."""
    ours = Chooser(ALPHAS, **COMPLETE, cv=FOLDS, scoring="loss").fit(X, Y)
    theirs = GridSearchCV(PAIRS[Chooser](**COMPLETE), {"alpha": ALPHAS}, cv=FOLDS, scoring=LOSS).fit(X, Y)
    for key in ("split0_test_score", "mean_test_score", "rank_test_score"):
        np.testing.assert_array_equal(ours.cv_results_[key], theirs.cv_results_[key])
    assert ours.best_score_ == theirs.best_score_ < 0
    assert ours.score(X, Y) == theirs.score(X, Y)
    folds = cross_validate(PAIRS[Chooser](**COMPLETE, alpha=ours.alpha_), X, Y, cv=FOLDS, scoring=LOSS)
    np.testing.assert_array_equal(folds["test_score"].mean(), ours.best_score_)


@BOTH
def test_weights_of_a_search(Chooser):
    """Samples of a fold are scored with their weights, and those of weight 0 do not matter."""
    ours = Chooser([0.1], **COMPLETE, cv=FOLDS, scoring="loss").fit(X, Y, WEIGHT)
    for split, (train, test) in enumerate(FOLDS.split(X)):
        alone = PAIRS[Chooser](**COMPLETE, alpha=0.1).fit(X[train], Y[train], WEIGHT[train])
        assert ours.cv_results_[f"split{split}_test_score"][0] == LOSS(
            alone, X[test], Y[test], sample_weight=WEIGHT[test]
        )
    none = np.where(np.arange(42) < 20, WEIGHT, 0)
    assert mean_loss(alone, X, Y, none) == pytest.approx(mean_loss(alone, X[:20], Y[:20], WEIGHT[:20]), rel=1e-12)


@BOTH
def test_routing_of_weights(Chooser):
    """With metadata routing 'loss' gets the weights that fit gets, unless fit was told to take none."""
    plain = Chooser(ALPHAS, **COMPLETE, cv=FOLDS, scoring="loss").fit(X, Y, WEIGHT)
    with config_context(enable_metadata_routing=True):
        routed = Chooser(ALPHAS, **COMPLETE, cv=FOLDS, scoring="loss").fit(X, Y, sample_weight=WEIGHT)
        again = pickle.loads(pickle.dumps(routed))
        assert again.scorer_.get_metadata_routing().score.requests == {"sample_weight": True}
        assert routed.__getstate__()["scorer_"] == {"name": "loss", "sample_weight": True}
        refused = Chooser(ALPHAS, **COMPLETE, cv=FOLDS, scoring="loss").set_fit_request(sample_weight=False).fit(X, Y)
        assert refused.scorer_.get_metadata_routing().score.requests == {"sample_weight": False}
        own = copy.deepcopy(LOSS).set_score_request(sample_weight="mass")
        unseen = Chooser([0.1], **COMPLETE, cv=FOLDS, scoring=own).fit(X, Y, mass=WEIGHT)
    np.testing.assert_array_equal(routed.cv_results_["mean_test_score"], plain.cv_results_["mean_test_score"])
    assert again.score(X, Y, WEIGHT) == plain.score(X, Y, WEIGHT)
    train, test = next(FOLDS.split(X))
    alone = PAIRS[Chooser](**COMPLETE, alpha=0.1).fit(X[train], Y[train])
    weighted = LOSS(alone, X[test], Y[test], sample_weight=WEIGHT[test])
    assert unseen.cv_results_["split0_test_score"][0] == weighted
    assert getattr(LOSS, "_metadata_request", None) is None  # what all searches share is as it was


@BOTH
def test_pickles_keep_the_name(Chooser):
    """The state of a search names the scorer, and what comes back scores the same."""
    model = Chooser([0.1], **COMPLETE, cv=FOLDS, scoring="loss").fit(X, Y)
    assert model.__getstate__()["scorer_"] == "loss"
    again = pickle.loads(pickle.dumps(model))
    assert again.scorer_ is LOSS
    assert again.score(X, Y) == model.score(X, Y)
    assert pickle.loads(pickle.dumps(LOSS))(model.best_estimator_, X, Y) == model.score(X, Y)


def test_names_of_scorers():
    """'loss' is a name beside those of scikit-learn."""
    assert is_scorer_name("loss")
    assert is_scorer_name("accuracy")
    assert not is_scorer_name("losses")
    with pytest.raises(ValueError, match="'losses' is not a valid scoring value"):
        MLPRegressorCV(ALPHAS, **COMPLETE, scoring="losses").fit(X, Y)


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_labels_that_a_network_does_not_know(missing):
    """Where a fold trains without a class, no network can be scored on it: the error says why, and which fold it is."""
    without = np.flatnonzero(np.not_equal(Y, missing)), np.arange(42)
    model = MLPClassifierCV([0.1], **COMPLETE, cv=[*FOLDS.split(X), without], scoring="loss")
    words = "ValueError: y has labels that were not among those to train on"
    with pytest.raises(ValueError, match=rf"fold 4 of 4, and nothing was trained: {words}: \[{missing}\]\.$"):
        model.fit(X, Y)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_labels_that_are_certain_and_wrong(dtype):
    """Where p rounds to 1, 1 - p counts as the smallest difference from 1 (it counted as 1e-308, and one label 708)."""
    model = MLPClassifier(**COMPLETE, dtype=dtype).fit(X, LABELS_OR_NOT)
    far = (1e5 * X).astype(dtype)
    probability = model.predict_proba(far)
    assert np.any(probability == 1)
    certain = np.isin(probability, [0, 1]).all(axis=1)
    wrong = 1 - probability[certain].astype(int)
    loss = mean_loss(model, far[certain], wrong)
    raw = model._raw_prediction(far[certain]).astype(float)
    exact = np.where(raw > 0, np.log(np.finfo(dtype).eps) * -1, -raw)  # of what is 0 the logarithm is exact
    assert loss == pytest.approx(exact.sum(axis=1).mean(), rel=1e-5)
