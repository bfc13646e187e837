"""What λ does to a fit, seen through fit() only: equivalences, closed forms and fixed points."""

import numpy as np
import pytest
from sklearn.datasets import make_classification, make_regression
from sklearn.linear_model import LogisticRegression, Ridge

from skl2 import MLPClassifier, MLPRegressor
from skl2._kernels.activations import ACTIVATIONS
from skl2._kernels.initial_weights import glorot
from skl2._training.parameters import draw_initial, layer_views
from skl2._training.schedules import SCHEDULES

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

MECHANISMS = {"l2": {"penalty": "l2"}, "decoupled": {"decay": "decoupled"}}
OPTIMIZERS = {
    "plain": {"optimizer": "sgd", "momentum": 0.0},
    "heavy-ball": {"optimizer": "sgd", "nesterovs_momentum": False},
    "nesterov": {"optimizer": "sgd"},
    "adam": {"optimizer": "adam"},
}
REGRESSION = make_regression(40, 3, noise=1.0, random_state=0)
X, Y = REGRESSION[0], REGRESSION[1] / REGRESSION[1].std()


def fit(mechanism="l2", optimizer="adam", data=(X, Y), sample_weight=None, **settings):
    """A small regressor, six epochs of 4 mini-batches unless told otherwise."""
    defaults = {"hidden_layer_sizes": (5,), "batch_size": 10, "max_iter": 6, "random_state": 0, "tol": 0.0}
    defaults |= {"learning_rate_init": 0.01} | OPTIMIZERS[optimizer] | MECHANISMS[mechanism]
    return MLPRegressor(**defaults | settings).fit(*data, sample_weight)


