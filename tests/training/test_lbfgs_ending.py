"""How training by L-BFGS begins, ends and goes on: limits, warnings, errors, early stopping, warm starts."""

import copy
import os

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.exceptions import ConvergenceWarning

from skl2 import MLPClassifier, MLPRegressor
from skl2._kernels.initial_weights import glorot
from skl2._training.lbfgs import Objective
from skl2._training.parameters import draw_initial, layer_views

RANDOM = np.random.default_rng(0)
N = 40
X = RANDOM.standard_normal((N, 3))
Y = X[:, 0] - np.sin(X[:, 1]) + 0.5 * RANDOM.standard_normal(N)
WEIGHT = RANDOM.uniform(0.5, 2, N)
SETTINGS = {"hidden_layer_sizes": (4,), "activation": "tanh", "optimizer": "lbfgs", "random_state": 0}
STOPPING = {"early_stopping": True, "validation_fraction": 0.5, "alpha": 0.0, "n_iter_no_change": 3}
ESTIMATORS = [MLPClassifier, MLPRegressor]
NOT_AT_ALL = pytest.mark.filterwarnings("ignore:The network has learned nothing")  # the weights are the first ones
FEW = pytest.mark.filterwarnings("ignore:lbfgs failed to converge")  # the iterations of the test are few
UNCOMPILED = os.environ.get("NUMBA_DISABLE_JIT", "0") != "0"


def layers(model):
    """All weights and intercepts as one vector."""
    return np.concatenate([layer.ravel() for layer in model.coefs_ + model.intercepts_])


def target(Estimator):
    """Three classes, or real values."""
    return Y if Estimator is MLPRegressor else np.digitize(Y, [-0.8, 0.5])


def slopes(model):
    """The gradient of the objective at the weights of a fitted linear regressor without intercept's penalty."""
    residual = model.predict(X) - Y
    return np.append(X.T @ residual / N + model.alpha * model.coefs_[0].ravel(), residual.mean())


@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_max_iter(Estimator):
    """Iterations end at max_iter with a ConvergenceWarning that names max_iter and max_fun."""
    with pytest.warns(ConvergenceWarning, match=r"^lbfgs failed .* 3 iterations: .*max_iter=3 or max_fun=15000"):
        model = Estimator(**SETTINGS, max_iter=3).fit(X, target(Estimator))
    assert model.n_iter_ == len(model.loss_curve_) == 3


@pytest.mark.parametrize("max_fun", [1, 6])
def test_max_fun(max_fun, monkeypatch):
    """The first iteration with more than max_fun evaluations is the last, with a warning that names both limits."""
    evaluations, evaluate = [], Objective.__call__

    def count(self, params):
        evaluations.append(params)
        return evaluate(self, params)

    monkeypatch.setattr(Objective, "__call__", count)
    with pytest.warns(ConvergenceWarning, match=f"EVALUATIONS.*max_iter=200 or max_fun={max_fun}"):
        model = MLPRegressor(**SETTINGS, max_fun=max_fun).fit(X, Y)
    assert max_fun < len(evaluations) <= max_fun + 3
    assert 1 <= model.n_iter_ < len(evaluations)


@pytest.mark.parametrize("tol", [0.3, 0.03, 0.003])
def test_tol_bounds_the_gradient(tol):
    """It ends, without a warning, at the first iteration whose gradient is at most tol everywhere."""
    settings = SETTINGS | {"hidden_layer_sizes": (), "alpha": 0.1, "tol": tol}
    model = MLPRegressor(**settings).fit(X, Y)
    assert np.max(np.abs(slopes(model))) <= tol
    with pytest.warns(ConvergenceWarning):
        before = MLPRegressor(**settings | {"max_iter": model.n_iter_ - 1}).fit(X, Y)
    assert np.max(np.abs(slopes(before))) > tol


@NOT_AT_ALL
@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_converged_at_the_start(Estimator):
    """Where the initial gradient is below tol there is no iteration: initial weights, finite loss, empty curves."""
    model = Estimator(**SETTINGS, tol=1e9).fit(X, target(Estimator))
    sizes = np.array([3, 4, model.n_outputs_])
    initial, _ = layer_views(draw_initial(sizes, glorot, np.random.RandomState(0)), sizes)
    assert_array_equal(model.coefs_[0], initial[0])
    assert (model.n_iter_, model.t_, model.loss_curve_, model.weight_norm_curve_) == (0, 0, [], [])
    with pytest.warns(ConvergenceWarning):
        first_step = Estimator(**SETTINGS, max_iter=1).fit(X, target(Estimator))
    assert first_step.loss_ < model.loss_ == model.best_loss_ < np.inf
    model.predict(X)


