"""Kinds of decay, strengths for each layer and alpha in units of the steps, seen through fit() only."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_regression
from sklearn.model_selection import GridSearchCV

from skl2 import MLPClassifier, MLPRegressor, MLPRegressorCV
from skl2._inputs.grid import make_grid
from skl2._inputs.strengths import DECAYS
from skl2._training.schedules import SCHEDULES

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

DATA = make_regression(40, 3, noise=1.0, random_state=0)
X, Y = np.hstack([DATA[0], np.zeros((40, 1))]), DATA[1] / DATA[1].std()  # the weights of the last feature are idle
SETTINGS = {"hidden_layer_sizes": (5,), "batch_size": 10, "max_iter": 6, "random_state": 0, "tol": 0.0}
SETTINGS |= {"learning_rate_init": 0.01, "n_iter_no_change": np.inf}
OPTIMIZERS = [{"optimizer": "adam"}, {"optimizer": "sgd"}, {"optimizer": "sgd", "momentum": 0.0}]


def fit(**settings):
    """A small regressor, six epochs of 4 mini-batches unless told otherwise."""
    return MLPRegressor(**SETTINGS | settings).fit(X, Y)


def flat(model):
    """All weights and intercepts in one vector."""
    return np.concatenate([layer.ravel() for layer in model.coefs_ + model.intercepts_])


def shrinkage(decay, **settings):
    """What is left of the idle weights, and of how many."""
    decayed, free = (fit(decay=decay, **settings | change) for change in ({}, {"alpha": 0.0}))
    return decayed.coefs_[0][-1] / free.coefs_[0][-1]


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_independent_decay_is_decoupled_decay_of_another_unit(schedule, optimizer):
    """λ of 'independent' is learning_rate_init times that of 'decoupled' (Loshchilov & Hutter, Algorithms 1 and 2)."""
    settings = {"learning_rate": schedule, "T_0": 2, **optimizer}
    if schedule == "adaptive":  # it cuts the rate, which is a part of the schedule's shape
        settings |= {"tol": 1e9, "n_iter_no_change": 1}
    decoupled, independent = (
        fit(decay="decoupled", alpha=3.0, **settings),
        fit(decay="independent", alpha=0.03, **settings),
    )
    np.testing.assert_allclose(flat(independent), flat(decoupled), rtol=1e-10, atol=1e-13)
    assert independent.alpha_ == 0.03


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_learning_rate_does_not_change_independent_decay(schedule):
    """Idle weights end at ∏(1 - η_t / η_0 · λ) of their start, whatever η_0; under decoupled decay they do not."""
    at = {
        decay: [shrinkage(decay, alpha=0.02, learning_rate=schedule, learning_rate_init=rate) for rate in (0.01, 0.03)]
        for decay in ("independent", "decoupled")
    }
    np.testing.assert_allclose(at["independent"][0], at["independent"][1], rtol=1e-10)
    multiples = np.array(fit(learning_rate=schedule).learning_rate_curve_) / 0.01
    np.testing.assert_allclose(np.log(at["independent"][0]), -0.02 * 4 * multiples.sum(), rtol=0.02)
    assert np.all(at["decoupled"][0] > at["decoupled"][1])


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
def test_cautious_decay_is_in_between(optimizer):
    """It shrinks idle weights as decoupled decay does, and all weights together by less, but not by nothing."""
    np.testing.assert_array_equal(*(shrinkage(decay, alpha=5.0, **optimizer) for decay in ("cautious", "decoupled")))
    norms = [
        fit(decay=decay, alpha=5.0, **optimizer).weight_norm_curve_[-1] for decay in ("decoupled", "cautious", None)
    ]
    free = fit(alpha=0.0, **optimizer).weight_norm_curve_[-1]
    assert norms[0] < norms[1] < free


@pytest.mark.parametrize("decay", DECAYS)
def test_d_is_what_idle_weights_lose(decay):
    """A path's total shrinkage D, and that of alpha='auto', 3, say by which power of e idle weights shrink."""
    path = MLPRegressor(**SETTINGS, decay=decay, learning_rate="cosine").path(X, Y, [0.0, 1e-3])
    start, end = (network.coefs_[0][-1] for network in path)
    np.testing.assert_allclose(np.log(start / end), path.total_shrinkage[1], rtol=0.02)
    left = shrinkage(decay, alpha="auto", learning_rate="cosine", max_iter=60)
    np.testing.assert_allclose(np.log(left), -3, rtol=0.03)


