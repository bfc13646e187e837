"""Metadata routing through estimators of estimators, against the same done by hand.

Pipelines, cross_validate and GridSearchCV are in test_ecosystem.py, test_ecosystem_cv.py and
tests/inputs/test_validation_set.py.
"""

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.metrics import get_scorer
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    TunedThresholdClassifierCV,
    cross_val_predict,
    cross_val_score,
    learning_curve,
)
from sklearn.multioutput import MultiOutputRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((60, 3)) * [1, 10, 0.1]
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(60), [-0.5, 0.5])
WEIGHT = RANDOM.uniform(0, 2, 60)
GROUPS = np.arange(60) % 6
VALIDATION = {"X_val": X[:20] + 0.1, "y_val": Y[:20]}
SMALL = {"hidden_layer_sizes": (5,), "batch_size": 10, "max_iter": 5, "learning_rate_init": 0.05, "random_state": 0}
PLAIN, EARLY = MLPClassifier(**SMALL), MLPClassifier(**SMALL, early_stopping=True)
SEARCH = MLPClassifierCV([0, 0.3], cv=KFold(2), **SMALL)
MODELS = pytest.mark.parametrize("plain", [PLAIN, SEARCH], ids=["MLP", "CV"])


@pytest.fixture(autouse=True)
def routing():
    """Metadata routing is on."""
    with config_context(enable_metadata_routing=True):
        yield


def weighted(model):
    """Return a copy that asks for weights in training, and for none in score."""
    model = clone(model).set_fit_request(sample_weight=True)
    if hasattr(model, "partial_fit"):
        model.set_partial_fit_request(sample_weight=True)
    return model.set_score_request(sample_weight=False)


@MODELS
def test_stacking(plain):
    """A stack hands weights to the network that asks for them, in its folds too, and none to the one that does not."""
    parts = [("net", weighted(plain)), ("bayes", GaussianNB().set_fit_request(sample_weight=False))]
    last = GaussianNB().set_fit_request(sample_weight=True)  # gets them anyway, in scikit-learn 1.9
    stack = StackingClassifier(parts, last, cv=KFold(3)).fit(X, Y, sample_weight=WEIGHT)
    outputs = np.empty((60, 3))
    for train, test in KFold(3).split(X):
        fold = clone(plain).fit(X[train], Y[train], sample_weight=WEIGHT[train])
        outputs[test] = fold.predict_proba(X[test])
    others = cross_val_predict(GaussianNB(), X, Y, cv=KFold(3), method="predict_proba", params={})
    expected = GaussianNB().fit(np.c_[outputs, others], Y, WEIGHT)
    np.testing.assert_allclose(stack.final_estimator_.theta_, expected.theta_, rtol=1e-9)
    whole = clone(plain).fit(X, Y, sample_weight=WEIGHT)
    np.testing.assert_array_equal(stack.estimators_[0].predict_proba(X), whole.predict_proba(X))


@MODELS
def test_calibration(plain):
    """So does calibration, in each of its folds."""
    model = CalibratedClassifierCV(weighted(plain), cv=KFold(3)).fit(X, Y, sample_weight=WEIGHT)
    for calibrated, (train, _) in zip(model.calibrated_classifiers_, KFold(3).split(X), strict=True):
        alone = clone(plain).fit(X[train], Y[train], sample_weight=WEIGHT[train])
        np.testing.assert_array_equal(calibrated.estimator.predict_proba(X), alone.predict_proba(X))


@MODELS
def test_voting_and_several_outputs(plain):
    """So do VotingClassifier and MultiOutputRegressor."""
    voting = VotingClassifier([("net", weighted(plain))], voting="soft").fit(X, Y, sample_weight=WEIGHT)
    alone = clone(plain).fit(X, Y, sample_weight=WEIGHT)
    np.testing.assert_array_equal(voting.predict_proba(X), alone.predict_proba(X))
    outputs = MultiOutputRegressor(weighted(MLPRegressor(**SMALL))).fit(X, X, sample_weight=WEIGHT)
    alone = MLPRegressor(**SMALL).fit(X, X[:, 1], WEIGHT)
    np.testing.assert_array_equal(outputs.predict(X)[:, 1], alone.predict(X))


def test_bagging_of_samples_or_weights():
    """A network that asks for weights gets how often a sample was drawn; one that does not gets the samples drawn."""
    for ask in (True, False):
        bag = BaggingClassifier(clone(PLAIN).set_fit_request(sample_weight=ask), 2, random_state=0).fit(X, Y)
        for member, drawn in zip(bag.estimators_, bag.estimators_samples_, strict=True):
            given = (X, Y, np.bincount(drawn, minlength=60)) if ask else (X[drawn], Y[drawn])
            np.testing.assert_array_equal(clone(member).fit(*given).predict_proba(X), member.predict_proba(X))


