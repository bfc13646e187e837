"""The estimators that choose alpha among scikit-learn's tools: pipelines, searches, ensembles, frames, routing."""

import copy
import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.ensemble import BaggingRegressor, VotingClassifier
from sklearn.inspection import permutation_importance
from sklearn.model_selection import GroupKFold, KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skl2 import MLPClassifierCV, MLPRegressorCV

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((48, 3)) * [1, 10, 0.1]
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(48), [-0.5, 0.5])
WEIGHT = RANDOM.uniform(0, 3, 48)
GROUPS = np.arange(48) % 6
SMALL = {"hidden_layer_sizes": (4,), "batch_size": 10, "max_iter": 4, "random_state": 0, "learning_rate_init": 0.05}
SMALL |= {"alphas": [0, 0.3, 3], "cv": 3}
BOTH = pytest.mark.parametrize("Chooser", [MLPClassifierCV, MLPRegressorCV])
STRATEGIES = pytest.mark.parametrize("strategy", ["full", "halving"])


@BOTH
@STRATEGIES
def test_nested_cross_validation(Chooser, strategy):
    """cross_val_score of a scaled pipeline chooses alpha on the training samples of each outer fold alone."""
    model = make_pipeline(StandardScaler(), Chooser(strategy=strategy, **SMALL))
    scores = cross_val_score(model, X, Y, cv=KFold(3), error_score="raise")
    for score, (train, test) in zip(scores, KFold(3).split(X), strict=True):
        scaler = StandardScaler().fit(X[train])
        alone = Chooser(strategy=strategy, **SMALL).fit(scaler.transform(X[train]), Y[train])
        assert score == alone.score(scaler.transform(X[test]), Y[test])


@BOTH
def test_parameters_are_kept_as_they_were_given(Chooser):
    """Parameters are the very objects given, before and after fit; a clone has equal ones and fits to the same."""
    given = SMALL | {"alphas": np.array([0, 0.3]), "cv": KFold(2), "scoring": lambda model, X, y: model.alpha}
    model = Chooser(**given)
    twin = clone(model)
    model.fit(X, Y)
    assert all(getattr(model, name) is value for name, value in given.items())
    np.testing.assert_array_equal(given["alphas"], [0, 0.3])
    assert not any(name.endswith("_") for name in vars(twin))
    np.testing.assert_array_equal(clone(model).fit(X, Y).coefs_[0], twin.fit(X, Y).coefs_[0])
    with pytest.raises(ValueError, match="Invalid parameter 'alpha' for estimator MLP"):
        model.set_params(alpha=1.0)


@pytest.mark.parametrize("way", ["pickle", "joblib", "deepcopy"])
@BOTH
@STRATEGIES
def test_a_copy_is_a_model_of_its_own(Chooser, strategy, way, tmp_path):
    """A copy has all that the search found and predicts the same, also after the original was fitted anew."""
    model = Chooser(strategy=strategy, **SMALL).fit(X, Y)
    if way == "joblib":
        joblib.dump(model, tmp_path / "model")
        twin = joblib.load(tmp_path / "model")
    else:
        twin = pickle.loads(pickle.dumps(model)) if way == "pickle" else copy.deepcopy(model)
    before, alpha, stages = model.predict(X), model.alpha_, len(model.stages_)
    assert vars(twin).keys() == vars(model).keys()
    assert model.set_params(alphas=[5.0], random_state=1).fit(X, Y).alpha_ != alpha
    assert (twin.alpha_, len(twin.stages_)) == (alpha, stages)
    assert twin.best_estimator_.alpha == alpha
    np.testing.assert_array_equal(twin.predict(X), before)


