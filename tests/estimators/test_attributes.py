"""alpha_, the λ that acted, and alpha='auto', which makes it follow; curves of validation over several calls."""

import copy
import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import train_test_split
from sklearn.utils._param_validation import InvalidParameterError

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor
from skl2._inputs.grid import resolve_alpha

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # short training, large λ

RANDOM = np.random.default_rng(0)
X = np.hstack([RANDOM.standard_normal((40, 3)), np.zeros((40, 1))])  # the weights of the last feature are idle
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(40), [-0.8, 0.3])
SMALL = {"hidden_layer_sizes": (3,), "batch_size": 10, "max_iter": 25, "learning_rate_init": 0.01, "random_state": 0}
COMPLETE = SMALL | {"learning_rate": "cosine", "tol": 0.0, "n_iter_no_change": np.inf}
AUTO = COMPLETE | {"alpha": "auto", "decay": "decoupled"}
BOTH = pytest.mark.parametrize("Estimator", [MLPClassifier, MLPRegressor])


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, 1e-4),
        ({"alpha": 3}, 3.0),
        ({"alpha": 0.3, "penalty": "l2", "dtype": "float32"}, 0.3),
        ({"alpha": 0.3, "decay": "decoupled", "dtype": "float32"}, 0.3),
        ({"alpha": 0.3, "penalty": None}, 0.0),
        ({"alpha": 0.3, "penalty": None, "decay": "decoupled"}, 0.3),
        ({"alpha": 0.3, "optimizer": "lbfgs", "max_iter": 500}, 0.3),
    ],
    ids=str,
)
@BOTH
def test_the_alpha_that_acted(Estimator, settings, expected):
    """alpha_ is alpha, to the last bit in single precision too, and 0 where neither penalty nor decay is on."""
    model = Estimator(**COMPLETE | settings).fit(X, Y)
    assert (model.alpha_, type(model.alpha_)) == (expected, float)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"learning_rate": "constant", "max_iter": 60, "tol": 10.0, "n_iter_no_change": 5},
        {"batch_size": "auto"},
        {"optimizer": "sgd", "learning_rate": "invscaling", "tol": 10.0, "n_iter_no_change": 5},
        {"early_stopping": True, "validation_fraction": 0.25},
        {"dtype": "float32"},
    ],
    ids=str,
)
@BOTH
def test_auto_is_a_fit_at_the_alpha_that_it_came_to(Estimator, changes):
    """Over the samples to train on, alpha_ is 3 / Σ_t η_t, and the network is that of a fit at this number."""
    model = Estimator(**AUTO | changes).fit(X, Y)
    n_samples = 30 if "early_stopping" in changes else 40
    assert model.alpha_ == resolve_alpha(model, n_samples)
    assert (model.alpha, type(model.alpha_)) == ("auto", float)
    alone = Estimator(**AUTO | changes | {"alpha": model.alpha_}).fit(X, Y)
    np.testing.assert_array_equal(model.coefs_[0], alone.coefs_[0])
    assert model.loss_curve_ == alone.loss_curve_


@BOTH
def test_idle_weights_end_at_five_percent(Estimator):
    """Weights that the data leave alone end at exp(-3) of their start, whatever the rate and the number of epochs."""
    for settings in ({}, {"max_iter": 50}, {"learning_rate_init": 0.001}, {"batch_size": 40, "max_iter": 400}):
        start, end = (Estimator(**AUTO | settings | change).fit(X, Y) for change in ({"alpha": 0.0}, {}))
        np.testing.assert_allclose(end.coefs_[0][-1] / start.coefs_[0][-1], np.exp(-3), rtol=0.1)


@BOTH
def test_partial_fit_takes_the_steps_of_this_part(Estimator):
    """Each call resolves 'auto' for max_iter epochs on the samples that it gets."""
    classes = {"classes": [0, 1, 2]} if Estimator is MLPClassifier else {}
    model = Estimator(**AUTO).partial_fit(X, Y, **classes)
    assert model.alpha_ == resolve_alpha(model, 40)
    assert model.partial_fit(X[:10], Y[:10]).alpha_ == resolve_alpha(model, 10)
    assert resolve_alpha(model, 10) == pytest.approx(4 * resolve_alpha(model, 40), rel=0.1)


@BOTH
def test_auto_in_copies_paths_and_warm_starts(Estimator):
    """Clones keep 'auto', copies and pickles alpha_ too; a path has values of its own; a warm start resolves anew."""
    model = Estimator(**AUTO, warm_start=True).fit(X, Y)
    assert clone(model).alpha == "auto"
    for again in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert (again.alpha, again.alpha_) == ("auto", model.alpha_)
    path = model.path(X, Y, [0.0, 0.5])
    assert [(network.alpha, network.alpha_) for network in path] == [(0.0, 0.0), (0.5, 0.5)]
    before = model.alpha_
    assert model.set_params(max_iter=50).fit(X, Y).alpha_ == pytest.approx(before / 2, rel=0.01)