def test_a_line_search_that_fails(monkeypatch):
    """Where no step lowers the objective a ConvergenceWarning says so; weights and loss stay usable."""
    evaluate = Objective.__call__
    monkeypatch.setattr(Objective, "__call__", lambda self, params: (evaluate(self, params)[0], np.ones(params.size)))
    with pytest.warns(ConvergenceWarning, match="lbfgs failed to converge after . iterations: its line search"):
        model = MLPRegressor(**SETTINGS).fit(X, Y)
    assert np.isfinite(model.loss_)
    assert np.all(np.isfinite(model.predict(X)))


@FEW
@NOT_AT_ALL
@pytest.mark.parametrize("Estimator", ESTIMATORS)
@pytest.mark.parametrize("n_complete", [0, 4])
def test_an_interrupt_keeps_the_last_iterate(n_complete, Estimator, monkeypatch):
    """Ctrl-C while the objective is computed leaves the weights of the last complete iteration, with a warning."""
    model, y, evaluate = Estimator(**SETTINGS), target(Estimator), Objective.__call__
    expected = Estimator(**SETTINGS, **{"max_iter": n_complete} if n_complete else {"tol": 1e9}).fit(X, y)

    def interrupt_after(self, params):
        if np.array_equal(params, layers(expected)):
            monkeypatch.setattr(Objective, "__call__", interrupt)
        return evaluate(self, params)

    def interrupt(self, params):
        raise KeyboardInterrupt

    monkeypatch.setattr(Objective, "__call__", interrupt_after if n_complete else interrupt)
    with pytest.warns(UserWarning, match=r"^Training interrupted by user\.$"):
        model.fit(X, y)
    assert_array_equal(layers(model), layers(expected))
    assert model.loss_curve_ == expected.loss_curve_
    assert model.n_iter_ == n_complete
    model.predict(X)


@pytest.mark.filterwarnings(*["ignore:overflow", "ignore:invalid value"] if UNCOMPILED else [])
@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("dtype", [None, "float32"])
@pytest.mark.parametrize("huge", ["X", "y", "weights"])
def test_divergence(huge, dtype, early_stopping):
    """Numbers that overflow raise one ValueError that says what to do, and leave the estimator as it was."""
    settings = SETTINGS | {"hidden_layer_sizes": (), "dtype": dtype, "alpha": 0.0, "early_stopping": early_stopping}
    model = MLPRegressor(**settings).fit(X, Y)
    before = copy.deepcopy(vars(model))
    rows, y = {"X": (1e200 * X, Y), "y": (X, 1e200 * Y), "weights": (1e-155 * X, 1e155 * Y)}[huge]
    with pytest.raises(ValueError, match=r"non-finite parameter weights.* in epoch \d+: scale X .* the targets"):
        model.fit(rows, y)
    assert vars(model).keys() == before.keys()
    assert_array_equal(
        layers(model), np.concatenate([part.ravel() for part in before["coefs_"] + before["intercepts_"]])
    )
    assert (model.n_iter_, model.loss_curve_) == (before["n_iter_"], before["loss_curve_"])


@FEW
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
@pytest.mark.parametrize("early_stopping", [True, "loss"])
@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_early_stopping_returns_to_the_best_iteration(Estimator, early_stopping, weight):
    """It stops by score or loss of the held-out samples, with the weights of the best iteration, or of one of ties."""
    settings = SETTINGS | STOPPING | {"early_stopping": early_stopping}
    model = Estimator(**settings).fit(X, target(Estimator), weight)
    values = model.validation_scores_ if early_stopping is True else np.negative(model.validation_loss_curve_)
    ties = np.flatnonzero(values == np.max(values)) + 1
    assert 1 < ties[0] < model.n_iter_ == len(values) < 30
    up_to_each = [Estimator(**settings | {"max_iter": n}).fit(X, target(Estimator), weight) for n in ties]
    assert sum(np.array_equal(layers(model), layers(up_to)) for up_to in up_to_each) >= 1
    assert model.best_validation_score_ == model.validation_scores_[ties[0] - 1]
    assert model.best_loss_ is None


@FEW
def test_own_validation_set():
    """The scores are those on X_val, whose best one the weights reproduce; all of X is trained on."""
    settings = SETTINGS | STOPPING
    model = MLPRegressor(**settings).fit(X[:25], Y[:25], X_val=X[25:], y_val=Y[25:])
    assert model.score(X[25:], Y[25:]) == pytest.approx(max(model.validation_scores_), rel=1e-12)
    plain = MLPRegressor(**settings | {"early_stopping": False, "max_iter": model.n_iter_}).fit(X[:25], Y[:25])
    assert model.loss_curve_ == plain.loss_curve_


