"""The state of a search holds plain values and gives back objects; damages are in tests/estimators/test_state.py.

Those of an ensemble are here.
"""

import copy
import pickle
import re

import numpy as np
import pytest
from sklearn import config_context
from sklearn.metrics import get_scorer

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV

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


KINDS = {
    "classifier": lambda: MLPClassifierCV(**SEARCH, ensemble=True, calibrate=True, store_predictions=True).fit(X, Y),
    "labels": lambda: MLPClassifierCV(**SEARCH, ensemble=True).fit(X, np.column_stack([Y > 0, Y > 1])),
    "regressor": lambda: MLPRegressorCV(**SEARCH, ensemble=True, store_predictions=True, scoring="loss").fit(X, Y),
}


@pytest.fixture(scope="module")
def ensembles():
    """Ensembles that are fitted, {name: model}; whoever changes one takes a copy."""
    return {name: make() for name, make in KINDS.items()}


@pytest.mark.parametrize("name", KINDS)
def test_ensembles_come_back_whole(ensembles, name):
    """A pickle of an ensemble has all attributes, and the same predictions, scores, intervals or sets."""
    model = ensembles[name]
    again = pickle.loads(pickle.dumps(model))
    assert vars(again).keys() == vars(model).keys()
    for method in ("predict", "predict_proba", "predict_log_proba", "predict_interval", "predict_set"):
        if hasattr(model, method) and (name, method) != ("labels", "predict_set"):
            np.testing.assert_array_equal(getattr(again, method)(X), getattr(model, method)(X))
    for key in ("cv_predictions_", "temperature_", "best_score_", "best_score_error_"):
        np.testing.assert_array_equal(getattr(again, key, None), getattr(model, key, None))
    y = np.ones((30, 2), int) if name == "labels" else Y
    assert again.score(X, y) == model.score(X, y)


@pytest.mark.parametrize("name", KINDS)
def test_a_copy_is_of_its_own(ensembles, name):
    """What becomes of a deep copy does not touch the networks of the first."""
    model = ensembles[name]
    before = model.predict(X)
    again = copy.deepcopy(model)
    for member in again.estimators_:
        member.intercepts_[-1][:] = 1e3 * np.arange(member.intercepts_[-1].size)
    assert np.any(again.predict(X) != before)
    np.testing.assert_array_equal(model.predict(X), before)


def replace(name, change):
    """A damage: an attribute becomes what change makes of it."""

    def damage(state):
        state[name] = change(state[name])

    return damage


def of_member(number, name, value):
    """A damage: an attribute of a member has a value."""
    return lambda state: vars(state["estimators_"][number]).update({name: value})


def stray(model):
    """A member that does not belong: it is fitted on two features."""
    return model.fit(X[:, :2], Y)


SMALL = {key: value for key, value in SEARCH.items() if key not in ("alphas", "cv")}
DAMAGES = [  # (model, damage, what the message says)
    ("classifier", lambda state: state.pop("_fold_scores"), "lacks is ['_fold_scores']"),
    ("classifier", lambda state: state.pop("n_features_in_"), "lacks is ['n_features_in_']"),
    ("classifier", lambda state: state.pop("best_score_error_"), "lacks is ['best_score_error_']"),
    ("classifier", lambda state: state.pop("classes_"), "lacks is ['classes_']"),
    ("classifier", replace("classes_", lambda classes: classes[::-1]), "classes_ of estimators_[0] is"),
    ("classifier", replace("classes_", lambda classes: None), "classes_ of estimators_[0] is"),
    (
        "regressor",
        replace("estimators_", lambda members: []),
        "estimators_ is [], and should be a list of MLPRegressor",
    ),
    ("regressor", replace("estimators_", tuple), "should be a list of MLPRegressor"),
    ("regressor", replace("estimators_", lambda members: None), "estimators_ is None"),
    ("regressor", replace("estimators_", lambda members: [members[0], None]), "estimators_[1] is None"),
    ("regressor", replace("estimators_", lambda members: [members[0], MLPRegressor()]), "n_features_in_"),
    (
        "regressor",
        replace("estimators_", lambda members: [members[0], stray(MLPRegressor(**SMALL))]),
        "n_features_in_ of estimators_[1] is 2, and should be 3",
    ),
    (
        "classifier",
        replace("estimators_", lambda members: [members[0], MLPRegressor(**SMALL).fit(X, Y)]),
        "should be an MLPClassifier",
    ),
    (
        "classifier",
        replace("estimators_", lambda members: [members[0], MLPClassifier(**SMALL).fit(X, Y > 0)]),
        "n_outputs_ of estimators_[1] is 1, and should be 3",
    ),
    ("classifier", replace("estimators_", lambda members: members[:1]), "should be a list of 1 arrays, or None"),
    ("labels", of_member(1, "out_activation_", "softmax"), "out_activation_ of estimators_[1] is 'softmax'"),
    ("labels", replace("_fold_scores", lambda scores: "none"), "the scores of the folds is 'none'"),
    ("regressor", replace("_fold_scores", lambda scores: scores[:1]), "should be a list of 2 arrays, or None"),
    ("regressor", replace("_fold_scores", lambda scores: [scores[0], scores[1][:, 0]]), "of which there are 1"),
    ("regressor", replace("_fold_scores", lambda scores: [scores[0], scores[1] * np.nan]), "finite numbers"),
    (
        "regressor",
        replace("_fold_scores", lambda scores: [scores[0], scores[1].tolist()]),
        "an array of finite numbers",
    ),
    ("regressor", replace("_fold_scores", lambda scores: [scores[0], scores[1][::-1]]), "sorted"),
    ("regressor", replace("_fold_scores", lambda scores: [scores[0], scores[1][:, :0]]), "the scores of a fold is"),
    ("regressor", replace("scorer_", lambda scorer: "losses"), "scorer_ is 'losses'"),
    ("regressor", replace("alpha_", lambda alpha: -1.0), "alpha_ is -1.0"),
    ("regressor", replace("best_index_", lambda index: 2), "should be an int below 2"),
]


@pytest.mark.parametrize(("name", "damage", "words"), DAMAGES)
def test_damaged_ensembles_are_refused(ensembles, name, damage, words):
    """What does not fit together is a ValueError that says what, what was expected and what to do; nothing is set."""
    model = ensembles[name]
    state = copy.deepcopy(model).__getstate__()
    damage(state)
    again = object.__new__(type(model))
    with pytest.raises(ValueError, match=re.escape(words)) as caught:
        again.__setstate__(state)
    assert str(caught.value).startswith(f"The state of this {type(model).__name__} is damaged: ")
    assert str(caught.value).endswith("Load another copy, or fit again.")
    assert not vars(again)


def test_a_damaged_member_is_refused_by_itself(ensembles):
    """A pickle whose member lost its weights says what is wrong with that network."""
    model = copy.deepcopy(ensembles["regressor"])
    model.estimators_[1].coefs_[0] = model.estimators_[1].coefs_[0] * np.nan
    with pytest.raises(ValueError, match=r"The state of this MLPRegressor is damaged: coefs_\[0\] is"):
        pickle.loads(pickle.dumps(model))
