"""The search that drops values of alpha on the way: networks go on from where they are, and results say what was."""

from itertools import pairwise

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV
from skl2._estimators.endings import name_alphas
from skl2._training.engine import _Run

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 3))
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(40), [-0.8, 0.3])
SMALL = {"hidden_layer_sizes": (3,), "batch_size": 10, "max_iter": 8, "random_state": 0, "learning_rate_init": 0.1}
ENDLESS = SMALL | {"tol": 0.0, "n_iter_no_change": np.inf}
ALPHAS = [0.03, 4.0, 0.0, 2.0, 0.3, 1.0]
PAIRS = {MLPClassifierCV: MLPClassifier, MLPRegressorCV: MLPRegressor}
BOTH = pytest.mark.parametrize("Chooser", PAIRS)


def halve(Chooser, settings, alphas=ALPHAS, **how):
    """A search that has dropped something, with a score that tells networks apart."""
    scoring = "neg_log_loss" if Chooser is MLPClassifierCV else "neg_mean_squared_error"
    how = {"cv": 2, "scoring": scoring} | how
    model = Chooser(alphas, **settings, strategy="halving", **how).fit(X, Y)
    assert len(model.stages_) > 1
    return model, Chooser(alphas, **settings, **how)


def fold_scores(model):
    """Scores (n_alphas, n_folds)."""
    return np.transpose([model.cv_results_[f"split{split}_test_score"] for split in range(model.n_splits_)])


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"decay": "decoupled", "learning_rate": "cosine"},
        {"optimizer": "sgd", "learning_rate": "adaptive", "tol": 0.1, "n_iter_no_change": 1},
        {"early_stopping": True, "validation_fraction": 0.3, "n_iter_no_change": 2},
        {"early_stopping": "loss", "validation_fraction": 0.3, "dtype": "float32"},
    ],
    ids=lambda changes: "-".join(map(str, changes.values())) or "default",
)
@BOTH
def test_what_survives_is_as_in_the_full_search(Chooser, changes):
    """Networks trained to the end have the fold scores of the full search: they were continued, not restarted."""
    model, full = halve(Chooser, ENDLESS | changes)
    full.fit(X, Y)
    survives = np.isin(ALPHAS, model.stages_[-1]["alphas"])
    assert 0 < survives.sum() < len(ALPHAS)
    np.testing.assert_array_equal(fold_scores(model)[survives], fold_scores(full)[survives])
    for key in ("mean_n_iter", "mean_test_score", "std_test_score"):
        np.testing.assert_array_equal(model.cv_results_[key][survives], full.cv_results_[key][survives])
    assert model.alpha_ in ALPHAS
    assert survives[model.best_index_]


@BOTH
def test_what_was_dropped_is_as_in_a_shorter_search(Chooser):
    """At a constant rate each alpha has the fold scores of a full search of as many epochs as it was trained."""
    model, full = halve(Chooser, ENDLESS)
    n_iter = model.cv_results_["mean_n_iter"]
    assert 1 <= n_iter.min() < n_iter.max() == 8
    for number, n_epochs in enumerate(n_iter.astype(int)):
        shorter = full.set_params(max_iter=n_epochs).fit(X, Y)
        np.testing.assert_array_equal(fold_scores(model)[number], fold_scores(shorter)[number])


@pytest.mark.parametrize("strategy", ["full", "halving"])
def test_networks_go_on_from_where_they_are(strategy, monkeypatch):
    """Each fold, and the final network, goes once through its epochs: no comparison starts training anew."""
    epochs, train_epochs = [], _Run.train_epochs

    def watched(run, team, n_epochs):
        epochs.extend([len(run.monitors)] * n_epochs)
        return train_epochs(run, team, n_epochs)

    monkeypatch.setattr(_Run, "train_epochs", watched)
    model = MLPRegressorCV(ALPHAS, **ENDLESS, cv=3, strategy=strategy).fit(X, Y)
    assert len(epochs) == 3 * 8 + 8
    assert sum(epochs[:-8]) == 3 * model.cv_results_["mean_n_iter"].sum()


@BOTH
def test_stages_and_results_agree(Chooser):
    """Each alpha's stage, epochs and mean score in cv_results_ are those of the last comparison it took part in."""
    model, _ = halve(Chooser, ENDLESS)
    stages, results = model.stages_, model.cv_results_
    np.testing.assert_array_equal(stages[0]["alphas"], ALPHAS)
    for stage, following in pairwise(stages):
        assert stage["n_epochs"] < following["n_epochs"]
        assert set(stage["dropped"]) == set(stage["alphas"]) - set(following["alphas"])
        assert set(following["alphas"]) < set(stage["alphas"])
    assert stages[-1]["dropped"].size == 0
    assert stages[-1]["n_epochs"] == 8
    for number, alpha in enumerate(ALPHAS):
        own = [stage for stage in stages if alpha in stage["alphas"]]
        assert results["stage"][number] == len(own)
        assert results["mean_n_iter"][number] == own[-1]["n_epochs"]
        assert results["mean_test_score"][number] == own[-1]["mean_scores"][own[-1]["alphas"] == alpha]
    np.testing.assert_allclose(results["mean_test_score"], fold_scores(model).mean(axis=1), rtol=1e-14)


