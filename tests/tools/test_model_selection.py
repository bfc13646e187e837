"""scikit-learn's ways to choose and to look at scores around our estimators, against the same done by hand."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  scikit-learn asks for it
from sklearn.inspection import (
    DecisionBoundaryDisplay,
    PartialDependenceDisplay,
    partial_dependence,
    permutation_importance,
)
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    KFold,
    LearningCurveDisplay,
    RandomizedSearchCV,
    cross_val_predict,
    cross_val_score,
    learning_curve,
    validation_curve,
)
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((80, 3))
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(80), [-0.5, 0.5])
TARGET = X @ [1.0, -2.0, 0.0] + 0.1 * RANDOM.standard_normal(80)
SMALL = {"hidden_layer_sizes": (5,), "batch_size": 20, "max_iter": 5, "learning_rate_init": 0.05, "random_state": 0}
CLASSIFIER, REGRESSOR = MLPClassifier(**SMALL), MLPRegressor(**SMALL)
ALPHAS = [0, 0.1, 3]


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
@pytest.mark.parametrize("model", [CLASSIFIER, MLPClassifierCV(ALPHAS, cv=2, **SMALL)], ids=["MLP", "CV"])
def test_predictions_out_of_fold(model, method):
    """cross_val_predict is what each fold's network says of the samples that it has not seen."""
    predictions = cross_val_predict(model, X, Y, cv=KFold(3), method=method)
    for train, test in KFold(3).split(X):
        alone = clone(model).fit(X[train], Y[train])
        np.testing.assert_array_equal(predictions[test], getattr(alone, method)(X[test]))


def test_learning_curve():
    """learning_curve scores networks fitted on the first samples of each fold."""
    sizes, train_scores, scores = learning_curve(REGRESSOR, X, TARGET, train_sizes=[20, 40], cv=KFold(2))
    for fold, (train, test) in enumerate(KFold(2).split(X)):
        for row, size in enumerate(sizes):
            alone = clone(REGRESSOR).fit(X[train][:size], TARGET[train][:size])
            assert scores[row, fold] == alone.score(X[test], TARGET[test])
            assert train_scores[row, fold] == alone.score(X[train][:size], TARGET[train][:size])


def test_learning_curve_of_one_network():
    """With exploit_incremental_learning one network goes on from size to size with partial_fit."""
    scores = learning_curve(CLASSIFIER, X, Y, train_sizes=[20, 40], cv=KFold(2), exploit_incremental_learning=True)[2]
    for fold, (train, test) in enumerate(KFold(2).split(X)):
        alone = clone(CLASSIFIER)
        for row, part in enumerate((train[:20], train[20:40])):
            alone.partial_fit(X[part], Y[part], classes=[0, 1, 2])
            assert scores[row, fold] == alone.score(X[test], Y[test])


def test_picture_of_a_learning_curve():
    """LearningCurveDisplay draws the scores of learning_curve."""
    display = LearningCurveDisplay.from_estimator(REGRESSOR, X, TARGET, train_sizes=[20, 40], cv=KFold(2))
    scores = learning_curve(REGRESSOR, X, TARGET, train_sizes=[20, 40], cv=KFold(2))[2]
    np.testing.assert_array_equal(display.test_scores, scores)


@pytest.mark.parametrize(
    ("model", "Chooser", "y"), [(CLASSIFIER, MLPClassifierCV, Y), (REGRESSOR, MLPRegressorCV, TARGET)], ids=["C", "R"]
)
def test_validation_curve_over_alpha(model, Chooser, y):
    """validation_curve over alpha has the scores of our own search, which trains them together."""
    scores = validation_curve(model, X, y, param_name="alpha", param_range=ALPHAS, cv=KFold(3))[1]
    ours = Chooser(ALPHAS, cv=KFold(3), **SMALL).fit(X, y).cv_results_
    np.testing.assert_allclose(np.transpose([ours[f"split{k}_test_score"] for k in range(3)]), scores, rtol=1e-9)


def test_halving_of_epochs():
    """HalvingGridSearchCV with resource='max_iter' gives survivors more epochs; each score is a fit of its own."""
    grid = {"alpha": [0, 0.01, 0.3, 3]}
    search = HalvingGridSearchCV(
        REGRESSOR, grid, resource="max_iter", max_resources=8, factor=2, cv=KFold(3), random_state=0
    ).fit(X, TARGET)
    assert search.n_resources_ == [2, 4, 8]
    assert search.n_candidates_ == [4, 2, 1]
    results = search.cv_results_
    for params, epochs, score in zip(
        results["params"], results["n_resources"], results["mean_test_score"], strict=True
    ):
        model = clone(REGRESSOR).set_params(**params).set_params(max_iter=epochs)
        assert score == cross_val_score(model, X, TARGET, cv=KFold(3)).mean()
    assert search.best_estimator_.max_iter == 8
    expected = clone(REGRESSOR).set_params(max_iter=8, alpha=search.best_params_["alpha"]).fit(X, TARGET)
    np.testing.assert_array_equal(search.predict(X), expected.predict(X))


def test_halving_of_samples():
    """With resource='n_samples' the survivors see more samples, and the best is fitted on all of them."""
    search = HalvingGridSearchCV(
        make_pipeline(StandardScaler(), clone(CLASSIFIER).set_params(batch_size=10)),
        {"mlpclassifier__alpha": [0, 0.01, 0.3, 3]},
        min_resources=30,
        factor=2,
        cv=3,
        random_state=0,
    ).fit(X, Y)
    assert search.n_resources_ == [30, 60]
    expected = clone(search.estimator).set_params(**search.best_params_).fit(X, Y)
    np.testing.assert_array_equal(search.predict_proba(X), expected.predict_proba(X))


