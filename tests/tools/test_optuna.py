"""Optuna chooses alpha and the learning rate: each trial is a fit, and partial_fit lets it break trials off."""

import numpy as np
import pytest
from sklearn.model_selection import KFold, cross_val_score

from skl2 import MLPClassifier

optuna = pytest.importorskip("optuna")

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((60, 3))
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(60), [-0.5, 0.5])
SMALL = {"hidden_layer_sizes": (5,), "batch_size": 20, "max_iter": 5, "random_state": 0}


@pytest.fixture(autouse=True)
def silence():
    """Optuna reports every trial on stderr unless it is told not to."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    yield
    optuna.logging.set_verbosity(before)


def score(alpha, learning_rate_init):
    """Return the mean score of three folds."""
    model = MLPClassifier(alpha=alpha, learning_rate_init=learning_rate_init, **SMALL)
    return cross_val_score(model, X, Y, cv=KFold(3), error_score="raise").mean()


def suggested(trial):
    """Return the score of what a trial suggests."""
    alpha = trial.suggest_float("alpha", 1e-5, 10, log=True)
    return score(alpha, trial.suggest_float("learning_rate_init", 1e-3, 0.1, log=True))


def study(n_jobs=1):
    """Return a study of eight trials."""
    found = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(n_startup_trials=4, seed=0))
    found.optimize(suggested, n_trials=8, n_jobs=n_jobs)
    return found


def test_trials_are_fits():
    """Every trial has the score of its parameters, a seeded study finds the same again, and the best is the best."""
    found, again = study(), study()
    values = [trial.value for trial in found.trials]
    assert values == [score(**trial.params) for trial in found.trials]
    assert found.best_value == max(values)
    assert [trial.params for trial in again.trials] == [trial.params for trial in found.trials]
    assert len(set(values)) > 1


def test_trials_in_threads():
    """Trials that train at once have the scores that they have alone."""
    assert all(trial.value == score(**trial.params) for trial in study(n_jobs=2).trials)


def test_trials_that_are_broken_off():
    """With partial_fit a trial reports after each epoch; those below the median end early."""

    def by_epochs(trial):
        model = MLPClassifier(learning_rate_init=trial.suggest_float("rate", 1e-5, 0.3, log=True), **SMALL)
        for epoch in range(6):
            model.partial_fit(X[:40], Y[:40], classes=[0, 1, 2])
            trial.report(model.score(X[40:], Y[40:]), epoch)
            if trial.should_prune():
                raise optuna.TrialPruned
        return model.score(X[40:], Y[40:])

    pruner = optuna.pruners.MedianPruner(n_startup_trials=2)
    found = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=0), pruner=pruner)
    found.optimize(by_epochs, n_trials=8)
    states = [trial.state for trial in found.trials]
    assert {optuna.trial.TrialState.PRUNED, optuna.trial.TrialState.COMPLETE} == set(states)
    best = MLPClassifier(learning_rate_init=found.best_params["rate"], **SMALL)
    for _ in range(6):
        best.partial_fit(X[:40], Y[:40], classes=[0, 1, 2])
    assert found.best_value == best.score(X[40:], Y[40:])
