"""snapshots_: the networks at the ends of the cycles of 'cosine_restarts'."""

import copy
import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import VotingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.frozen import FrozenEstimator

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((60, 3))
Y, WORDS = X[:, 0] - X[:, 1] ** 2, np.where(X[:, 0] > X[:, 1], "yes", "no")
SETTINGS = {"hidden_layer_sizes": (5,), "batch_size": 20, "learning_rate_init": 0.02, "random_state": 0, "tol": 0.0}
SETTINGS |= {"learning_rate": "cosine_restarts", "T_0": 2, "n_iter_no_change": np.inf}
LEARNED = pytest.mark.filterwarnings("ignore:The network has learned nothing")


def assert_equal(one, other):
    """Both predict the same bits, and have the same history."""
    for ours, theirs in zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert one.loss_curve_ == other.loss_curve_
    assert one.learning_rate_curve_ == other.learning_rate_curve_
    assert (one.n_iter_, one.t_) == (other.n_iter_, other.t_)
    np.testing.assert_array_equal(one.alpha_, other.alpha_)


@LEARNED
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"early_stopping": True},
        {"alpha": [0.1, 0.2], "decay": "decoupled"},
        {"warmup_epochs": 1, "dtype": "float32"},
    ],
    ids=str,
)
def test_a_snapshot_is_the_fit_of_so_many_epochs(changes):
    """Bit for bit, with its history: the schedule does not know how long training takes."""
    model = MLPRegressor(**SETTINGS | changes, max_iter=14 + changes.get("warmup_epochs", 0)).fit(X, Y)
    assert len(model.snapshots_) == 3
    for snapshot, max_iter in zip(model.snapshots_, (2, 6, 14), strict=True):
        n_epochs = max_iter + changes.get("warmup_epochs", 0)
        assert_equal(snapshot, MLPRegressor(**SETTINGS | changes, max_iter=n_epochs).fit(X, Y))
    np.testing.assert_array_equal(model.snapshots_[-1].predict(X), model.predict(X))


@LEARNED
def test_snapshots_share_nothing():
    """What happens to the network afterwards, or to one of them, does not change the others; none has snapshots."""
    model = MLPClassifier(**SETTINGS, max_iter=6, warm_start=True).fit(X, WORDS)
    first, last = model.snapshots_
    assert vars(model).keys() - vars(first).keys() == {"snapshots_"}
    assert vars(first).keys() <= vars(model).keys()
    before = [first.predict_proba(X), last.predict_proba(X)]
    model.fit(X, WORDS)
    last.coefs_[0][:] = 0
    np.testing.assert_array_equal(first.predict_proba(X), before[0])
    assert len(model.snapshots_) == 2
    assert last not in model.snapshots_
    assert not any(hasattr(snapshot, "snapshots_") for snapshot in model.snapshots_)
    assert first.classes_.tolist() == ["no", "yes"]
    np.testing.assert_array_equal(model.snapshots_[-1].predict_proba(X), model.predict_proba(X))


@LEARNED
def test_only_fit_with_restarts_has_snapshots():
    """Not partial_fit, nor another schedule, also after a fit that had them; training that ends early has fewer."""
    model = MLPRegressor(**SETTINGS, max_iter=6).fit(X, Y)
    assert len(model.snapshots_) == 2
    assert not hasattr(copy.copy(model).partial_fit(X, Y), "snapshots_")
    assert not hasattr(model.set_params(learning_rate="cosine").fit(X, Y), "snapshots_")
    assert not hasattr(clone(model), "snapshots_")
    early = MLPRegressor(**SETTINGS | {"tol": 1e9, "n_iter_no_change": 2}, max_iter=14).fit(X, Y)
    assert (early.n_iter_, len(early.snapshots_)) == (4, 1)


@LEARNED
def test_they_can_be_saved_averaged_and_trained_on():
    """Pickles keep them, a vote takes them frozen, and each goes on by itself."""
    model = MLPClassifier(**SETTINGS, max_iter=14).fit(X, WORDS)
    again = pickle.loads(pickle.dumps(model))
    for ours, theirs in zip(again.snapshots_, model.snapshots_, strict=True):
        assert_equal(ours, theirs)
    vote = VotingClassifier([(str(k), FrozenEstimator(s)) for k, s in enumerate(model.snapshots_)], voting="soft")
    mean = np.mean([snapshot.predict_proba(X) for snapshot in model.snapshots_], axis=0)
    np.testing.assert_allclose(vote.fit(X, WORDS).predict_proba(X), mean, rtol=1e-14)
    model.snapshots_[0].partial_fit(X, WORDS)
    assert model.snapshots_[0].t_ == again.snapshots_[0].t_ + 60


@LEARNED
def test_a_search_has_those_of_its_network():
    """The network that is trained on all samples leaves its snapshots."""
    search = MLPClassifierCV([0.0, 0.1], cv=2, **SETTINGS, max_iter=6).fit(X, WORDS)
    assert len(search.snapshots_) == len(search.best_estimator_.snapshots_) == 2


@LEARNED
def test_a_fit_within_a_cycle_says_where_cycles_end():
    """Training that ends at a large rate has not converged: the warning names the ends before and after."""
    with pytest.warns(ConvergenceWarning, match=r"within a cycle of 'cosine_restarts': write max_iter=6 or 14\."):
        MLPRegressor(**SETTINGS, max_iter=9).fit(X, Y)
    with pytest.warns(ConvergenceWarning, match=r"^At alpha=0: .* write max_iter=8\."):
        MLPRegressor(**SETTINGS | {"T_0": 8, "learning_rate_init": 0.1}, max_iter=7).path(X, Y, [0.0])
