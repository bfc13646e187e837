"""Sample weights and groups in the search: as in GridSearchCV, without metadata routing and with it."""

import numpy as np
import pytest
from sklearn import config_context
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from versions import needs_scikit_learn

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 3))
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(40), [-0.8, 0.3])
WEIGHT = RANDOM.uniform(0, 3, 40)
GROUPS = np.arange(40) % 4
SMALL = {"hidden_layer_sizes": (3,), "batch_size": 10, "max_iter": 4, "random_state": 0, "learning_rate_init": 0.1}
ALPHAS = [2.0, 0.1, 8.0]
PAIRS = {MLPClassifierCV: MLPClassifier, MLPRegressorCV: MLPRegressor}
BOTH = pytest.mark.parametrize("Chooser", PAIRS)


def default_scorer(Chooser):
    """The metric of `score`, by its name."""
    return get_scorer("accuracy" if Chooser is MLPClassifierCV else "r2")


def grid_search(Chooser, **how):
    """The same search in scikit-learn; with routing, weights are for training."""
    return GridSearchCV(PAIRS[Chooser](**SMALL), {"alpha": ALPHAS}, **how)


def assert_same_scores(ours, theirs):
    """Both have the same scores in each fold to the last bit, and predict the same."""
    for split in range(theirs.n_splits_):
        key = f"split{split}_test_score"
        np.testing.assert_array_equal(ours.cv_results_[key], theirs.cv_results_[key])
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    np.testing.assert_array_equal(ours.best_estimator_.coefs_[0], theirs.best_estimator_.coefs_[0])


@pytest.mark.parametrize(
    ("Chooser", "how", "weight"),
    [
        (MLPClassifierCV, {}, WEIGHT),
        (MLPClassifierCV, {"scoring": "accuracy"}, WEIGHT.tolist()),
        (MLPRegressorCV, {}, WEIGHT.tolist()),
        (MLPRegressorCV, {"scoring": get_scorer("r2")}, WEIGHT),
    ],
    ids=["default", "by name", "default", "scorer"],
)
def test_weights_count_in_training_and_in_scores(Chooser, how, weight):
    """Without routing, weights go to training and to the scorer; both change the scores."""
    needs_scikit_learn("1.7", "GridSearchCV scores with sample_weight")
    ours = Chooser(ALPHAS, **SMALL, **how, cv=2).fit(X, Y, sample_weight=weight)
    assert_same_scores(ours, grid_search(Chooser, **how, cv=2).fit(X, Y, sample_weight=weight))
    without = Chooser(ALPHAS, **SMALL, cv=2).fit(X, Y)
    assert np.any(ours.cv_results_["mean_test_score"] != without.cv_results_["mean_test_score"])
    assert np.any(ours.coefs_[0] != without.set_params(alphas=[ours.alpha_]).fit(X, Y).coefs_[0])


@BOTH
def test_weights_for_training_alone(Chooser):
    """A scorer that takes no weights scores without them, and one warning says so, as in GridSearchCV."""

    def score(estimator, X, y):
        return -np.mean((estimator.predict(X) - y) ** 2)

    ours, theirs = Chooser(ALPHAS, **SMALL, cv=2, scoring=score), grid_search(Chooser, cv=2, scoring=score)
    with pytest.warns(UserWarning, match="takes no sample_weight: networks are trained with weights and scored with"):
        ours.fit(X, Y, WEIGHT)
    needs_scikit_learn("1.7", "GridSearchCV scores with sample_weight")
    with pytest.warns(UserWarning, match="does not support sample_weight"):
        theirs.fit(X, Y, sample_weight=WEIGHT)
    assert_same_scores(ours, theirs)


@BOTH
def test_a_callable_may_take_weights(Chooser):
    """A plain callable with a parameter sample_weight gets the weights of the samples held out."""
    seen = []

    def score(estimator, X, y, sample_weight=None):
        seen.append(sample_weight)
        return estimator.alpha

    Chooser([1.0], **SMALL, cv=KFold(2), scoring=score).fit(X, Y, WEIGHT)
    np.testing.assert_array_equal(seen, [WEIGHT[:20], WEIGHT[20:]] * 2)  # of the constants, and of the networks


def test_class_weights_of_each_fold():
    """'balanced' counts the classes, by their weights, among the samples that a fold trains on."""
    needs_scikit_learn("1.7", "GridSearchCV scores with sample_weight")
    settings = SMALL | {"class_weight": "balanced"}
    ours = MLPClassifierCV(ALPHAS, **settings, cv=KFold(3), scoring="neg_log_loss").fit(X, Y, WEIGHT)
    theirs = GridSearchCV(MLPClassifier(**settings), {"alpha": ALPHAS}, cv=KFold(3), scoring="neg_log_loss")
    assert_same_scores(ours, theirs.fit(X, Y, sample_weight=WEIGHT))