@pytest.mark.parametrize("mechanism", [{"penalty": "l2"}, *({"decay": decay} for decay in DECAYS)], ids=str)
@pytest.mark.parametrize("optimizer", [*OPTIMIZERS, {"optimizer": "lbfgs"}], ids=str)
def test_equal_strengths_are_one(optimizer, mechanism):
    """One λ for all layers and a sequence of equal ones give the same bits; alpha_ is an array then."""
    if optimizer["optimizer"] == "lbfgs" and "decay" in mechanism:
        pytest.skip("L-BFGS has no decay.")
    one, each = (fit(alpha=alpha, **optimizer, **mechanism) for alpha in (0.03, [0.03, 0.03]))
    np.testing.assert_array_equal(flat(one), flat(each))
    assert one.loss_curve_ == each.loss_curve_
    assert isinstance(one.alpha_, float)
    assert each.alpha_.tolist() == [0.03, 0.03]


def test_idle_weights_have_the_strength_of_their_layer():
    """The first λ acts on the weights of the features, and no other does."""
    for alpha in (2.0, [2.0, 0.5], [2.0, 0.0]):
        np.testing.assert_allclose(shrinkage("decoupled", alpha=alpha), (1 - 0.02) ** 24, rtol=1e-12)


def test_the_loss_of_lbfgs_has_the_penalty_of_each_layer():
    """loss_ is the mean data loss + Σ (λ/2)‖W‖², and its gradient there is 0."""
    model = fit(alpha=[0.1, 0.01], optimizer="lbfgs", max_iter=2000, tol=1e-9, activation="tanh")
    penalty = sum(strength / 2 * np.sum(coef**2) for strength, coef in zip(model.alpha, model.coefs_, strict=True))
    data_loss = np.mean((Y - model.predict(X)) ** 2) / 2
    assert model.loss_ == pytest.approx(data_loss + penalty, rel=1e-12)

    def loss_at(t):
        scaled = pickle.loads(pickle.dumps(model))
        scaled.coefs_[1][:] *= 1 + t
        data = np.mean((Y - scaled.predict(X)) ** 2) / 2
        return data + sum(s / 2 * np.sum(c**2) for s, c in zip(model.alpha, scaled.coefs_, strict=True))

    assert abs(loss_at(1e-4) - loss_at(-1e-4)) / 2e-4 < 1e-5


