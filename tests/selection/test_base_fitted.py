"""What a search leaves behind: the final network and its attributes, parameters as they were, and what it printed."""

import copy
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.metrics import get_scorer
from sklearn.model_selection import KFold
from sklearn.utils import get_tags

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 3))
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(40), [-0.8, 0.3])
WEIGHT = RANDOM.uniform(0, 3, 40)
FRAME = pd.DataFrame(X, columns=["a", "b", "c"])
SMALL = {"hidden_layer_sizes": (3,), "batch_size": 10, "max_iter": 4, "random_state": 0, "learning_rate_init": 0.1}
ALPHAS = [2.0, 0.1, 8.0]
PAIRS = {MLPClassifierCV: MLPClassifier, MLPRegressorCV: MLPRegressor}
BOTH = pytest.mark.parametrize("Chooser", PAIRS)


@pytest.mark.parametrize("early_stopping", [False, True])
@BOTH
def test_the_final_network_is_a_fit_at_the_alpha_chosen(Chooser, early_stopping):
    """Its fitted attributes are those of a fit at alpha_ on all samples with their weights, and are here too."""
    settings = SMALL | {"early_stopping": early_stopping, "validation_fraction": 0.3}
    model = Chooser(ALPHAS, **settings, cv=2).fit(X, Y, WEIGHT)
    alone = PAIRS[Chooser](**settings, alpha=model.alpha_).fit(X, Y, WEIGHT)
    assert type(model.best_estimator_) is PAIRS[Chooser]
    assert model.best_estimator_.get_params() == alone.get_params()
    fitted = {name: value for name, value in vars(alone).items() if name.endswith("_")}
    assert {"coefs_", "loss_curve_", "n_features_in_", "n_iter_", "validation_scores_", "t_"} <= fitted.keys()
    for name, value in fitted.items():
        for holder in (model, model.best_estimator_):
            np.testing.assert_equal(getattr(holder, name), value, err_msg=name)
    assert model.refit_time_ > 0


@BOTH
def test_what_is_known_before_and_after(Chooser):
    """Before fit it is not fitted and says so; after it, alphas_ are the values given, and alpha_ is one of them."""
    model = Chooser(tuple(ALPHAS), **SMALL, cv=2)
    for call in (model.predict, lambda X: model.score(X, Y), getattr(model, "predict_proba", model.predict)):
        with pytest.raises(NotFittedError):
            call(X)
    assert model.fit(X, Y) is model
    np.testing.assert_array_equal(model.alphas_, ALPHAS)
    assert type(model.alpha_) is type(model.best_score_) is float
    assert model.alpha_ == ALPHAS[model.best_index_]
    assert model.best_score_ == model.cv_results_["mean_test_score"].max()
    assert (len(model.stages_), model.stages_[0]["n_epochs"], model.stages_[0]["dropped"].size) == (1, 4, 0)
    np.testing.assert_array_equal(model.stages_[0]["alphas"], model.alphas_)
    np.testing.assert_array_equal(model.stages_[0]["mean_scores"], model.cv_results_["mean_test_score"])


