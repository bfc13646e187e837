"""scikit-learn's ScoringMonitor on our estimators, alone and inside others."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skl2 import MLPClassifier, MLPRegressor

callback = pytest.importorskip("sklearn.callback")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 3))
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(40), [-0.8, 0.3])
WEIGHT = RANDOM.uniform(0.5, 2, 40)
SMALL = {"hidden_layer_sizes": (4,), "batch_size": 10, "max_iter": 3, "random_state": 0, "learning_rate_init": 0.02}


def scores(monitor, depth, name):
    """The scores that a ScoringMonitor has kept of tasks at one depth of the tree, in order."""
    return [row[name] for row in monitor.get_logs().data if len(row["task_id_path"]) == depth]


@pytest.mark.parametrize(("Estimator", "name"), [(MLPClassifier, "neg_log_loss"), (MLPRegressor, "r2")])
@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_scoring_monitor_scores_every_epoch(optimizer, Estimator, name):
    """Its scores are those of estimators fitted with max_iter = 1, 2, 3, and of the fit itself, weights included."""
    monitor, settings = callback.ScoringMonitor(scoring=name), SMALL | {"optimizer": optimizer}
    Estimator(**settings).set_callbacks(monitor).fit(X, Y, WEIGHT)
    expected = callback.ScoringMonitor(scoring=name)
    for k in (1, 2, 3):
        Estimator(**settings | {"max_iter": k}).set_callbacks(expected).fit(X, Y, WEIGHT)
    ends = [run.data[0][name] for run in expected.get_logs(select="all")]
    assert scores(monitor, 2, name) == ends
    assert scores(monitor, 1, name) == ends[-1:]
    assert len(set(ends)) == 3


def test_scoring_monitor_in_a_pipeline():
    """On the last step of a pipeline it scores the samples that this step is fitted on."""
    monitor = callback.ScoringMonitor(scoring="r2")
    scaler, network = StandardScaler().fit(5 * X), MLPRegressor(**SMALL)
    make_pipeline(StandardScaler(), network.set_callbacks(monitor)).fit(5 * X, Y)
    fits = [MLPRegressor(**SMALL | {"max_iter": k}).fit(scaler.transform(5 * X), Y) for k in (1, 2, 3)]
    assert scores(monitor, 3, "r2") == [fit.score(scaler.transform(5 * X), Y) for fit in fits]


def test_scoring_monitor_in_a_search():
    """Inside GridSearchCV it keeps the scores of every epoch of every candidate and fold."""
    monitor, folds, alphas = callback.ScoringMonitor(scoring="r2"), KFold(2), [0.0, 1.0]
    search = GridSearchCV(MLPRegressor(**SMALL).set_callbacks(monitor), {"alpha": alphas}, cv=folds)
    search.fit(X, Y)
    expected = [
        MLPRegressor(**SMALL | {"alpha": alpha, "max_iter": k}).fit(X[train], Y[train]).score(X[train], Y[train])
        for alpha in alphas
        for train, _ in folds.split(X)
        for k in (1, 2, 3)
    ]
    np.testing.assert_allclose(scores(monitor, 4, "r2"), expected, rtol=1e-12)
    assert scores(monitor, 2, "r2") == [search.best_estimator_.score(X, Y)]


def test_callbacks_travel_with_the_estimator():
    """A clone has the same callbacks; a pickle, before or after fit, has callbacks of its own that go on."""
    monitor = callback.ScoringMonitor(scoring="r2")
    model = MLPRegressor(**SMALL).set_callbacks(monitor)
    assert clone(model)._skl_callbacks == [monitor]
    twin = pickle.loads(pickle.dumps(model.fit(X, Y))).fit(X, Y)
    (twins,) = twin._skl_callbacks
    assert len(monitor.get_logs(select="all")) == 1
    assert scores(twins, 2, "r2") == scores(monitor, 2, "r2")
    assert len(twins.get_logs(select="all")) == 2