def test_search_over_what_is_not_alpha():
    """RandomizedSearchCV around a search for alpha chooses the layers; each candidate chose its own alpha."""
    model = MLPRegressorCV(ALPHAS, cv=2, **SMALL)
    layers = {"hidden_layer_sizes": [(), (3,), (4, 2)]}
    search = RandomizedSearchCV(model, layers, n_iter=2, cv=KFold(2), random_state=0, error_score="raise")
    search.fit(X, TARGET)
    for params, score in zip(search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True):
        assert score == cross_val_score(clone(model).set_params(**params), X, TARGET, cv=KFold(2)).mean()


def test_columns_of_a_frame():
    """A ColumnTransformer that scales numbers and encodes words, sparse or not, is the same matrix made by hand."""
    words = np.array(["a", "b", "c"])[RANDOM.integers(0, 3, 80)]
    frame = pd.DataFrame(X, columns=["x", "y", "z"]).assign(word=words)
    by_hand = np.c_[StandardScaler().fit_transform(X), words[:, np.newaxis] == ["a", "b", "c"]]
    expected = clone(CLASSIFIER).fit(by_hand, Y).predict_proba(by_hand)
    for sparse in (False, True):
        encoder = OneHotEncoder(sparse_output=sparse)
        parts = [("numbers", StandardScaler(), ["x", "y", "z"]), ("words", encoder, ["word"])]
        columns = ColumnTransformer(parts, sparse_threshold=1.0 if sparse else 0.0)
        model = make_pipeline(columns, clone(CLASSIFIER)).fit(frame, Y)
        np.testing.assert_allclose(model.predict_proba(frame), expected, rtol=1e-9)


def test_union_of_features_with_names():
    """A FeatureUnion with set_output gives the network the names of its columns."""
    union = FeatureUnion([("scaled", StandardScaler()), ("pca", PCA(2))])
    model = make_pipeline(union, clone(REGRESSOR)).set_output(transform="pandas")
    frame = pd.DataFrame(X, columns=["x", "y", "z"])
    model.fit(frame, TARGET)
    names = ["scaled__x", "scaled__y", "scaled__z", "pca__pca0", "pca__pca1"]
    assert model[-1].feature_names_in_.tolist() == names
    by_hand = np.c_[StandardScaler().fit_transform(X), PCA(2).fit_transform(X)]
    np.testing.assert_allclose(model.predict(frame), clone(REGRESSOR).fit(by_hand, TARGET).predict(by_hand), rtol=1e-9)


def test_grid_over_steps_of_a_pipeline():
    """GridSearchCV replaces steps: with and without scaling, one network or a search for alpha."""
    pipeline = make_pipeline(StandardScaler(), CLASSIFIER)
    search = MLPClassifierCV(ALPHAS, cv=2, **SMALL)
    grid = {"standardscaler": [StandardScaler(), FunctionTransformer()], "mlpclassifier": [CLASSIFIER, search]}
    results = GridSearchCV(pipeline, grid, cv=KFold(2), error_score="raise").fit(X, Y).cv_results_
    for params, score in zip(results["params"], results["mean_test_score"], strict=True):
        assert score == cross_val_score(clone(pipeline).set_params(**params), X, Y, cv=KFold(2)).mean()


def test_permutation_importance():
    """permutation_importance is the loss of score when a column is shuffled; a feature that is not used has none."""
    model = clone(REGRESSOR).fit(X, TARGET)
    model.coefs_[0][2] = 0
    found = permutation_importance(model, X, TARGET, n_repeats=2, random_state=0).importances
    assert np.all(found[2] == 0)
    assert np.all(found[:2] > 0)
    seed = np.random.RandomState(0).randint(np.iinfo(np.int32).max + 1)  # as scikit-learn draws it
    shuffled, random_state = X.copy(), np.random.RandomState(seed)
    shuffled[:, 0] = shuffled[random_state.permutation(80), 0]
    assert found[0, 0] == pytest.approx(model.score(X, TARGET) - model.score(shuffled, TARGET), rel=1e-9)


@pytest.mark.parametrize(
    ("model", "method", "y"), [(CLASSIFIER, "predict_proba", Y > 0), (REGRESSOR, "predict", TARGET)], ids=["C", "R"]
)
def test_partial_dependence(model, method, y):
    """partial_dependence is the mean prediction with a feature set to a value; its display draws that."""
    model = clone(model).fit(X, y)
    found = partial_dependence(model, X, [1], grid_resolution=4)
    for value, average in zip(found["grid_values"][0], found["average"][0], strict=True):
        predictions = getattr(model, method)(np.c_[X[:, 0], np.full(80, value), X[:, 2]])
        assert average == pytest.approx(predictions.T[-1].mean() if method == "predict_proba" else predictions.mean())
    display = PartialDependenceDisplay.from_estimator(model, X, [1], grid_resolution=4, kind="both")
    np.testing.assert_array_equal(display.pd_results[0]["average"], found["average"])


def test_picture_of_a_decision_boundary():
    """DecisionBoundaryDisplay shows the probability of the network on its grid."""
    model = clone(CLASSIFIER).fit(X[:, :2], Y > 0)
    display = DecisionBoundaryDisplay.from_estimator(
        model, X[:, :2], grid_resolution=5, response_method="predict_proba", class_of_interest=True
    )
    points = np.c_[display.xx0.ravel(), display.xx1.ravel()]
    np.testing.assert_array_equal(display.response.ravel(), model.predict_proba(points)[:, 1])