@pytest.mark.parametrize("asks", [True, False])
@BOTH
def test_routing_of_weights_and_groups(Chooser, asks):
    """With routing, the splitter gets the groups, and the scorer the weights if it asks for them."""
    with config_context(enable_metadata_routing=True):
        how = {"scoring": default_scorer(Chooser).set_score_request(sample_weight=asks), "cv": GroupKFold(2)}
        theirs = grid_search(Chooser, **how)
        theirs.estimator.set_fit_request(sample_weight=True)
        theirs.fit(X, Y, sample_weight=WEIGHT, groups=GROUPS)
        ours = Chooser(ALPHAS, **SMALL, **how).fit(X, Y, sample_weight=WEIGHT, groups=GROUPS)
        assert_same_scores(ours, theirs)


@BOTH
def test_routing_of_weights_under_another_name(Chooser):
    """With routing, a scorer gets what it asks for, here weights that training does not see."""
    with config_context(enable_metadata_routing=True):
        scoring = default_scorer(Chooser).set_score_request(sample_weight="mass")
        ours = Chooser(ALPHAS, **SMALL, scoring=scoring, cv=2).fit(X, Y, mass=WEIGHT)
        assert_same_scores(ours, grid_search(Chooser, scoring=scoring, cv=2).fit(X, Y, mass=WEIGHT))


@BOTH
def test_routing_changes_nothing_by_default(Chooser):
    """With routing, the default scorer takes the weights, so that the search is the one without routing."""
    plain = Chooser(ALPHAS, **SMALL, cv=2).fit(X, Y, WEIGHT)
    with config_context(enable_metadata_routing=True):
        assert_same_scores(Chooser(ALPHAS, **SMALL, cv=2).fit(X, Y, WEIGHT), plain)
        unweighted = Chooser(ALPHAS, **SMALL, cv=2).fit(X, Y)
    assert_same_scores(unweighted, Chooser(ALPHAS, **SMALL, cv=2).fit(X, Y))


@BOTH
def test_routing_wants_to_be_told(Chooser):
    """Metadata that nobody takes are an error, with routing and without."""
    unwanted = pytest.raises(TypeError, match=r"\{'groups'\}, which are not routed")
    with config_context(enable_metadata_routing=True), unwanted:
        Chooser(ALPHAS, **SMALL, cv=KFold(2)).fit(X, Y, groups=GROUPS)
    with pytest.raises(ValueError, match=r"enable_metadata_routing=True.*\{'mass'\}"):
        Chooser(ALPHAS, **SMALL).fit(X, Y, mass=WEIGHT)


@BOTH
def test_routing_wants_to_be_told_of_weights(Chooser):
    """With routing, a scorer that says nothing of weights is an error."""
    needs_scikit_learn("1.9", "scorers have to say whether they take sample_weight")
    silent = pytest.raises(UnsetMetadataPassedError, match="set_score_request")
    with config_context(enable_metadata_routing=True), silent:
        Chooser(ALPHAS, **SMALL, scoring=default_scorer(Chooser)).fit(X, Y, WEIGHT)


@BOTH
def test_the_search_within_cross_validate(Chooser):
    """Weights and groups find their way through cross_validate and a Pipeline to the search."""
    needs_scikit_learn("1.8", "cross_validate routes to the score of a Pipeline's last step")
    with config_context(enable_metadata_routing=True):
        ours = Chooser(ALPHAS, **SMALL, cv=GroupKFold(2)).set_fit_request(sample_weight=True)
        ours.set_score_request(sample_weight=True)
        model = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), ours)
        params = {"sample_weight": WEIGHT, "groups": GROUPS}
        outer = [(np.flatnonzero(GROUPS > 0), np.flatnonzero(GROUPS == 0))]
        found = cross_validate(model, X, Y, cv=outer, params=params, return_estimator=True)
        train, test = outer[0]
        scaler = StandardScaler().fit(X[train])
        alone = Chooser(ALPHAS, **SMALL, cv=GroupKFold(2))
        alone.fit(scaler.transform(X[train]), Y[train], WEIGHT[train], groups=GROUPS[train])
    np.testing.assert_array_equal(found["estimator"][0][-1].coefs_[0], alone.coefs_[0])
    assert found["test_score"] == [alone.score(scaler.transform(X[test]), Y[test], WEIGHT[test])]


def test_one_number_weighs_all_samples():
    """A number as sample_weight is that weight for all, in training and in scores."""
    one, none = (MLPRegressorCV([0.0, 1.0], **SMALL, cv=2).fit(X, Y, weight) for weight in (2.0, None))
    np.testing.assert_allclose(one.cv_results_["mean_test_score"], none.cv_results_["mean_test_score"], rtol=1e-12)
    np.testing.assert_array_equal(one.predict(X), none.predict(X))
