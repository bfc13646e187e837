"""scikit-learn's estimators of estimators around ours: each result is the one of the same steps done by hand."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.feature_selection import RFE, SelectFromModel, SequentialFeatureSelector
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Ridge
from sklearn.model_selection import (
    FixedThresholdClassifier,
    KFold,
    StratifiedKFold,
    TunedThresholdClassifierCV,
    cross_val_predict,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor, RegressorChain
from sklearn.naive_bayes import GaussianNB
from sklearn.semi_supervised import SelfTrainingClassifier

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((90, 4))
THREE = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(90), [-0.5, 0.5])
TWO = np.where(THREE > 0, "yes", "no")
TARGET = X @ [1.0, -2.0, 0.0, 0.5] + 0.1 * RANDOM.standard_normal(90)
BOTH = np.c_[TARGET, X[:, 3] - X[:, 1]]
NEW = RANDOM.standard_normal((30, 4))
WEIGHT = RANDOM.uniform(0, 2, 90)
SMALL = {"hidden_layer_sizes": (5,), "batch_size": 20, "max_iter": 5, "learning_rate_init": 0.05, "random_state": 0}
CLASSIFIER = MLPClassifier(**SMALL)
REGRESSOR = MLPRegressor(**SMALL)
SEARCH = {"alphas": [0, 0.1], "cv": 2}
CLASSIFIERS = pytest.mark.parametrize("model", [CLASSIFIER, MLPClassifierCV(**SEARCH, **SMALL)], ids=["MLP", "CV"])
REGRESSORS = pytest.mark.parametrize("model", [REGRESSOR, MLPRegressorCV(**SEARCH, **SMALL)], ids=["MLP", "CV"])


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
@CLASSIFIERS
def test_calibration(model, method):
    """CalibratedClassifierCV is the mean of networks, each calibrated on the samples that it has not seen."""
    folds = StratifiedKFold(3)
    calibrated = CalibratedClassifierCV(model, method=method, cv=folds).fit(X, THREE)
    probability = []
    for train, test in folds.split(X, THREE):
        frozen = FrozenEstimator(clone(model).fit(X[train], THREE[train]))
        probability.append(CalibratedClassifierCV(frozen, method=method).fit(X[test], THREE[test]).predict_proba(NEW))
    np.testing.assert_allclose(calibrated.predict_proba(NEW), np.mean(probability, axis=0), rtol=1e-10)


def test_frozen():
    """A FrozenEstimator around a network predicts what it predicts, and fit leaves it alone."""
    model = clone(CLASSIFIER).fit(X, THREE)
    before = model.predict_proba(NEW)
    frozen = FrozenEstimator(model).fit(X[:10], THREE[:10])
    np.testing.assert_array_equal(frozen.predict_proba(NEW), before)
    assert clone(frozen).estimator is model


@CLASSIFIERS
def test_bagging_of_classifiers(model):
    """BaggingClassifier is the mean of networks, each with the samples drawn for it as weights, and its features."""
    bag = BaggingClassifier(model, 3, max_features=3, random_state=0).fit(X, THREE)
    probability = []
    for member, samples, features in zip(
        bag.estimators_, bag.estimators_samples_, bag.estimators_features_, strict=True
    ):
        alone = clone(member).fit(X[:, features], THREE, np.bincount(samples, minlength=90))
        probability.append(alone.predict_proba(NEW[:, features]))
    np.testing.assert_allclose(bag.predict_proba(NEW), np.mean(probability, axis=0), rtol=1e-12)
    assert len({member.random_state for member in bag.estimators_}) == 3


@REGRESSORS
def test_bagging_of_regressors(model):
    """So is BaggingRegressor."""
    bag = BaggingRegressor(model, 3, random_state=0).fit(X, TARGET)
    prediction = []
    for member, samples in zip(bag.estimators_, bag.estimators_samples_, strict=True):
        prediction.append(clone(member).fit(X, TARGET, np.bincount(samples, minlength=90)).predict(NEW))
    np.testing.assert_allclose(bag.predict(NEW), np.mean(prediction, axis=0), rtol=1e-12)


@CLASSIFIERS
def test_stacking_of_classifiers(model):
    """StackingClassifier trains its last estimator on what cross_val_predict says of the samples."""
    stack = StackingClassifier([("net", model), ("bayes", GaussianNB())], GaussianNB(), cv=KFold(3)).fit(X, THREE)
    parts = [cross_val_predict(part, X, THREE, cv=KFold(3), method="predict_proba") for part in (model, GaussianNB())]
    last = GaussianNB().fit(np.hstack(parts), THREE)
    fitted = [clone(part).fit(X, THREE).predict_proba(NEW) for part in (model, GaussianNB())]
    np.testing.assert_allclose(stack.predict_proba(NEW), last.predict_proba(np.hstack(fitted)), rtol=1e-8)


@REGRESSORS
def test_stacking_of_regressors(model):
    """So does StackingRegressor, here with a network on top, and with the samples themselves passed on."""
    stack = StackingRegressor([("net", model), ("linear", Ridge())], REGRESSOR, cv=KFold(3), passthrough=True)
    stack.fit(X, TARGET)
    parts = [cross_val_predict(part, X, TARGET, cv=KFold(3)) for part in (model, Ridge())]
    last = clone(REGRESSOR).fit(np.c_[*parts, X], TARGET)
    fitted = [clone(part).fit(X, TARGET).predict(NEW) for part in (model, Ridge())]
    np.testing.assert_allclose(stack.predict(NEW), last.predict(np.c_[*fitted, NEW]), rtol=1e-10)


def test_voting_of_classifiers():
    """VotingClassifier is the weighted mean of probabilities, each network trained with the sample weights."""
    second = clone(CLASSIFIER).set_params(random_state=1)
    voting = VotingClassifier([("a", CLASSIFIER), ("b", second)], voting="soft", weights=[1, 3])
    probability = [clone(part).fit(X, TWO, WEIGHT).predict_proba(NEW) for part in (CLASSIFIER, second)]
    voting.fit(X, TWO, sample_weight=WEIGHT)
    np.testing.assert_allclose(voting.predict_proba(NEW), np.average(probability, axis=0, weights=[1, 3]))


@REGRESSORS
def test_voting_of_regressors(model):
    """VotingRegressor is the weighted mean of predictions."""
    voting = VotingRegressor([("net", model), ("linear", Ridge())], weights=[2, 1]).fit(X, TARGET)
    prediction = [clone(part).fit(X, TARGET).predict(NEW) for part in (model, Ridge())]
    np.testing.assert_allclose(voting.predict(NEW), np.average(prediction, axis=0, weights=[2, 1]))


def test_boosting_of_classifiers():
    """AdaBoostClassifier trains each network with the weights that the mistakes of those before it give."""
    boost = AdaBoostClassifier(CLASSIFIER, n_estimators=3, random_state=0).fit(X, THREE)
    weight = np.full(90, 1 / 90)
    for member, its_error in zip(boost.estimators_, boost.estimator_errors_, strict=False):
        alone = clone(member).fit(X, THREE, weight)
        np.testing.assert_allclose(alone.predict_proba(NEW), member.predict_proba(NEW), rtol=1e-10)
        wrong = alone.predict(X) != THREE
        error = np.average(wrong, weights=weight)
        assert its_error == pytest.approx(error)
        weight *= np.exp((np.log((1 - error) / error) + np.log(2)) * wrong)  # SAMME, three classes
        weight /= weight.sum()
    assert len(boost.estimators_) == 3


def test_boosting_of_regressors():
    """AdaBoostRegressor predicts the weighted median of its networks."""
    boost = AdaBoostRegressor(REGRESSOR, n_estimators=3, random_state=0).fit(X, TARGET)
    predictions = np.array([member.predict(NEW) for member in boost.estimators_])
    order = np.argsort(predictions, axis=0)
    weights = np.cumsum(boost.estimator_weights_[: len(predictions)][order], axis=0)
    median = np.argmax(weights >= weights[-1] / 2, axis=0)
    expected = np.take_along_axis(predictions, np.take_along_axis(order, median[np.newaxis], axis=0), axis=0)[0]
    np.testing.assert_array_equal(boost.predict(NEW), expected)


def test_one_against_the_rest():
    """OneVsRestClassifier is one binary network for each class, normalised."""
    model = OneVsRestClassifier(CLASSIFIER).fit(X, THREE)
    columns = [clone(CLASSIFIER).fit(X, (k == THREE).astype(int)).predict_proba(NEW)[:, 1] for k in range(3)]
    np.testing.assert_allclose(model.predict_proba(NEW), np.transpose(columns / np.sum(columns, axis=0)))


def test_one_against_one():
    """OneVsOneClassifier is one binary network for each pair of classes, on their samples."""
    model = OneVsOneClassifier(CLASSIFIER).fit(X, THREE)
    for member, (first, second) in zip(model.estimators_, [(0, 1), (0, 2), (1, 2)], strict=True):
        pair = np.isin(THREE, [first, second])
        alone = clone(CLASSIFIER).fit(X[pair], (THREE[pair] == second).astype(int))
        np.testing.assert_array_equal(member.predict_proba(NEW), alone.predict_proba(NEW))
    assert set(model.predict(NEW)) <= {0, 1, 2}


def test_output_codes():
    """OutputCodeClassifier is one network for each bit of its code book."""
    model = OutputCodeClassifier(CLASSIFIER, code_size=2, random_state=3).fit(X, THREE)
    bits = [clone(CLASSIFIER).fit(X, column).predict_proba(NEW)[:, 1] for column in model.code_book_[THREE].T]
    distance = np.linalg.norm(np.transpose(bits)[:, np.newaxis] - model.code_book_, axis=2)
    np.testing.assert_array_equal(model.predict(NEW), distance.argmin(axis=1))


@CLASSIFIERS
def test_several_labels(model):
    """MultiOutputClassifier is one network for each column of labels, which may be of several kinds."""
    labels = np.c_[THREE, THREE > 0].astype(int)
    outputs = MultiOutputClassifier(model).fit(X, labels)
    for column, probability in enumerate(outputs.predict_proba(NEW)):
        alone = clone(model).fit(X, labels[:, column])
        np.testing.assert_array_equal(probability, alone.predict_proba(NEW))


@REGRESSORS
def test_several_outputs(model):
    """MultiOutputRegressor is one network for each output, trained with the sample weights."""
    prediction = MultiOutputRegressor(model).fit(X, BOTH, sample_weight=WEIGHT).predict(NEW)
    expected = [clone(model).fit(X, column, WEIGHT).predict(NEW) for column in BOTH.T]
    np.testing.assert_array_equal(prediction, np.transpose(expected))


def test_chains():
    """In a chain the second network sees the first output: the true one in training, then the predicted one."""
    labels = np.c_[THREE > 0, THREE > 1].astype(int)
    for Chain, model, y in ((ClassifierChain, CLASSIFIER, labels), (RegressorChain, REGRESSOR, BOTH)):
        chain = Chain(model).fit(X, y)
        first = clone(model).fit(X, y[:, 0]).predict(NEW)
        second = clone(model).fit(np.c_[X, y[:, 0]], y[:, 1]).predict(np.c_[NEW, first])
        np.testing.assert_array_equal(chain.predict(NEW), np.c_[first, second])


@REGRESSORS
def test_transformed_targets(model):
    """TransformedTargetRegressor trains on transformed targets and transforms predictions back."""
    model = TransformedTargetRegressor(model, func=np.arcsinh, inverse_func=np.sinh).fit(X, TARGET)
    expected = np.sinh(clone(model.regressor).fit(X, np.arcsinh(TARGET)).predict(NEW))
    np.testing.assert_array_equal(model.predict(NEW), expected)


def test_partial_fit_of_several_outputs():
    """MultiOutputRegressor.partial_fit goes on with each network."""
    model, alone = MultiOutputRegressor(REGRESSOR), [clone(REGRESSOR), clone(REGRESSOR)]
    for part in (slice(0, 40), slice(40, 90)):
        model.partial_fit(X[part], BOTH[part])
        alone = [network.partial_fit(X[part], BOTH[part, k]) for k, network in enumerate(alone)]
    np.testing.assert_array_equal(model.predict(NEW), np.transpose([network.predict(NEW) for network in alone]))


def test_self_training():
    """SelfTrainingClassifier is trained again with the labels that it is sure of."""
    labels = np.where(np.arange(90) % 3, -1, THREE)
    model = SelfTrainingClassifier(CLASSIFIER, threshold=0.6, max_iter=1).fit(X, labels)
    known = labels >= 0
    first = clone(CLASSIFIER).fit(X[known], labels[known])
    probability = first.predict_proba(X[~known])
    sure = np.flatnonzero(~known)[probability.max(axis=1) > 0.6]
    assert 0 < sure.size < 60
    labels[sure] = first.predict(X[sure])
    np.testing.assert_array_equal(model.transduction_, labels)
    expected = clone(CLASSIFIER).fit(X[labels >= 0], labels[labels >= 0])
    np.testing.assert_array_equal(model.predict_proba(NEW), expected.predict_proba(NEW))


@CLASSIFIERS
def test_tuned_threshold(model):
    """TunedThresholdClassifierCV says yes from one probability on; a FixedThresholdClassifier says the same."""
    tuned = TunedThresholdClassifierCV(model, scoring="balanced_accuracy", cv=3).fit(X, TWO)
    alone = clone(model).fit(X, TWO)
    expected = np.where(alone.predict_proba(NEW)[:, 1] >= tuned.best_threshold_, "yes", "no")
    np.testing.assert_array_equal(tuned.predict(NEW), expected)
    fixed = FixedThresholdClassifier(FrozenEstimator(alone), threshold=tuned.best_threshold_, pos_label="yes")
    np.testing.assert_array_equal(fixed.fit(X, TWO).predict(NEW), expected)


def test_elimination_of_features_is_told_what_is_important():
    """RFE and SelectFromModel say that a network has no coef_, and take a function of its weights."""
    for selector in (RFE(REGRESSOR, n_features_to_select=2), SelectFromModel(REGRESSOR)):
        with pytest.raises(ValueError, match=r"`coef_` or `feature_importances_`"):
            selector.fit(X, TARGET).transform(X)

    def importance(network):
        return np.linalg.norm(network.coefs_[0], axis=1)

    model = clone(REGRESSOR).fit(X, TARGET)
    chosen = RFE(REGRESSOR, n_features_to_select=3, importance_getter=importance).fit(X, TARGET)
    assert np.flatnonzero(~chosen.support_) == importance(model).argmin()
    chosen = SelectFromModel(REGRESSOR, max_features=2, threshold=-np.inf, importance_getter=importance).fit(X, TARGET)
    np.testing.assert_array_equal(np.flatnonzero(chosen.get_support()), np.sort(np.argsort(importance(model))[-2:]))


def test_forward_selection_of_features():
    """SequentialFeatureSelector, which asks for scores alone, finds the features that matter."""
    linear = MLPRegressor(hidden_layer_sizes=(), optimizer="lbfgs")
    selector = SequentialFeatureSelector(linear, n_features_to_select=2, cv=KFold(2)).fit(X, TARGET)
    np.testing.assert_array_equal(np.flatnonzero(selector.get_support()), [0, 1])