@BOTH
@STRATEGIES
def test_frames_in_a_pipeline(Chooser, strategy):
    """Frames, also such that a scaler puts out, give their names to the model, and the results of arrays."""
    frame, y = pd.DataFrame(X, columns=list("abc"), index=RANDOM.permutation(48)), pd.Series(Y, index=np.arange(48) * 2)
    model = make_pipeline(StandardScaler(), Chooser(strategy=strategy, **SMALL))
    expected = clone(model).fit(X, Y)
    model.set_output(transform="pandas").fit(frame, y)
    assert model[-1].feature_names_in_.tolist() == model[-1].best_estimator_.feature_names_in_.tolist() == list("abc")
    assert model[-1].alpha_ == expected[-1].alpha_
    # Not to the last bit: BLAS adds in another order where columns of a frame are next to each other in memory.
    np.testing.assert_allclose(model.predict(frame), expected.predict(X), rtol=1e-9)
    assert model[-1].best_score_ == pytest.approx(expected[-1].best_score_, rel=1e-9)
    with pytest.raises(ValueError, match="Feature names must be in the same order"):
        model[-1].predict(frame[["b", "a", "c"]])


@pytest.fixture
def routing():
    """Metadata routing is on."""
    sklearn.set_config(enable_metadata_routing=True)
    yield
    sklearn.set_config(enable_metadata_routing=False)


@pytest.mark.usefixtures("routing")
@BOTH
def test_weights_and_groups_through_a_pipeline(Chooser):
    """A pipeline hands weights and groups to the search, which is the one that gets them directly."""
    search = Chooser(**SMALL | {"cv": GroupKFold(3)}).set_fit_request(sample_weight=True)
    scaler = StandardScaler().set_fit_request(sample_weight=False)
    model = make_pipeline(scaler, search).fit(X, Y, sample_weight=WEIGHT, groups=GROUPS)
    direct = clone(search).fit(StandardScaler().fit_transform(X), Y, sample_weight=WEIGHT, groups=GROUPS)
    assert search.best_score_ == direct.best_score_
    np.testing.assert_array_equal(model.predict(X), direct.predict(StandardScaler().fit_transform(X)))


@pytest.mark.usefixtures("routing")
@BOTH
def test_weights_for_another_step(Chooser):
    """A search that asks for no weights gets none of those for the scaler: neither its training nor its scores."""
    search = Chooser(**SMALL).set_fit_request(sample_weight=False)
    scaler = StandardScaler().set_fit_request(sample_weight=True)
    make_pipeline(scaler, search).fit(X, Y, sample_weight=WEIGHT)
    direct = Chooser(**SMALL).fit(scaler.transform(X), Y)
    assert search.best_score_ == direct.best_score_
    np.testing.assert_array_equal(search.coefs_[0], direct.coefs_[0])


def test_searches_in_an_ensemble():
    """VotingClassifier averages the probabilities of its searches, each of which has an alpha of its own."""
    searches = [MLPClassifierCV(**SMALL), MLPClassifierCV(**SMALL | {"alphas": [0.01, 1], "random_state": 1})]
    with joblib.parallel_config("threading", n_jobs=2):
        ensemble = VotingClassifier([("one", searches[0]), ("two", searches[1])], voting="soft").fit(X, Y)
    probability = np.mean([search.fit(X, Y).predict_proba(X) for search in searches], axis=0)
    np.testing.assert_allclose(ensemble.predict_proba(X), probability, rtol=1e-14)


def test_searches_in_a_bag():
    """BaggingRegressor in parallel is the mean of searches that chose alpha on samples of their own."""
    bag = BaggingRegressor(MLPRegressorCV(n_jobs=2, **SMALL), 4, random_state=0)
    alone = clone(bag).fit(X, Y)
    with joblib.parallel_config("threading", n_jobs=2):
        bag.fit(X, Y)
    members = [member.predict(X) for member in bag.estimators_]
    np.testing.assert_allclose(bag.predict(X), np.mean(members, axis=0), rtol=1e-14)
    np.testing.assert_array_equal(bag.predict(X), alone.predict(X))
    assert len({member.best_score_ for member in bag.estimators_}) == 4


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_permutation_importance(n_jobs):
    """Importances are those of the final network by the metric that chose alpha."""
    model = MLPRegressorCV(scoring="neg_mean_absolute_error", **SMALL).fit(X, Y)
    how = {"n_repeats": 3, "random_state": 0}
    with joblib.parallel_config("threading"):
        ours = permutation_importance(model, X, Y, n_jobs=n_jobs, **how).importances
    expected = permutation_importance(model.best_estimator_, X, Y, scoring="neg_mean_absolute_error", **how)
    np.testing.assert_array_equal(ours, expected.importances)
    assert np.any(ours != 0)
