"""Which columns a network uses is told by mask, by name and to scikit-learn's SelectFromModel."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import SelectFromModel
from sklearn.pipeline import make_pipeline

from skl2 import MLPClassifier, MLPRegressor, MLPRegressorCV, TabularEncoder

RANDOM = np.random.default_rng(0)
X = pd.DataFrame(RANDOM.standard_normal((80, 6)), columns=list("abcdef"))
Y = (2 * X["b"] - X["e"] + 0.1 * RANDOM.standard_normal(80)).to_numpy()
SETTINGS = {
    "hidden_layer_sizes": (4,),
    "penalty": "group_l1",
    "alpha": 0.1,
    "learning_rate": "cosine",
    "learning_rate_init": 0.03,
    "max_iter": 100,
    "n_iter_no_change": np.inf,
    "batch_size": 20,
    "random_state": 0,
}


@pytest.fixture(scope="module")
def network():
    """A network that has left out columns."""
    return MLPRegressor(**SETTINGS).fit(X, Y)


def test_the_support_is_what_predictions_depend_on(network):
    """coef_support_ marks b and e; what stands in the other columns changes no prediction in the last bit."""
    assert network.coef_support_.tolist() == [False, True, False, False, True, False]
    other = X.copy()
    other.loc[:, ~network.coef_support_] = 1e6
    assert_array_equal(network.predict(other), network.predict(X))


def test_columns_have_their_names(network):
    """selected_features_ are names of a frame's columns, and numbers of an array's."""
    assert network.selected_features_.tolist() == ["b", "e"]
    assert clone(network).fit(X.to_numpy(), Y).selected_features_.tolist() == [1, 4]


def test_importances_are_norms(network):
    """feature_importances_ are the norms of the columns' weights."""
    assert_allclose(network.feature_importances_, np.linalg.norm(network.coefs_[0], axis=1), rtol=1e-6)


def test_importances_are_only_for_sparse_penalties():
    """Other penalties leave all columns, and hasattr is False."""
    network = MLPRegressor(optimizer="lbfgs").fit(X, Y)
    assert network.coef_support_.all()
    assert not hasattr(network, "feature_importances_")
    with pytest.raises(AttributeError, match=r"penalty='l1' or 'group_l1'; got 'auto'\. sklearn.inspection"):
        network.feature_importances_  # noqa: B018
    assert not hasattr(MLPRegressor(penalty="foo"), "feature_importances_")


def test_there_are_none_before_fit():
    """Before fit there is no support."""
    with pytest.raises(NotFittedError):
        MLPRegressor(penalty="l1").coef_support_  # noqa: B018


@pytest.mark.parametrize("penalty", ["l1", "group_l1"])
def test_select_from_model(penalty):
    """SelectFromModel keeps the columns of the support; a second network then sees only these."""
    network = MLPRegressor(**SETTINGS | {"penalty": penalty})
    selector = SelectFromModel(network, threshold=1e-10).set_output(transform="pandas")
    model = make_pipeline(selector, MLPRegressor(optimizer="lbfgs", alpha=0.1, random_state=0)).fit(X, Y)
    assert_array_equal(model[0].get_support(), model[0].estimator_.coef_support_)
    assert model[-1].feature_names_in_.tolist() == model[0].estimator_.selected_features_.tolist()
    assert model.score(X, Y) > 0.95


def test_a_search_selects_too():
    """A search has the columns of its network; with an ensemble those that any network uses."""
    params = {name: value for name, value in SETTINGS.items() if name != "alpha"}
    search = MLPRegressorCV([0.05, 0.1], cv=3, **params).fit(X, Y)
    assert_array_equal(search.coef_support_, search.best_estimator_.coef_support_)
    ensemble = search.set_params(ensemble=True).fit(X, Y)
    supports = [network.coef_support_ for network in ensemble.estimators_]
    assert_array_equal(ensemble.coef_support_, np.any(supports, axis=0))
    assert {"b", "e"} <= set(ensemble.selected_features_)
    norms = [network.feature_importances_ for network in ensemble.estimators_]
    assert_allclose(ensemble.feature_importances_, np.mean(norms, axis=0))


def test_features_of_an_encoder_are_groups():
    """column_groups_ of the encoder lets a network take or leave all columns that encode one feature."""
    people = pd.DataFrame({"town": ["a", "b", "c", "d"] * 20, "age": X["a"], "job": ["x", "y", "y", "z", "x"] * 16})
    y = np.array([0.0, 1.0, 2.0, 4.0] * 20)
    encoder = TabularEncoder()
    encoded = encoder.fit_transform(people)
    network = MLPRegressor(**SETTINGS, column_groups=encoder.column_groups_).fit(encoded, y)
    kept = [np.unique(network.coef_support_[encoder.column_groups_ == group]).tolist() for group in range(3)]
    assert kept == [[True], [False], [False]]


@pytest.mark.parametrize("labels", [[0, 1], [[0] * 6]], ids=str)
def test_groups_must_fit(labels):
    """There must be a label for each column."""
    with pytest.raises(
        ValueError, match=r"column_groups must have a label for each of the 6 columns of X; got an array"
    ):
        MLPClassifier(penalty="group_l1", column_groups=labels).fit(X, Y > 0)


def test_groups_need_labels_of_one_kind():
    """Labels that cannot be compared, as with gaps among names, are refused."""
    with pytest.raises(ValueError, match=r"column_groups must have labels of one kind, and no gaps; got \['a', None"):
        MLPClassifier(penalty="group_l1", column_groups=["a", None, 1, "b", "c", "d"]).fit(X, Y > 0)
