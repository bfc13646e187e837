"""The strategies of a search: after how many epochs networks are compared, what trains on, and what goes together."""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, KFold

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV
from skl2._selection.strategy import halving_epochs, screening_epochs, shorten
from skl2._training.schedules import is_complete_at_max_iter

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((42, 3))
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(42), [-0.8, 0.3])
SMALL = {"hidden_layer_sizes": (3,), "batch_size": 5, "max_iter": 10, "learning_rate_init": 0.1, "random_state": 0}
COMPLETE = SMALL | {"learning_rate": "cosine", "tol": 0.0, "n_iter_no_change": np.inf}
ALPHAS = [2.0, 0.1, 8.0]
FOLDS = KFold(3)
PAIRS = {MLPClassifierCV: MLPClassifier, MLPRegressorCV: MLPRegressor}
BOTH = pytest.mark.parametrize("Chooser", PAIRS)


@pytest.fixture
def short_runs(monkeypatch):
    """Short runs have a quarter of the epochs here too, where that is few steps."""
    monkeypatch.setattr("skl2._selection.strategy.LEAST_STEPS", 1)


@pytest.mark.parametrize("n_alphas", [1, 2, 3, 10, 33])
@pytest.mark.parametrize("max_iter", [1, 2, 7, 200])
def test_halving_leaves_one_at_the_end(n_alphas, max_iter):
    """Comparisons come after rising numbers of epochs, the last of them max_iter, with no more halvings than needed."""
    epochs = halving_epochs(n_alphas, max_iter)
    assert epochs[-1] == max_iter
    assert epochs[0] >= 1
    assert np.all(np.diff(epochs) > 0)
    assert 2 ** (len(epochs) - 2) < n_alphas


def test_halving_compares_from_a_tenth_to_a_half():
    """Of many values the first comparison is after a tenth of the epochs, the last but one after half of them."""
    epochs = halving_epochs(10, 200)
    assert epochs == [20, 45, 100, 200]
    assert halving_epochs(2, 200) == [200]


@pytest.mark.parametrize(("max_iter", "n_epochs"), [(1, 1), (2, 1), (4, 1), (5, 2), (10, 3), (200, 50)])
def test_screening_takes_a_quarter(max_iter, n_epochs):
    """Short runs have a quarter of the epochs, at least one."""
    assert screening_epochs(MLPRegressor(max_iter=max_iter), n_samples=10**6) == n_epochs
    assert screening_epochs(MLPRegressor(max_iter=max_iter, optimizer="lbfgs"), n_samples=10) == n_epochs


@pytest.mark.parametrize(("n_samples", "n_epochs"), [(2000, 10), (320, 15), (289, 15), (110, 38), (100, 38), (9, 40)])
def test_screening_takes_at_least_some_steps(n_samples, n_epochs):
    """A quarter of the epochs of a small table would be few steps: there are 150, or as many as long runs have."""
    assert screening_epochs(MLPRegressor(max_iter=40, batch_size=32), n_samples) == n_epochs


@pytest.mark.parametrize("changes", [{}, {"decay": "decoupled"}, {"optimizer": "lbfgs"}], ids=str)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.usefixtures("short_runs")
@BOTH
def test_screening_chooses_by_short_networks_and_refits_a_long_one(Chooser, changes):
    """The choice is that of GridSearchCV over networks of ⌈max_iter / 4⌉ epochs, the result a fit of max_iter."""
    settings = (SMALL if "optimizer" in changes else COMPLETE) | changes
    how = {"cv": FOLDS, "scoring": "neg_log_loss" if Chooser is MLPClassifierCV else None}
    model = Chooser(ALPHAS, strategy="screening", **settings, **how).fit(X, Y)
    short = GridSearchCV(PAIRS[Chooser](**settings | {"max_iter": 3}), {"alpha": ALPHAS}, **how).fit(X, Y)
    for key, value in short.cv_results_.items():
        if not key.endswith("_time"):
            np.testing.assert_array_equal(model.cv_results_[key], value, err_msg=key)
    assert model.alpha_ == short.best_params_["alpha"]
    assert model.best_score_ == short.best_score_
    alone = PAIRS[Chooser](**settings, alpha=model.alpha_).fit(X, Y)
    np.testing.assert_array_equal(model.coefs_[0], alone.coefs_[0])
    assert model.n_iter_ == alone.n_iter_ > 3
    assert model.best_estimator_.max_iter == model.max_iter == 10


@pytest.mark.parametrize("changes", [{"penalty": "l2"}, {"decay": "decoupled"}], ids=str)
@pytest.mark.usefixtures("short_runs")
@BOTH
def test_short_runs_have_the_strength_of_the_long_one(Chooser, changes):
    """Where alpha is in units of the steps, those are the steps of the long run: λ is one in both, and so is alpha."""
    settings, how = COMPLETE | changes, {"cv": FOLDS, "scoring": "loss"}
    model = Chooser(ALPHAS, strategy="screening", normalized_alpha=True, **settings, **how).fit(X, Y)
    strengths = np.multiply(ALPHAS, np.sqrt(5 / (28 * 10)))  # of folds with 28 samples, in 10 epochs
    short = Chooser(strengths, **settings | {"max_iter": 3}, **how).fit(X, Y)
    np.testing.assert_allclose(model.cv_results_["mean_test_score"], short.cv_results_["mean_test_score"], rtol=1e-12)
    assert model.alphas_.tolist() == ALPHAS
    assert model.best_estimator_.alpha_ == pytest.approx(model.alpha_ * np.sqrt(5 / (42 * 10)), rel=1e-12)