def test_strengths_survive_tools():
    """Clones, pickles, grids of sequences and paths take a sequence as they take a number."""
    model = fit(alpha=(0.1, 0.2), decay="decoupled")
    assert clone(model).alpha == (0.1, 0.2)
    again = pickle.loads(pickle.dumps(model))
    assert again.alpha_.tolist() == [0.1, 0.2]
    search = GridSearchCV(model, {"alpha": [[0.1, 0.2], [0.0, 1.0], 0.3]}, cv=2).fit(X, Y)
    assert len(search.cv_results_["params"]) == 3
    path = model.path(X, Y, [0.0, 0.3])
    assert [network.alpha_ for network in path] == [0.0, 0.3]
    np.testing.assert_array_equal(flat(path[1]), flat(fit(alpha=0.3, decay="decoupled")))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"alpha": [0.1]},
            r"^alpha has 1 values, and must have one for the weights of each layer: 2 with hidden_layer",
        ),
        ({"alpha": [0.1, 0.1], "hidden_layer_sizes": ()}, "alpha has 2 values, .* 1 with hidden_layer_sizes"),
        ({"alpha": [0.1, 200.0], "decay": "cautious"}, r"^Cautious decay .* got 0\.01 \* 200\.0 = 2\."),
        (
            {"alpha": 1.0, "decay": "independent"},
            r"^Independent decay shrinks the weights by alpha in each step, .* got 1\.",
        ),
        ({"decay": "independent", "penalty": "l2"}, "penalty='l2' together with decay='independent'"),
        ({"decay": "cautious", "optimizer": "lbfgs"}, "decay='cautious' shrinks the weights in each step"),
        (
            {"normalized_alpha": True, "optimizer": "lbfgs"},
            "normalized_alpha=True divides alpha by .* which optimizer='lbfgs'",
        ),
        ({"normalized_alpha": True, "alpha": "auto", "decay": "decoupled"}, "alpha='auto' comes to λ itself"),
        (
            {"normalized_alpha": True, "alpha": 500.0, "decay": "independent"},
            "Independent decay shrinks the weights by alpha",
        ),
    ],
    ids=str,
)
def test_strengths_that_cannot_be(settings, message):
    """What does not fit together is refused before training, and the message says what to write."""
    model = MLPRegressor(**SETTINGS | settings)
    with pytest.raises(ValueError, match=message):
        model.fit(X, Y)
    assert not hasattr(model, "coefs_")


@pytest.mark.parametrize("mechanism", [{"penalty": "l2"}, {"decay": "decoupled"}, {"decay": "independent"}], ids=str)
@pytest.mark.parametrize("alpha", [0.3, [0.3, 0.1]], ids=str)
def test_a_normalized_alpha_is_divided_by_the_root_of_the_steps(alpha, mechanism):
    """λ = alpha · √(b / nE): the fit is that of λ, which alpha_ tells."""
    model = fit(alpha=alpha, normalized_alpha=True, **mechanism)
    strength = np.multiply(alpha, np.sqrt(10 / (40 * 6)))
    np.testing.assert_allclose(model.alpha_, strength, rtol=1e-15)
    np.testing.assert_array_equal(flat(model), flat(fit(alpha=model.alpha_, **mechanism)))