def flat(model):
    """All weights and intercepts in one vector."""
    return np.concatenate([layer.ravel() for layer in model.coefs_ + model.intercepts_])


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_plain_sgd_cannot_tell_the_mechanisms_apart(schedule):
    """Without momentum, l2 and decoupled decay give the same weights under every schedule."""
    # tol=1e9: every epoch stalls, so that 'adaptive' lowers its rate in the same epochs of both.
    settings = {"tol": 1e9, "n_iter_no_change": 2} if schedule == "adaptive" else {}
    models = [fit(name, "plain", learning_rate=schedule, alpha=0.5, max_iter=15, **settings) for name in MECHANISMS]
    np.testing.assert_allclose(flat(models[0]), flat(models[1]), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_alpha_zero_is_the_same_in_all_modes(optimizer):
    """With alpha=0 the l2 penalty, decoupled decay and no mechanism at all agree bit for bit."""
    models = [fit(name, optimizer, alpha=0.0) for name in MECHANISMS]
    models.append(fit("l2", optimizer, penalty=None, alpha=0.7))
    for model in models[1:]:
        np.testing.assert_array_equal(flat(model), flat(models[0]))
        assert model.loss_curve_ == models[0].loss_curve_


@pytest.mark.parametrize("optimizer", ["heavy-ball", "nesterov", "adam"])
def test_mechanisms_differ_under_momentum_and_adam(optimizer):
    """Where the optimizer has a memory or a scale, the same alpha gives different weights."""
    assert np.max(np.abs(flat(fit("l2", optimizer, alpha=0.5)) - flat(fit("decoupled", optimizer, alpha=0.5)))) > 1e-3


@pytest.mark.parametrize(("optimizer", "epochs"), [("heavy-ball", 2), ("nesterov", 1)])
def test_momentum_parts_by_its_closed_form(optimizer, epochs):
    """Full batch: l2 minus decoupled is -η μ λ W_0, for the heavy ball after two steps, for Nesterov after one."""
    rate, strength = 0.01, 0.5
    settings = {"batch_size": len(X), "max_iter": epochs, "alpha": strength, "learning_rate_init": rate}
    l2, decoupled = (fit(name, optimizer, **settings) for name in MECHANISMS)
    sizes = np.array([3, 5, 1])
    start, _ = layer_views(draw_initial(sizes, glorot, np.random.RandomState(0)), sizes)
    for ours, theirs, initial in zip(l2.coefs_, decoupled.coefs_, start, strict=True):
        np.testing.assert_allclose(ours - theirs, -rate * 0.9 * strength * initial, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(l2.intercepts_[0], decoupled.intercepts_[0], rtol=0, atol=1e-15)


def test_first_step_of_adam_by_its_closed_form():
    """Full batch: W - η q/(|q| + ε) with q = g + λW for l2, (1 - ηλ)W - η g/(|g| + ε) for decoupled decay."""
    rate, strength, epsilon = 0.1, 0.5, 0.05
    settings = {"hidden_layer_sizes": (), "batch_size": len(X), "max_iter": 1, "alpha": strength, "epsilon": epsilon}
    l2, decoupled = (fit(name, "adam", learning_rate_init=rate, **settings).coefs_[0] for name in MECHANISMS)
    sizes = np.array([3, 1])
    (W,), (b,) = layer_views(draw_initial(sizes, glorot, np.random.RandomState(0)), sizes)
    g = X.T @ (X @ W + b - Y[:, np.newaxis]) / len(X)
    q = g + strength * W
    np.testing.assert_allclose(l2, W - rate * q / (np.abs(q) + epsilon), rtol=1e-12)
    np.testing.assert_allclose(decoupled, (1 - rate * strength) * W - rate * g / (np.abs(g) + epsilon), rtol=1e-12)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_dead_feature_shrinks_by_the_product(optimizer, schedule, activation):
    """The weights of an all-zero column shrink by exactly ∏(1 - η_t λ) under decoupled decay."""
    rate, strength, n_epochs, n_batches = 0.05, 0.8, 6, 4
    settings = {"learning_rate": schedule, "learning_rate_init": rate, "activation": activation, "max_iter": n_epochs}
    dead = np.hstack([X, np.zeros((len(X), 1))]), Y
    model = fit("decoupled", optimizer, dead, alpha=strength, hidden_layer_sizes=(5, 2), **settings)
    start = fit("decoupled", optimizer, dead, alpha=0.0, hidden_layer_sizes=(5, 2), **settings)
    epochs, steps = np.arange(n_epochs), np.arange(n_epochs * n_batches)
    up, down = (0.5 * (1 + np.cos(np.pi * share)) for share in (steps / 6.2, (steps - 6.2) / 16.8))
    rates = {
        "constant": np.full(steps.size, rate),
        "adaptive": np.full(steps.size, rate),
        "invscaling": np.repeat(rate / (epochs * len(X) + 1) ** 0.5, n_batches),
        "cosine": rate * 0.5 * (1 + np.cos(np.pi * steps / steps.size)),
        "cosine_restarts": rate * 0.5 * (1 + np.cos(np.pi * steps / (10 * n_batches))),  # within the first cycle
        "linear": rate * (1 - steps / steps.size),
        "one_cycle": rate * np.where(steps < 6.2, 1 - 0.96 * up, 4e-6 + (1 - 4e-6) * down),
    }[schedule]
    ratio = model.coefs_[0][-1] / start.coefs_[0][-1]
    np.testing.assert_allclose(ratio, np.prod(1 - rates * strength), rtol=1e-12)


def test_dead_feature_under_adaptive_follows_the_lowered_rate():
    """Decoupled decay follows η_t also where 'adaptive' divides it by five."""
    rate, strength = 0.05, 0.8
    dead = np.hstack([X, np.zeros((len(X), 1))]), Y
    settings = {"learning_rate": "adaptive", "learning_rate_init": rate, "tol": 1e9, "n_iter_no_change": 1}
    model, start = (fit("decoupled", "plain", dead, alpha=alpha, **settings) for alpha in (strength, 0.0))
    # The first epoch always improves; then two stalled epochs in a row divide the rate, here before epochs 4 and 6.
    rates = np.repeat(rate / np.array([1, 1, 1, 5, 5, 25]), 4)
    ratio = model.coefs_[0][-1] / start.coefs_[0][-1]
    np.testing.assert_allclose(ratio, np.prod(1 - rates * strength), rtol=1e-12)


def test_dead_feature_under_adam_with_l2_does_not_see_alpha():
    """Adam divides λW by its own size: the weights of an all-zero column move alike for alpha 1e-3 and 1."""
    dead = np.hstack([X, np.zeros((len(X), 1))]), Y
    weak, strong = (fit("l2", "adam", dead, alpha=alpha, epsilon=1e-300).coefs_[0][-1] for alpha in (1e-3, 1.0))
    unpenalised = fit("l2", "adam", dead, alpha=0.0).coefs_[0][-1]
    np.testing.assert_allclose(weak, strong, rtol=0, atol=1e-14)
    assert np.all(np.abs(weak - unpenalised) > 0.1)


def test_fixed_point_of_l2_is_ridge():
    """Without hidden layer, the l2 penalty converges to Ridge(alpha=nλ), intercept unpenalised, for several outputs."""
    targets = np.column_stack([Y, X[:, 0] - 0.5 * Y])
    settings = {"hidden_layer_sizes": (), "batch_size": len(X), "max_iter": 1500, "learning_rate_init": 0.1}
    model = fit("l2", "nesterov", (X, targets), alpha=0.3, n_iter_no_change=2000, **settings)
    ridge = Ridge(alpha=0.3 * len(X)).fit(X, targets)
    np.testing.assert_allclose(model.coefs_[0].T, ridge.coef_, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(model.intercepts_[0], ridge.intercept_, rtol=0, atol=1e-10)


@pytest.mark.parametrize("optimizer", ["heavy-ball", "nesterov"])
def test_fixed_point_of_decoupled_momentum_is_a_weaker_ridge(optimizer):
    """With momentum μ decoupled decay converges to Ridge(alpha=(1 - μ)nλ)."""
    settings = {"hidden_layer_sizes": (), "batch_size": len(X), "max_iter": 1500, "learning_rate_init": 0.1}
    model = fit("decoupled", optimizer, alpha=0.3, n_iter_no_change=2000, **settings)
    ridge = Ridge(alpha=0.1 * 0.3 * len(X)).fit(X, Y)
    np.testing.assert_allclose(model.coefs_[0].ravel(), ridge.coef_, rtol=1e-9)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_fixed_point_of_l2_is_logistic_regression(n_classes):
    """Without hidden layer, the l2 penalty converges to LogisticRegression(C=1/(nλ)): equal probabilities."""
    data = make_classification(60, 4, n_informative=3, n_redundant=0, n_classes=n_classes, random_state=0)
    settings = {"hidden_layer_sizes": (), "batch_size": 60, "max_iter": 800, "n_iter_no_change": 2000, "tol": 0.0}
    model = MLPClassifier(penalty="l2", alpha=0.1, optimizer="sgd", learning_rate_init=0.3, random_state=0, **settings)
    reference = LogisticRegression(C=1 / (60 * 0.1), tol=1e-10, max_iter=1000).fit(*data)
    np.testing.assert_allclose(
        model.fit(*data).predict_proba(data[0]), reference.predict_proba(data[0]), rtol=0, atol=1e-6
    )


def test_one_step_of_decay_leaves_intercepts():
    """One full-batch step of plain SGD: W(λ) - W(0) = -ηλW_0, and the intercepts are equal bit for bit."""
    settings = {"batch_size": len(X), "max_iter": 1}
    for name in MECHANISMS:
        free, decayed = (fit(name, "plain", alpha=alpha, **settings) for alpha in (0.0, 0.5))
        sizes = np.array([3, 5, 1])
        start, _ = layer_views(draw_initial(sizes, glorot, np.random.RandomState(0)), sizes)
        for W, W_free, W_start in zip(decayed.coefs_, free.coefs_, start, strict=True):
            np.testing.assert_allclose(W - W_free, -0.01 * 0.5 * W_start, rtol=1e-11)
        for b, b_free in zip(decayed.intercepts_, free.intercepts_, strict=True):
            np.testing.assert_array_equal(b, b_free)


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_intercepts_never_decay(mechanism, optimizer):
    """Without hidden layer and with all-zero X the intercept is trained alone, and no alpha changes it."""
    zeros = np.zeros_like(X), Y + 1
    models = [fit(mechanism, optimizer, zeros, hidden_layer_sizes=(), alpha=alpha) for alpha in (0.0, 0.1, 10.0)]
    for model in models[1:]:
        np.testing.assert_array_equal(model.intercepts_[0], models[0].intercepts_[0])
        assert np.linalg.norm(model.coefs_[0]) < np.linalg.norm(models[0].coefs_[0])


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_duplicated_rows_change_nothing(mechanism):
    """A full-batch fit on every row twice, or with all weights doubled, is the fit on the rows."""
    twice = np.repeat(X, 2, axis=0), np.repeat(Y, 2)
    once = fit(mechanism, alpha=0.5, batch_size=len(X))
    np.testing.assert_allclose(
        flat(fit(mechanism, data=twice, alpha=0.5, batch_size=2 * len(X))), flat(once), rtol=1e-9
    )
    weighted = fit(mechanism, sample_weight=np.full(len(X), 2.0), alpha=0.5, batch_size=len(X))
    np.testing.assert_allclose(flat(weighted), flat(once), rtol=1e-9)


def test_alpha_means_the_same_for_every_batch_size():
    """The l2 fixed point does not depend on batch_size where all mini-batches are equal."""
    repeated = np.tile(X[:10], (4, 1)), np.tile(Y[:10], 4)
    settings = {"hidden_layer_sizes": (), "shuffle": False, "max_iter": 400, "learning_rate_init": 0.1, "alpha": 0.3}
    models = [
        fit("l2", "nesterov", repeated, batch_size=size, n_iter_no_change=500, **settings) for size in (10, 20, 40)
    ]
    for model in models[1:]:
        np.testing.assert_allclose(flat(model), flat(models[0]), rtol=1e-6)


def test_bigger_alpha_means_smaller_weights():
    """At convergence on a convex problem ‖W‖ falls as alpha of the l2 penalty grows."""
    settings = {"hidden_layer_sizes": (), "batch_size": len(X), "max_iter": 600, "learning_rate_init": 0.1}
    norms = [
        fit("l2", "nesterov", alpha=alpha, n_iter_no_change=700, **settings).weight_norm_curve_[-1]
        for alpha in (0.0, 0.01, 0.1, 1.0)
    ]
    assert norms == sorted(norms, reverse=True)
    assert norms[-1] < 0.7 * norms[0]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_reported_loss_holds_the_penalty_of_l2_only(activation):
    """With a vanishing rate, l2 reports data loss + (λ/2)Σ‖W‖² and decoupled decay the data loss."""
    settings = {"activation": activation, "alpha": 0.5, "learning_rate_init": 1e-300, "max_iter": 1}
    l2, decoupled = (fit(name, "plain", **settings) for name in MECHANISMS)
    data_loss = 0.5 * np.mean((decoupled.predict(X) - Y) ** 2)
    assert decoupled.loss_ == pytest.approx(data_loss, rel=1e-13)
    assert l2.loss_ == pytest.approx(data_loss + 0.25 * sum(np.sum(W**2) for W in l2.coefs_), rel=1e-13)