@pytest.mark.usefixtures("short_runs")
@BOTH
def test_screening_of_an_ensemble_trains_its_members_to_the_end(Chooser):
    """Short networks with the seeds of the folds choose; members are networks of max_iter epochs, at alpha_ alone."""
    how = {"cv": FOLDS, "ensemble": True, "scoring": "loss", "decay": "decoupled"}
    model = Chooser(ALPHAS, strategy="screening", **COMPLETE, **how).fit(X, Y)
    short = Chooser(ALPHAS, **COMPLETE | {"max_iter": 3}, **how).fit(X, Y)
    full = Chooser([model.alpha_], **COMPLETE, **how).fit(X, Y)
    for key in ("mean_test_score", "split2_test_score", "mean_weight_norm", "mean_n_iter"):
        np.testing.assert_array_equal(model.cv_results_[key], short.cv_results_[key])
    assert model.alpha_ == short.alpha_
    assert [stage["n_epochs"] for stage in model.stages_] == [3]
    for member, expected in zip(model.estimators_, full.estimators_, strict=True):
        np.testing.assert_array_equal(member.coefs_[0], expected.coefs_[0])
        assert (member.n_iter_, member.max_iter) == (10, 10)
    assert model.best_score_ == full.best_score_ != short.best_score_


def test_screening_asks_the_grid_of_long_networks():
    """The default grid is that of max_iter epochs: λ is the same for short and long networks."""
    settings = COMPLETE | {"decay": "decoupled", "cv": FOLDS}
    screened, full = (MLPRegressorCV(3, **settings, strategy=name).fit(X, Y) for name in ("screening", "full"))
    np.testing.assert_array_equal(screened.alphas_, full.alphas_)
    assert screened.grid_ == full.grid_


def test_one_standard_error_of_short_networks():
    """rule='one_se' goes with screening, whose networks all have their end: the largest alpha that is good enough."""
    how = {"cv": FOLDS, "strategy": "screening", "scoring": "loss"}
    best, simple = (MLPRegressorCV([0.0, 1e-9, 1e-8], rule=rule, **COMPLETE, **how) for rule in ("best", "one_se"))
    assert best.fit(X, Y).alpha_ <= simple.fit(X, Y).alpha_ == 1e-8


def test_short_networks_are_not_warned_about():
    """They are meant to be short: the one warning is of the network that was trained to max_iter."""
    with pytest.warns(ConvergenceWarning, match=r"Maximum iterations \(10\)") as warned:
        MLPRegressorCV(ALPHAS, **SMALL, cv=FOLDS, strategy="screening").fit(X, Y)
    assert len(warned) == 1


@pytest.mark.parametrize("name", ["store_predictions", "calibrate"])
def test_what_needs_the_networks_of_the_folds(name):
    """Without ensemble=True their predictions are neither kept nor calibrated: refused, with what to write."""
    model = MLPClassifierCV(ALPHAS, **COMPLETE, **{name: True})
    message = rf"^{name}=True is for .* they are not kept\. Write ensemble=True, or {name}=False\.$"
    with pytest.raises(ValueError, match=message):
        model.fit(X, Y)
    assert not hasattr(model, "alpha_")


@pytest.mark.parametrize("ensemble", [False, True])
def test_what_halving_does_not_go_with(ensemble):
    """Halving compares networks on their way, which neither 'one_se' nor L-BFGS can do, in an ensemble or not."""
    for settings, words in (({"rule": "one_se"}, "to their end"), ({"optimizer": "lbfgs"}, "cannot pause")):
        model = MLPRegressorCV(ALPHAS, **COMPLETE | settings, ensemble=ensemble, strategy="halving")
        with pytest.raises(ValueError, match=words):
            model.fit(X, Y)


@pytest.mark.parametrize("max_iter", [70, 150])
def test_a_short_run_has_the_shape_of_the_long_one(max_iter):
    """Cycles and the warm-up shorten in proportion, so that a short run ends where a cycle does, as the long one."""
    long = MLPRegressor(learning_rate="cosine_restarts", T_0=10, warmup_epochs=0, max_iter=max_iter)
    for epochs in (1, 7, 18, 40):
        short = shorten(long, epochs)
        assert is_complete_at_max_iter(short)
    short = shorten(long.set_params(warmup_epochs=7.5), 18)
    assert (short.max_iter, short.warmup_epochs) == (18, pytest.approx(7.5 * 18 / max_iter))
    assert shorten(long, max_iter).get_params() == long.get_params()
    assert long.T_0 == 10


def test_screening_with_restarts():
    """Short runs choose, and the network of all samples has the cycles that were asked for."""
    how = {"learning_rate": "cosine_restarts", "T_0": 20, "n_iter_no_change": np.inf, "max_iter": 60}
    model = MLPRegressorCV(ALPHAS, **COMPLETE | how, cv=FOLDS, strategy="screening").fit(X, Y)
    assert [snapshot.n_iter_ for snapshot in model.snapshots_] == [20, 60]
