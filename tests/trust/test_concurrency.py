"""Sixteen threads at once: the bits of a serial run, and nothing else in the process is touched."""

import importlib.util
import os
import random
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import numpy as np
import pytest
import sklearn
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import ThreadpoolController, threadpool_info, threadpool_limits

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV
from skl2._training import blas

pytestmark = [
    pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT", "0") != "0", reason="takes minutes uncompiled"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]

N_THREADS = 16
RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((300, 8))
Y = X[:, 0] + RANDOM.standard_normal(300)
LABELS = np.digitize(Y, [-0.7, 0.7])
SMALL = {"hidden_layer_sizes": (16,), "batch_size": 50, "max_iter": 4, "random_state": 0}
LARGE = SMALL | {"hidden_layer_sizes": (300, 300), "batch_size": 150, "max_iter": 1}  # has helpers, if it is alone
ALPHAS = [0, 0.1, 1.0]
SHARED = MLPClassifier(**SMALL)  # fitted by `serial`, and then read by all threads


class Broken:
    """A callback that raises in the second epoch."""

    def setup(self, estimator, context):
        """Before all tasks."""

    def teardown(self, estimator, context):
        """After all tasks."""

    def on_fit_task_begin(self, estimator, context, **data):
        """Before a task."""

    def on_fit_task_end(self, estimator, context, **data):
        """After a task."""
        if context.task_name == "epoch" and context.task_id == 1:
            raise ZeroDivisionError("broken")


def weights(model):
    """All weights and intercepts, as bytes."""
    return b"".join(np.asarray(layer).tobytes() for layer in (*model.coefs_, *model.intercepts_))


def fit(Estimator, y, **settings):
    """Return what makes and fits an estimator."""
    return lambda: weights(Estimator(**SMALL | settings).fit(X, y))


def partial():
    """Three calls of partial_fit."""
    model = MLPClassifier(**SMALL)
    for _ in range(3):
        model.partial_fit(X, LABELS, classes=range(3))
    return weights(model)


def path(n_jobs):
    """A path of three networks."""
    return b"".join(weights(model) for model in MLPRegressor(**SMALL).path(X, Y, ALPHAS, n_jobs=n_jobs))


def search(SearchCV, y, **settings):
    """Return what searches for alpha."""

    def run():
        model = SearchCV(ALPHAS, cv=3, **SMALL | settings).fit(X, y)
        return weights(model) + model.cv_results_["mean_test_score"].tobytes()

    return run


def refusal(function, *expected):
    """Return what must raise an error, and gives its words."""

    def run():
        with pytest.raises(expected) as error:
            function()
        return str(error.value).encode()

    return run


TASKS = {
    "adam": fit(MLPClassifier, LABELS, decay="decoupled"),
    "sgd": fit(MLPRegressor, Y, optimizer="sgd", dtype="float32"),
    "large": lambda: weights(MLPRegressor(**LARGE).fit(X, Y)),
    "lbfgs": fit(MLPClassifier, LABELS, optimizer="lbfgs"),
    "early stopping": fit(MLPClassifier, LABELS, early_stopping=True),
    "partial_fit": partial,
    "path": lambda: path(None),
    "path in threads": lambda: path(2),
    "search": search(MLPClassifierCV, LABELS),
    "halving in threads": search(MLPRegressorCV, Y, strategy="halving", n_jobs=2),
    "predict": lambda: SHARED.predict_proba(X).tobytes() + SHARED.predict(X[:7]).tobytes(),
    "refused data": refusal(lambda: MLPRegressor(**SMALL).fit(X, np.full(300, np.nan)), ValueError),
    "refused parameter": refusal(lambda: MLPRegressor(alpha=-1).fit(X, Y), ValueError),
    "divergence": refusal(lambda: MLPRegressor(**SMALL, optimizer="sgd", alpha=1e300).fit(X, Y), ValueError),
    "refused score": refusal(search(MLPRegressorCV, Y, n_jobs=2, scoring=lambda *_: {}), ValueError),
}
if importlib.util.find_spec("sklearn.callback"):
    TASKS["broken callback"] = refusal(
        lambda: MLPRegressor(**SMALL).set_callbacks(Broken()).fit(X, Y), ZeroDivisionError
    )


@pytest.fixture(scope="module")
def serial():
    """What each task gives alone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        SHARED.fit(X, LABELS)
        return {name: task() for name, task in TASKS.items()}


def limits():
    """The threads that each BLAS may use."""
    return {pool["filepath"]: pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def one_thread_for(library):
    """Limit one of the two BLAS, numpy's or scipy's, to one thread."""
    files = [path for path in limits() if library in path]
    return ThreadpoolController().select(filepath=files).limit(limits=1, user_api="blas")


def in_threads(names):
    """Do tasks in sixteen threads; return [(name, result)]."""
    with ThreadPoolExecutor(N_THREADS) as pool:
        return list(zip(names, pool.map(lambda name: TASKS[name](), names), strict=True))


def shuffled(n_rounds):
    """Return the names of all tasks, n_rounds times, in a random order."""
    names = list(TASKS) * n_rounds
    random.Random(0).shuffle(names)
    return names


LIMITS = {
    "none": nullcontext,
    "one": lambda: threadpool_limits(1, user_api="blas"),
    "two": lambda: threadpool_limits(2, user_api="blas"),
    "numpy's": lambda: one_thread_for("numpy"),
    "scipy's": lambda: one_thread_for("scipy.libs"),
}


@pytest.mark.parametrize("n_rounds", [4, pytest.param(100, marks=pytest.mark.slow)])
@pytest.mark.parametrize("limit", LIMITS)
def test_threads_give_what_a_serial_run_gives(limit, n_rounds, serial):
    """Fits, paths, searches, predictions and failures at once have the bits of a serial run, and leave BLAS alone."""
    before, alone = limits(), threading.active_count()
    with LIMITS[limit]():
        inside = limits()
        for name, result in in_threads(shuffled(n_rounds)):
            assert result == serial[name], name
        assert limits() == inside
        assert not blas._fits
    assert limits() == before
    assert threading.active_count() == alone


def state():
    """What a thread has set for itself, or shares with others.

    Not warnings.filters, which threads share: scikit-learn's check_array sets and restores them in each call.
    """
    random_state = np.random.get_state()[1].tobytes()  # noqa: NPY002
    return np.geterr(), sklearn.get_config(), warnings.showwarning, random_state


def test_other_threads_keep_what_they_have_set(serial):
    """Error states of numpy, scikit-learn's configuration and the global random state stay."""
    before, changes, done = state(), [], threading.Event()

    def watch():
        with np.errstate(over="raise", under="call"), sklearn.config_context(working_memory=77, assume_finite=True):
            expected = state()
            while not done.wait(0.0005):
                changes.extend(new for old, new in zip(expected, state(), strict=True) if old != new)

    watcher = threading.Thread(target=watch)
    watcher.start()
    in_threads(shuffled(2))
    done.set()
    watcher.join()
    assert not changes
    assert state() == before


def test_threads_may_be_as_strict_as_they_like(serial):
    """A thread in which numpy raises for every overflow and division fits what it fits elsewhere."""
    results = {}

    def fit_strictly(name):
        with np.errstate(all="raise"):
            results[name] = TASKS[name]()

    threads = [threading.Thread(target=fit_strictly, args=[name]) for name in TASKS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == serial


@pytest.mark.parametrize("n_rounds", [20])
def test_one_network_predicts_in_all_threads(n_rounds, serial):
    """One and the same fitted estimator predicts, scores and is copied in sixteen threads at once."""

    def predict(number):
        sklearn.base.clone(SHARED)
        rows = slice(number % 50, number % 50 + 100)
        return SHARED.predict_proba(X[rows]).tobytes(), SHARED.score(X[rows], LABELS[rows]), weights(SHARED)

    expected = [predict(number) for number in range(50)]
    with ThreadPoolExecutor(N_THREADS) as pool:
        found = list(pool.map(predict, range(50 * n_rounds)))
    assert found == expected * n_rounds