def test_normalized_alphas_in_a_path_and_in_a_search():
    """Values stay in the unit given, λ is of the samples trained on: a search equals GridSearchCV."""
    settings = SETTINGS | {"decay": "decoupled", "normalized_alpha": True, "max_iter": 30}
    path = MLPRegressor(**settings).path(X, Y, [0.5, 3.0])
    assert path.alphas.tolist() == [0.5, 3.0]
    assert [network.alpha for network in path] == [0.5, 3.0]
    unit = np.sqrt(10 / (40 * 30))
    np.testing.assert_allclose([network.alpha_ for network in path], np.multiply([0.5, 3.0], unit), rtol=1e-15)
    np.testing.assert_allclose(path.total_shrinkage, unit * np.array([0.5, 3.0]) * 0.01 * 120, rtol=1e-12)
    assert f"λ = alpha · √(b/nE) = alpha · {unit:.3g}; D = λ · Ση" in repr(path)
    ours = MLPRegressorCV([0.5, 3.0, 30.0], cv=3, **settings).fit(X, Y)
    theirs = GridSearchCV(MLPRegressor(**settings), {"alpha": [0.5, 3.0, 30.0]}, cv=3).fit(X, Y)
    np.testing.assert_allclose(ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"], rtol=1e-12)
    assert ours.alpha_ == theirs.best_params_["alpha"]
    assert ours.best_estimator_.alpha_ == theirs.best_estimator_.alpha_


@pytest.mark.parametrize("mechanism", [{"penalty": "l2"}, {"decay": "decoupled"}, {"decay": "independent"}], ids=str)
def test_default_grids_are_of_the_same_strengths(mechanism):
    """A grid in units of the steps is the other one, divided by the unit."""
    plain, normalized = (
        make_grid(MLPRegressor(**SETTINGS | {"max_iter": 400}, normalized_alpha=value, **mechanism), 4, 40)
        for value in (False, True)
    )
    np.testing.assert_allclose(normalized.alphas * np.sqrt(10 / (40 * 400)), plain.alphas, rtol=1e-12)


@pytest.mark.parametrize("decay", DECAYS)
def test_a_step_in_the_smallest_fold_is_checked_too(decay):
    """Folds have fewer samples and a larger λ: what fit of a fold refuses, a search does, with alpha in its unit."""
    rate = 1.0 if decay == "independent" else 0.01
    settings = SETTINGS | {"decay": decay, "normalized_alpha": True}
    alpha = 0.999 / rate / np.sqrt(10 / (40 * 6))
    assert rate * MLPRegressor(**settings, alpha=alpha).fit(X, Y).alpha_ == pytest.approx(0.999)
    message = rf"{decay.capitalize()} decay .* alpha \* 0\.289 \(normalized_alpha=True\) .* below 1; got .*1\.41"
    with pytest.raises(ValueError, match=message):
        MLPRegressor(**settings, alpha=alpha).fit(X[:20], Y[:20])
    with pytest.raises(ValueError, match=message):
        MLPRegressorCV([0.0, alpha], cv=2, **settings).fit(X, Y)


def test_a_default_grid_is_one_for_the_smallest_fold():
    """Its largest value takes half of the weights in a step of the smallest fold, where it would else take more."""
    settings = SETTINGS | {"decay": "decoupled", "normalized_alpha": True, "batch_size": 1, "max_iter": 1}
    folds = [(np.arange(2), np.arange(2, 40)), (np.arange(2, 40), np.arange(2))]
    search = MLPRegressorCV(3, cv=folds, **settings).fit(X, Y)
    assert 0.01 * search.alphas_[-1] * np.sqrt(1 / 2) == pytest.approx(0.5, rel=1e-12)
    assert np.all(np.isfinite(search.cv_results_["mean_test_score"]))


@pytest.mark.parametrize("alpha", [np.float32(0.1), np.float16(0.1), 1], ids=repr)
def test_a_normalized_alpha_is_a_number_of_double_precision(alpha):
    """Whatever kind of number is given: a fit and a path at it have the same bits."""
    network = fit(alpha=alpha, normalized_alpha=True)
    path = MLPRegressor(**SETTINGS, normalized_alpha=True).path(X, Y, [alpha])
    assert network.alpha_ == path[0].alpha_ == np.sqrt(10 / (40 * 6)) * float(alpha)
    np.testing.assert_array_equal(flat(network), flat(path[0]))


def test_a_normalized_alpha_of_a_part():
    """In partial_fit n is that of the part: a quarter of the samples has twice the λ."""
    model = MLPRegressor(**SETTINGS | {"batch_size": 5}, alpha=0.3, normalized_alpha=True)
    assert model.partial_fit(X, Y).alpha_ == pytest.approx(0.3 * np.sqrt(5 / (40 * 6)), rel=1e-12)
    assert model.partial_fit(X[:10], Y[:10]).alpha_ == pytest.approx(0.6 * np.sqrt(5 / (40 * 6)), rel=1e-12)


def test_scikit_learn_gets_a_strength_if_there_is_one():
    """Equal strengths, and the λ that a normalized alpha came to, are converted; others are left out, and named."""
    assert fit(alpha=[0.1, 0.1]).to_sklearn().alpha == pytest.approx(0.1 * 10)
    assert fit(alpha=0.3, normalized_alpha=True).to_sklearn().alpha == pytest.approx(0.3 * np.sqrt(10 / 240) * 10)
    model = fit(alpha=[0.1, 0.2])
    theirs = model.to_sklearn()
    assert theirs.alpha == 0
    np.testing.assert_allclose(theirs.predict(X), model.predict(X), rtol=1e-12)
    for settings in ({"alpha": [0.1, 0.2]}, {"normalized_alpha": True}, {"warmup_epochs": 2}):
        name, value = next(iter(settings.items()))
        with pytest.warns(UserWarning, match=f"cannot train with {name}={value}".replace("[", r"\[")):
            MLPClassifier(**settings).to_sklearn()