@pytest.mark.parametrize("alphas", [ALPHAS, [*ALPHAS, 0.3, 0.0]], ids=["all differ", "twice"])
def test_those_kept_longer_rank_first(alphas):
    """Ranks follow the stage, then the mean score, so that the best one was trained to the end."""
    model, _ = halve(MLPRegressorCV, ENDLESS, alphas)
    results = model.cv_results_
    order = sorted(zip(-results["stage"], -results["mean_test_score"], strict=True))
    expected = [1 + order.index(own) for own in zip(-results["stage"], -results["mean_test_score"], strict=True)]
    np.testing.assert_array_equal(results["rank_test_score"], expected)
    assert results["mean_n_iter"][model.best_index_] == 8
    assert model.best_index_ == np.argmin(results["rank_test_score"])
    _, first = np.unique(alphas, return_index=True)  # an alpha that is there twice is trained once
    assert sum(results["stage"][first]) == sum(stage["alphas"].size for stage in model.stages_)


def test_the_final_network_is_trained_from_the_start():
    """The final network is a fit at alpha_ on all samples, for all epochs."""
    model, _ = halve(MLPRegressorCV, ENDLESS)
    alone = MLPRegressor(**ENDLESS, alpha=model.alpha_).fit(X, Y)
    np.testing.assert_array_equal(model.coefs_[0], alone.coefs_[0])
    assert model.n_iter_ == 8


@pytest.mark.parametrize("cv", [2, [(np.arange(25), np.arange(25, 40))]], ids=["two folds", "one fold"])
def test_threads_change_nothing(cv):
    """Two jobs, which take networks apart and join them, give the same results to the last bit."""
    one, _ = halve(MLPRegressorCV, ENDLESS | {"early_stopping": "loss", "validation_fraction": 0.3}, cv=cv)
    two, _ = halve(MLPRegressorCV, ENDLESS | {"early_stopping": "loss", "validation_fraction": 0.3}, cv=cv, n_jobs=2)
    for key, value in one.cv_results_.items():
        if not key.endswith("_time"):
            np.testing.assert_array_equal(two.cv_results_[key], value)
    np.testing.assert_equal(two.stages_, one.stages_)


def test_networks_that_have_ended_stay_as_they_are():
    """Where all networks end before they are compared, epochs, scores and choice are those of the full search."""
    settings = SMALL | {"max_iter": 64, "tol": 1e9, "n_iter_no_change": 1}
    full, halved = (MLPRegressorCV(ALPHAS, **settings, cv=2, strategy=name).fit(X, Y) for name in ("full", "halving"))
    assert np.all(full.cv_results_["mean_n_iter"] < 4)
    np.testing.assert_array_equal(fold_scores(halved), fold_scores(full))
    for key in ("mean_n_iter", "rank_test_score"):
        np.testing.assert_array_equal(halved.cv_results_[key], full.cv_results_[key])
    assert halved.alpha_ == full.alpha_


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")  # numpy's words, without compilation
def test_what_diverged_is_dropped():
    """A network that diverged has no score, is never the best, and is named in one warning."""
    settings = ENDLESS | {"optimizer": "sgd", "max_iter": 40, "learning_rate": "cosine"}
    with pytest.warns(ConvergenceWarning, match=r"at alpha=1e\+06: diverged") as warned:
        model, _ = halve(MLPRegressorCV, settings, [0.1, 1e6, 0.0, 0.3])
    assert sum(issubclass(warning.category, ConvergenceWarning) for warning in warned) == 1
    assert np.isnan(model.cv_results_["mean_test_score"]).tolist() == [False, True, False, False]
    assert model.cv_results_["rank_test_score"][1] == 4
    assert 1e6 not in model.stages_[-1]["alphas"]


def test_one_value_is_not_compared():
    """With a single alpha there is nothing to drop."""
    model = MLPRegressorCV([0.3], **SMALL, cv=2, strategy="halving").fit(X, Y)
    assert (model.alpha_, len(model.stages_), model.cv_results_["mean_n_iter"].tolist()) == (0.3, 1, [8])


def test_verbose_prints_each_comparison(capsys):
    """verbose prints one line for each stage, with its best alpha and the values that it dropped."""
    model, _ = halve(MLPRegressorCV, ENDLESS | {"verbose": True})
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("After")]
    for line, stage in zip(lines, model.stages_, strict=True):
        best = stage["alphas"][np.argmax(stage["mean_scores"])]
        values = f"best of {stage['alphas'].size}: alpha={best:g} with a mean score of "
        dropped = f"Dropped: {name_alphas(stage['dropped'])}." if stage["dropped"].size else ""
        assert line.startswith(f"After {stage['n_epochs']} epochs, {values}{stage['mean_scores'].max():.6g}.")
        assert line.endswith(dropped)
        assert ("Dropped" in line) == bool(dropped)


def test_an_ensemble_of_networks_that_have_ended():
    """Where all networks end before they are compared, an ensemble has those of the full search."""
    settings = SMALL | {"max_iter": 64, "tol": 1e9, "n_iter_no_change": 1, "ensemble": True}
    full, halved = (MLPRegressorCV(ALPHAS, **settings, cv=2, strategy=name).fit(X, Y) for name in ("full", "halving"))
    np.testing.assert_array_equal(halved.predict(X), full.predict(X))