@BOTH
def test_auto_leaves_no_penalty_in_scikit_learn(Estimator):
    """Converted to scikit-learn, 'auto' is decay, which its MLP does not have: alpha is 0, and predictions stay."""
    model = Estimator(**AUTO).fit(X, Y)
    theirs = model.to_sklearn()
    assert theirs.alpha == 0
    np.testing.assert_allclose(theirs.predict(X), model.predict(X), rtol=1e-12)
    assert Estimator.from_sklearn(theirs).alpha_ == 0


@pytest.mark.parametrize("settings", [{}, {"penalty": "l2"}, {"penalty": None}, {"optimizer": "lbfgs"}], ids=str)
@BOTH
def test_auto_needs_decay(Estimator, settings):
    """Without decoupled decay there is no total shrinkage: refused in fit and partial_fit, with what to write."""
    model = Estimator(**COMPLETE | settings, alpha="auto")
    message = r"^alpha='auto' is 3 / Σ_t η_t.*Write decay='decoupled', or a number for alpha\.$"
    with pytest.raises(ValueError, match=message):
        model.fit(X, Y)
    if hasattr(model, "partial_fit"):
        with pytest.raises(ValueError, match=message):
            model.partial_fit(X, Y)
    assert not hasattr(model, "alpha_")


def test_what_alpha_may_be():
    """No other word, and no 'auto' among the values of a search, which asks folds."""
    for value in ("automatic", None, -1, "0.1", [0.1, -1], [], {0.1}):
        with pytest.raises(InvalidParameterError, match="The 'alpha' parameter of MLPRegressor must be"):
            MLPRegressor(alpha=value).fit(X, Y)
    with pytest.raises(InvalidParameterError, match="The 'alphas' parameter of MLPClassifierCV must be"):
        MLPClassifierCV("auto", **COMPLETE).fit(X, Y)
    assert "alpha" not in MLPClassifierCV().get_params()


ENDLESS = SMALL | {"n_iter_no_change": np.inf, "validation_fraction": 0.25}


def go_on(model, early_stopping, n_epochs):
    """Train on for some epochs in a warm fit that validates or not; early_stopping=None: in calls of partial_fit."""
    model.set_params(early_stopping=early_stopping or False, max_iter=n_epochs, warm_start=True)
    if early_stopping is not None:
        return model.fit(X, Y)
    for _ in range(n_epochs):
        model.partial_fit(X, Y, **{"classes": [0, 1, 2]} if isinstance(model, MLPClassifier) else {})
    return model


@pytest.mark.parametrize(
    "calls",
    [
        [(True, 3), (None, 2)],
        [(False, 3), ("loss", 2)],
        [(None, 1), (True, 1), (False, 2), ("loss", 3), (None, 2), (True, 1)],
        [(False, 2), (None, 1)],
    ],
    ids=str,
)
@BOTH
@pytest.mark.parametrize("name", ["validation_scores_", "validation_loss_curve_"])
def test_curves_of_validation_have_a_number_for_each_epoch(name, Estimator, calls):
    """Over calls with and without validation they are NaN where there was none, and None where there never was."""
    model, expected = Estimator(**ENDLESS), []
    for early_stopping, n_epochs in calls:
        curve = getattr(go_on(model, early_stopping, n_epochs), name)
        expected += curve[-n_epochs:] if early_stopping else n_epochs * [np.nan]
        assert len(model.loss_curve_) == len(expected)
        if np.isnan(expected).all():
            assert curve is None
        else:
            assert np.isfinite(curve[-n_epochs:]).tolist() == n_epochs * [bool(early_stopping)]
            np.testing.assert_equal(curve, expected)


@BOTH
def test_the_best_score_is_that_of_the_weights_kept(Estimator):
    """It is None where the last call had no validation, else of an epoch of that call, or of its start."""
    model = Estimator(**ENDLESS | {"learning_rate_init": 0.3, "shuffle": False})
    numbers, n_params = np.random.RandomState(0), (4 + 1) * 3 + (3 + 1) * (3 if Estimator is MLPClassifier else 1)
    numbers.uniform(size=n_params)
    strata = Y if Estimator is MLPClassifier else None
    _, held_out = train_test_split(np.arange(40), test_size=0.25, random_state=numbers, stratify=strata)
    for early_stopping in (True, False, True, "loss", None, "loss"):
        start = model.score(X[held_out], Y[held_out]) if hasattr(model, "coefs_") else -np.inf
        go_on(model, early_stopping, 3)
        if not early_stopping:
            assert model.best_validation_score_ is None
            assert model.best_loss_ is not None
            continue
        assert model.best_loss_ is None
        assert model.best_validation_score_ == pytest.approx(model.score(X[held_out], Y[held_out]), rel=1e-9)
        if early_stopping is True:
            assert model.best_validation_score_ == pytest.approx(max([start, *model.validation_scores_[-3:]]), rel=1e-9)


def test_curves_of_older_versions_find_their_epochs():
    """Scores that began with a later fit than the losses, as files of version 0.1.0 have them, end where they ended."""
    model = go_on(go_on(MLPRegressor(**ENDLESS), False, 3), True, 2)
    scores = model.validation_scores_
    model.validation_scores_ = scores[3:]
    np.testing.assert_equal(go_on(model, None, 1).validation_scores_, [*scores, np.nan])