def test_validation_sets_for_every_member():
    """A validation set reaches every member of an ensemble, each of which stops by it."""
    early = clone(EARLY).set_fit_request(X_val=True, y_val=True)
    voting = VotingClassifier([("net", early), ("other", clone(early).set_params(alpha=1))], voting="soft")
    voting.fit(X, Y, **VALIDATION)
    for member in voting.estimators_:
        assert member.validation_scores_ == clone(member).fit(X, Y, **VALIDATION).validation_scores_


def test_validation_sets_through_a_pipeline_in_a_search():
    """A search over a pipeline that scales X_val too gives it to every fold."""
    early = clone(EARLY).set_fit_request(X_val=True, y_val=True)
    pipeline = Pipeline([("scale", StandardScaler()), ("net", early)], transform_input=["X_val"])
    search = GridSearchCV(pipeline, {"net__alpha": [0, 1]}, cv=KFold(2), error_score="raise").fit(X, Y, **VALIDATION)
    for row, alpha in enumerate((0, 1)):
        for k, (train, test) in enumerate(KFold(2).split(X)):
            scaler = StandardScaler().fit(X[train])
            own = {"X_val": scaler.transform(VALIDATION["X_val"]), "y_val": VALIDATION["y_val"]}
            alone = clone(EARLY).set_params(alpha=alpha).fit(scaler.transform(X[train]), Y[train], **own)
            score = alone.score(scaler.transform(X[test]), Y[test])
            assert search.cv_results_[f"split{k}_test_score"][row] == score


def test_search_in_a_search():
    """GridSearchCV hands weights to a pipeline whose last step searches for alpha in folds of its own."""
    pipeline = make_pipeline(StandardScaler().set_fit_request(sample_weight=True), weighted(SEARCH))
    scorer = get_scorer("accuracy").set_score_request(sample_weight=True)
    grid = {"mlpclassifiercv__hidden_layer_sizes": [(), (4,)]}
    search = GridSearchCV(pipeline, grid, scoring=scorer, cv=KFold(2), error_score="raise")
    search.fit(X, Y, sample_weight=WEIGHT)
    for row, layers in enumerate([(), (4,)]):
        for k, (train, test) in enumerate(KFold(2).split(X)):
            scaler = StandardScaler().fit(X[train], sample_weight=WEIGHT[train])
            alone = clone(SEARCH).set_params(hidden_layer_sizes=layers)
            alone.fit(scaler.transform(X[train]), Y[train], sample_weight=WEIGHT[train])
            score = alone.score(scaler.transform(X[test]), Y[test], WEIGHT[test])
            assert search.cv_results_[f"split{k}_test_score"][row] == score


def test_groups_and_weights_of_nested_folds():
    """cross_val_score hands groups to its own folds and to those of the search, and weights to training."""
    search = weighted(clone(SEARCH).set_params(cv=GroupKFold(2)))
    metadata = {"groups": GROUPS, "sample_weight": WEIGHT}
    scores = cross_val_score(search, X, Y, cv=GroupKFold(3), params=metadata, error_score="raise")
    for score, (train, test) in zip(scores, GroupKFold(3).split(X, Y, GROUPS), strict=True):
        alone = clone(search).fit(X[train], Y[train], sample_weight=WEIGHT[train], groups=GROUPS[train])
        assert score == alone.score(X[test], Y[test])


def test_learning_curve():
    """learning_curve hands on the weights of the samples that it takes."""
    params = {"sample_weight": WEIGHT}
    scores = learning_curve(weighted(PLAIN), X, Y, train_sizes=[20], cv=KFold(2), params=params)[2][0]
    for score, (train, test) in zip(scores, KFold(2).split(X), strict=True):
        assert score == clone(PLAIN).fit(X[train[:20]], Y[train[:20]], WEIGHT[train[:20]]).score(X[test], Y[test])


def test_tuned_threshold():
    """TunedThresholdClassifierCV trains with the weights."""
    scorer = get_scorer("balanced_accuracy").set_score_request(sample_weight=True)
    model = TunedThresholdClassifierCV(weighted(PLAIN), scoring=scorer, cv=3).fit(X, Y > 0, sample_weight=WEIGHT)
    alone = clone(PLAIN).fit(X, Y > 0, WEIGHT)
    np.testing.assert_array_equal(model.estimator_.predict_proba(X), alone.predict_proba(X))


@MODELS
def test_what_was_not_asked_for(plain):
    """Weights for a network that says nothing of them are an error in every ensemble."""
    for ensemble in (
        VotingClassifier([("net", plain)], voting="soft"),
        StackingClassifier([("net", plain)]),
        CalibratedClassifierCV(plain),
        make_pipeline(plain),
    ):
        with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
            ensemble.fit(X, Y, sample_weight=WEIGHT)
