"""The state of a search holds plain values and gives back objects; damages are in tests/estimators/test_state.py."""

import copy
import pickle

import numpy as np
import pytest
from sklearn import config_context
from sklearn.metrics import get_scorer

from skl2 import MLPClassifierCV, MLPRegressorCV

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X = np.random.default_rng(0).standard_normal((30, 3))
Y = np.digitize(X[:, 0], [-0.4, 0.4])
SEARCH = {"alphas": [0.0, 0.1], "cv": 2, "hidden_layer_sizes": (4,), "batch_size": 10, "max_iter": 2, "random_state": 0}


@pytest.fixture
def search():
    """A search that is fitted."""
    return MLPClassifierCV(**SEARCH).fit(X, Y)


@pytest.mark.parametrize("scoring", [None, "accuracy", "neg_log_loss"])
def test_a_scorer_with_a_name_is_kept_as_its_name(scoring):
    """The state of a search names its scorer, and what comes back scores the same."""
    model = MLPClassifierCV(**SEARCH, scoring=scoring).fit(X, Y)
    assert model.__getstate__()["scorer_"] == (scoring or "accuracy")
    again = pickle.loads(pickle.dumps(model))
    assert repr(again.scorer_) == repr(model.scorer_)
    assert again.score(X, Y) == model.score(X, Y)


@pytest.mark.parametrize("requested", [True, False])
def test_the_default_scorer_keeps_its_request(requested):
    """Where metadata are routed, the default scorer is its name and its request, and comes back with both."""
    with config_context(enable_metadata_routing=True):
        model = MLPRegressorCV(**SEARCH).set_fit_request(sample_weight=requested).fit(X, Y)
        assert model.__getstate__()["scorer_"] == {"name": "r2", "sample_weight": requested}
    again = pickle.loads(pickle.dumps(model))
    assert again.scorer_.get_metadata_routing().score.requests == {"sample_weight": requested}
    assert again.score(X, Y) == model.score(X, Y)


def test_a_scorer_with_a_request_of_another_kind_is_kept_whole():
    """What the user's scorer requests under another name is not lost."""
    with config_context(enable_metadata_routing=True):
        scorer = get_scorer("r2").set_score_request(sample_weight="importance")
        model = copy.deepcopy(MLPRegressorCV(**SEARCH, scoring=scorer).fit(X, Y))
    assert model.scorer_.get_metadata_routing().score.requests == {"sample_weight": "importance"}


def mean_label(estimator, X, y):
    """A scorer of the user's own."""
    return float(np.mean(estimator.predict(X)))


def test_a_scorer_of_ones_own_is_kept_whole(search):
    """Only scorers that scikit-learn knows by name are kept as names, also if scoring was changed after fit."""
    assert MLPClassifierCV(**SEARCH, scoring=mean_label).fit(X, Y).__getstate__()["scorer_"] is mean_label
    changed = copy.deepcopy(search).set_params(scoring="f1_macro")
    assert changed.__getstate__()["scorer_"] == "accuracy"


def test_results_of_a_search_come_back_masked(search):
    """cv_results_ is kept without masked arrays, and has one again, as GridSearchCV's."""
    kept, again = search.__getstate__()["cv_results_"], copy.copy(search).cv_results_
    assert not any(isinstance(values, np.ma.MaskedArray) for values in kept.values())
    for key, values in search.cv_results_.items():
        assert type(again[key]) is type(values)
        np.testing.assert_array_equal(again[key], values)
    assert not again["param_alpha"].mask.any()
