"""A ray cluster as workers: one search. All of test_backends.py runs on ray too, with make test-slow."""

import os
from tempfile import TemporaryDirectory

import joblib
import numpy as np
import pytest
from clusters import ray_cluster

from skl2 import MLPClassifierCV

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.skipif(
        os.environ.get("NUMBA_DISABLE_JIT", "0") != "0",
        reason="what processes send each other does not depend on compilation",
    ),
]

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((60, 3))
LABELS = np.array(["high", "low", "middle"])[np.digitize(X[:, 0] + RANDOM.standard_normal(60), [-0.5, 0.5])]
SMALL = {"hidden_layer_sizes": (8,), "batch_size": 20, "max_iter": 6, "random_state": 0, "learning_rate_init": 0.02}


def train_ensemble(folder, **settings):
    """All that comes of a search whose networks are kept; each process that scores one leaves its number."""

    def score(model, X, y):
        (folder / str(os.getpid())).touch()
        return model.score(X, y)

    with joblib.parallel_config(**settings):
        search = MLPClassifierCV([0, 0.1, 1], cv=3, ensemble=True, calibrate=True, scoring=score, **SMALL)
        search.fit(X, LABELS)
    weights = [layer for network in search.estimators_ for layer in network.coefs_]
    scores = [search.cv_results_[f"split{fold}_test_score"] for fold in range(3)]
    return [search.alpha_, search.temperature_, search.predict_proba(X), *scores, *weights]


def test_an_ensemble_is_the_same_on_ray(tmp_path):
    """Two processes of a ray cluster train the networks of the folds, bit for bit as a plain loop does."""
    alone = train_ensemble(tmp_path, backend="sequential")
    with TemporaryDirectory() as folder, ray_cluster(folder) as settings:
        together = train_ensemble(tmp_path, **settings)
    for ours, expected in zip(together, alone, strict=True):
        np.testing.assert_array_equal(ours, expected)
    assert len({file.name for file in tmp_path.iterdir()} - {str(os.getpid())}) == 2