@FEW
def test_warm_start_goes_on():
    """A warm fit begins at the weights it has, so the curve falls on; n_iter_ is of the last fit, t_ of all."""
    model = MLPRegressor(**SETTINGS, max_iter=4, warm_start=True).fit(X, Y)
    first = model.loss_
    model.fit(X, Y)
    assert model.n_iter_ == 4
    assert len(model.loss_curve_) == len(model.weight_norm_curve_) == 8
    assert np.all(np.diff(model.loss_curve_) <= 0)
    assert model.loss_curve_[4] < model.loss_curve_[3] == first
    assert model.t_ == 8 * N
    model.set_params(warm_start=False).fit(X, Y)
    assert model.loss_ == first
    assert model.t_ == 4 * N


def test_a_converged_warm_start_stays():
    """A warm fit at the minimum takes no further iteration and keeps weights, loss and curve."""
    model = MLPRegressor(**SETTINGS, alpha=1.0, tol=1e-3, warm_start=True).fit(X, Y)
    weights, loss, curve = layers(model), model.loss_, list(model.loss_curve_)
    model.fit(X, Y)
    assert model.n_iter_ == 0
    assert_array_equal(layers(model), weights)
    assert model.loss_ == pytest.approx(loss, rel=1e-13)
    assert model.loss_curve_ == curve


@FEW
def test_warm_start_with_early_stopping_keeps_the_best():
    """The best validation score never falls from one warm fit to the next, and the weights reproduce it."""
    model = MLPRegressor(**SETTINGS | STOPPING, warm_start=True)
    best = [model.fit(X, Y, X_val=X[:9], y_val=Y[:9]).best_validation_score_ for _ in range(3)]
    assert best == sorted(best)
    assert model.score(X[:9], Y[:9]) == pytest.approx(best[-1], rel=1e-12)


@pytest.mark.parametrize("settings", [{}, {"penalty": None}])
@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_there_is_no_step_to_decouple_from(Estimator, settings):
    """decay='decoupled' is refused with what to write instead, and nothing is fitted."""
    model = Estimator(**SETTINGS, decay="decoupled", **settings)
    with pytest.raises(
        ValueError, match=r"decay='decoupled'.*optimizer='lbfgs'.*penalty='l2'.*optimizer='adam' or 'sgd'"
    ):
        model.fit(X, target(Estimator))
    assert not hasattr(model, "coefs_")


@FEW
@pytest.mark.parametrize("Estimator", ESTIMATORS)
def test_no_partial_fit(Estimator):
    """There is no partial_fit before or after fit; the cause says who has one, and adam brings it back."""
    model, y = Estimator(**SETTINGS, max_iter=3), target(Estimator)
    assert not hasattr(model, "partial_fit")
    model.fit(X, y)
    with pytest.raises(AttributeError, match="has no attribute 'partial_fit'") as info:
        model.partial_fit(X, y)
    assert "optimizer='sgd' or 'adam'; got 'lbfgs'" in str(info.value.__cause__)
    before = layers(model)
    model.set_params(optimizer="adam").partial_fit(X, y)
    assert 0 < np.max(np.abs(layers(model) - before)) <= 1.001e-3  # a first step of Adam


@FEW
def test_verbose_prints_each_iteration(capsys):
    """verbose prints one line per iteration, with the losses of loss_curve_."""
    model = MLPRegressor(**SETTINGS, max_iter=3, verbose=True).fit(X, Y)
    lines = [f"Iteration {i}, loss = {loss:.8f}" for i, loss in enumerate(model.loss_curve_, start=1)]
    assert capsys.readouterr().out.splitlines() == lines
    assert len(lines) == 3


@NOT_AT_ALL
def test_no_iteration_has_a_score():
    """Where L-BFGS is at its end already, best_validation_score_ is that of the weights kept."""
    model = MLPRegressor(**SETTINGS | {"tol": 1e9}, early_stopping=True).fit(X, Y, X_val=X, y_val=Y)
    assert (model.n_iter_, model.validation_scores_) == (0, [])
    assert model.best_validation_score_ == pytest.approx(model.score(X, Y), rel=1e-12)


def test_a_penalty_that_overflows_diverges():
    """The largest alpha there is brings our error, not numpy's warning."""
    with pytest.raises(ValueError, match="Training diverged"):
        MLPRegressor(**SETTINGS, alpha=np.finfo(float).max).fit(10 * X, 10 * Y)