@pytest.mark.parametrize(("settings", "n_kept"), [({}, 40), ({"early_stopping": True, "validation_fraction": 0.3}, 28)])
@BOTH
def test_the_default_grid_counts_the_samples_of_the_final_network(Chooser, settings, n_kept):
    """Under decoupled decay the grid reaches from D = 0.03 to 30 over the steps on the samples to train on."""
    settings = SMALL | settings | {"decay": "decoupled", "max_iter": 100, "tol": 1e9, "n_iter_no_change": 1}
    model = Chooser(4, **settings, cv=2).fit(X, Y)
    total_rate = 0.1 * 100 * -(-n_kept // 10)
    np.testing.assert_allclose(model.alphas_, [0, *np.geomspace(0.03, 30, 3) / total_rate])
    np.testing.assert_allclose(model.cv_results_["total_shrinkage"], [0, *np.geomspace(0.03, 30, 3)])
    assert f"Ση = {total_rate:.3g}" in model.grid_


@pytest.mark.parametrize(("Chooser", "scoring"), [(MLPClassifierCV, "neg_log_loss"), (MLPRegressorCV, "neg_max_error")])
def test_score_is_what_alpha_was_chosen_by(Chooser, scoring):
    """`score` of the search is its scorer, applied to the final network."""
    scorer = get_scorer(scoring)
    model = Chooser(ALPHAS, **SMALL, scoring=scoring, cv=2).fit(X, Y)
    assert model.score(X, Y) == scorer(model.best_estimator_, X, Y) == model.scorer_(model, X, Y)


@BOTH
def test_score_is_that_of_the_network_by_default(Chooser):
    """Without scoring, `score` is the network's own, with weights and without."""
    model = Chooser(ALPHAS, **SMALL, cv=2).fit(X, Y)
    assert model.score(X, Y) == model.best_estimator_.score(X, Y)
    assert model.score(X, Y, WEIGHT) == model.best_estimator_.score(X, Y, WEIGHT) != model.score(X, Y)


def test_predictions_are_those_of_the_final_network():
    """Labels, probabilities and their logarithms come from best_estimator_."""
    model = MLPClassifierCV(ALPHAS, **SMALL, cv=2).fit(X, Y)
    for method in ("predict", "predict_proba", "predict_log_proba"):
        np.testing.assert_array_equal(getattr(model, method)(X), getattr(model.best_estimator_, method)(X))


@BOTH
def test_names_of_features_are_those_of_the_last_fit(Chooser):
    """A second fit without names forgets those of the first, and one with names brings them."""
    model = Chooser(ALPHAS, **SMALL, cv=2).fit(FRAME, Y)
    np.testing.assert_array_equal(model.feature_names_in_, ["a", "b", "c"])
    with pytest.raises(ValueError, match="feature names"):
        model.predict(FRAME[["c", "b", "a"]])
    model.fit(X[:, :2], Y).predict(X[:, :2])
    assert not hasattr(model, "feature_names_in_")
    assert model.n_features_in_ == 2


@BOTH
def test_parameters_stay_as_they_are(Chooser):
    """fit changes no parameter, draws nothing from a RandomState that it got, and leaves the data alone."""
    random_state, alphas, samples, labels = np.random.RandomState(0), np.array(ALPHAS), X.copy(), Y.copy()
    model = Chooser(alphas, **SMALL | {"random_state": random_state}, cv=KFold(2))
    before, state = model.get_params(), copy.deepcopy(random_state.get_state(legacy=False))
    coefs = [model.fit(samples, labels).coefs_[0].copy() for _ in range(2)]
    for name, value in model.get_params().items():
        assert value is before[name]
    np.testing.assert_equal(random_state.get_state(legacy=False), state)
    np.testing.assert_array_equal(*coefs)
    for now, then in ((alphas, ALPHAS), (samples, X), (labels, Y)):
        np.testing.assert_array_equal(now, then)


@BOTH
def test_without_a_seed_all_folds_begin_alike(Chooser):
    """With random_state=None two searches differ, and within one equal folds give equal scores."""
    folds = [(np.arange(30), np.arange(30, 40))] * 2
    settings = SMALL | {"random_state": None}
    first, second = (Chooser(ALPHAS, **settings, cv=folds, scoring=steepness).fit(X, Y) for _ in range(2))
    for model in (first, second):
        np.testing.assert_array_equal(model.cv_results_["split0_test_score"], model.cv_results_["split1_test_score"])
    assert np.all(first.cv_results_["split0_test_score"] != second.cv_results_["split0_test_score"])
    assert np.all(first.coefs_[0] != second.coefs_[0])
    assert first.random_state is None


def steepness(estimator, X, y):
    """A score that no two networks share."""
    return np.abs(estimator.coefs_[0]).sum()


@BOTH
def test_copies_of_a_search(Chooser):
    """A clone has the parameters and no fit, a pickle both."""
    model = Chooser(ALPHAS, **SMALL, cv=2, rule="one_se", n_jobs=2).fit(X, Y)
    assert clone(model).get_params() == model.get_params()
    assert not hasattr(clone(model), "alpha_")
    copied = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copied.predict(X), model.predict(X))
    np.testing.assert_equal(copied.cv_results_, model.cv_results_)


def test_threads_leave_the_filters_of_warnings_alone():
    """A search with two jobs leaves warnings.filters, which all threads share, as they were."""
    model = MLPRegressorCV(ALPHAS, **SMALL, cv=2, n_jobs=2)
    for _ in range(10):
        before = list(warnings.filters)
        model.fit(X, Y)
        assert list(warnings.filters) == before


def test_tags():
    """The searches are a classifier of one or several labels and a regressor of several outputs, for sparse X too."""
    classifier, regressor = MLPClassifierCV(), MLPRegressorCV()
    assert is_classifier(classifier)
    assert is_regressor(regressor)
    assert get_tags(classifier).classifier_tags == get_tags(MLPClassifier()).classifier_tags
    for ours, plain in ((classifier, MLPClassifier()), (regressor, MLPRegressor())):
        assert get_tags(ours).input_tags == get_tags(plain).input_tags
        assert get_tags(ours).target_tags == get_tags(plain).target_tags


@BOTH
def test_parameters_are_those_of_the_network_but_alpha(Chooser):
    """Every parameter of the network but alpha and warm_start is here, in its order and with its default."""
    inherited = {name: value for name, value in PAIRS[Chooser]().get_params().items()}
    del inherited["alpha"], inherited["warm_start"]
    own = {"alphas": 10, "cv": None, "scoring": None, "rule": "best", "strategy": "full", "n_jobs": None}
    own |= {"continued": False, "ensemble": False, "store_predictions": False}
    if Chooser is MLPClassifierCV:
        own["calibrate"] = False
    assert Chooser().get_params() == inherited | own
    changed = {name: object() for name in inherited}
    assert Chooser(**changed).get_params().items() >= changed.items()


@BOTH
def test_verbose_prints_the_comparison_and_the_last_training(Chooser, capsys):
    """verbose says what the search found, and prints the epochs of the final network and of no other."""
    model = Chooser(ALPHAS, **SMALL, cv=2, verbose=True).fit(X, Y)
    lines = capsys.readouterr().out.splitlines()
    found = f"alpha={model.alpha_:g} with a mean score of {model.best_score_:.6g}."
    assert lines[0] == f"After 4 epochs, best of 3: {found}"
    assert [line.split(",")[0] for line in lines[1:]] == [f"Iteration {epoch}" for epoch in (1, 2, 3, 4)]
    Chooser(ALPHAS, **SMALL, cv=2).fit(X, Y)
    assert capsys.readouterr().out == ""
