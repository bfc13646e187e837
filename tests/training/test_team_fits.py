"""Fits with helpers are, bit for bit, fits without."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain

import numpy as np
import pytest
from scipy.sparse import csr_array
from threadpoolctl import threadpool_limits

from skl2 import MLPClassifier, MLPRegressor
from skl2._training import engine

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((43, 3))
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(43), [-0.8, 0.3])  # three classes; also a target
WEIGHT = RANDOM.uniform(0.5, 2, 43)
SMALL = {"hidden_layer_sizes": (4,), "batch_size": 10, "max_iter": 4, "random_state": 0, "learning_rate_init": 0.02}
EARLY = {"early_stopping": True, "validation_fraction": 0.25, "n_iter_no_change": 1}


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    """Let mini-batches of 10 samples be chunks of their own, have eight parts, and be worth all helpers."""
    monkeypatch.setattr("skl2._training.team.MIN_PART", 1)
    monkeypatch.setattr("skl2._training.team.MIN_REUSE", 0)
    monkeypatch.setattr("skl2._training.team.HELP_PAYS", 0)
    monkeypatch.setattr("skl2._training.batches.CHUNK_BYTES", 10 * 12)
    monkeypatch.setattr("skl2._training.batches.MIN_AHEAD", 1)


@pytest.fixture(autouse=True)
def callers(monkeypatch):
    """The threads that call the training kernel, call by call."""
    callers, kernels = [], engine.train_chunk

    class Watched:
        def __getitem__(self, dtype):
            def call(*arguments):
                callers.append(threading.current_thread())
                kernels[dtype](*arguments)

            return call

    monkeypatch.setattr("skl2._training.engine.train_chunk", Watched())
    return callers


def weights(model):
    """All that a model has learnt, and how."""
    return [*model.coefs_, *model.intercepts_, model.loss_curve_, model.weight_norm_curve_, model.n_iter_]


def assert_same(ours, theirs):
    """All these arrays and numbers are bit-identical."""
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a, b)


def fit(Estimator, *data, **settings):
    """Fit and return what was learnt."""
    return weights(Estimator(**SMALL | settings).fit(*data))


def fit_in_parts():
    """Call partial_fit three times."""
    model = MLPClassifier(**SMALL)
    for _ in range(3):
        model.partial_fit(X, Y, WEIGHT, np.unique(Y))
    return weights(model)


def fit_from_memory_map(folder):
    """Train in float32 on a file of float64."""
    np.save(folder / "X.npy", X)
    return fit(MLPRegressor, np.load(folder / "X.npy", mmap_mode="r"), Y, dtype="float32")


def fit_until_divergence():
    """Train at a rate that lets weights overflow; return what is said about it."""
    with pytest.raises(ValueError, match=r"Training diverged in epoch \d") as error:
        fit(MLPRegressor, X, Y, optimizer="sgd", activation="identity", learning_rate_init=3.0, max_iter=50)
    return [str(error.value)]


CASES = {
    "classifier": lambda _: fit(MLPClassifier, X, Y),
    "regressor": lambda _: fit(MLPRegressor, X, Y, hidden_layer_sizes=(5, 3), activation="tanh"),
    "sgd": lambda _: fit(MLPRegressor, X, Y, optimizer="sgd", learning_rate="cosine", alpha=0.1),
    "no hidden layer": lambda _: fit(MLPClassifier, X, Y, hidden_layer_sizes=(), decay="decoupled", alpha=0.1),
    "early stopping": lambda _: fit(MLPClassifier, X, Y, WEIGHT, max_iter=8, **EARLY),
    "dropout": lambda _: fit(MLPRegressor, X, Y, dropout=0.3, weight_averaging=0.9),
    "partial_fit": lambda _: fit_in_parts(),
    "weights": lambda _: fit(MLPRegressor, X, Y, WEIGHT * (np.arange(43) % 3 > 0)),
    "mini-batches without weight": lambda _: fit(MLPRegressor, X, Y, 1.0 * (np.arange(43) < 13), shuffle=False),
    "sparse": lambda _: fit(MLPClassifier, csr_array(X * (X > 0)), Y, WEIGHT),
    "Fortran": lambda _: fit(MLPClassifier, np.asfortranarray(X), Y),
    "memory map": fit_from_memory_map,
    "diverging": lambda _: fit_until_divergence(),
    "one chunk": lambda _: fit(MLPRegressor, X, Y, batch_size=43),
    "a last mini-batch of three": lambda _: fit(MLPRegressor, X, Y, batch_size=40),
}


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
@pytest.mark.parametrize("case", CASES)
def test_results_do_not_depend_on_the_number_of_threads(case, callers, tmp_path):
    """Weights and history are bit-identical with one, two and four threads, of which all are called."""
    results = {}
    for n_threads in (1, 2, 4):
        with threadpool_limits(n_threads, user_api="blas"):
            callers.clear()
            results[n_threads] = CASES[case](tmp_path)
        others = [thread for thread in callers if thread is not threading.main_thread()]
        assert len(others) * n_threads == len(callers) * (n_threads - 1)
    assert_same(results[2], results[1])
    assert_same(results[4], results[1])


def test_fits_at_the_same_time_do_not_depend_on_each_other():
    """Fits that begin and end while others run, so that they have helpers for some chunks, end as each does alone."""
    with threadpool_limits(2, user_api="blas"):
        expected = [fit(MLPClassifier, X, Y, max_iter=n_epochs) for n_epochs in (1, 4, 8)]
        with ThreadPoolExecutor(3, "fit") as pool:
            together = [pool.submit(fit, MLPClassifier, X, Y, max_iter=n_epochs) for n_epochs in (1, 4, 8)]
        assert_same(chain(*(future.result() for future in together)), chain(*expected))


def test_a_row_of_a_path_is_the_fit():
    """Row k of a path, which one thread trains, is bit for bit the fit at alpha k, which many train."""
    alphas, settings = [0.0, 0.1, 1.0], {"decay": "decoupled"}
    with threadpool_limits(2, user_api="blas"):
        path = MLPRegressor(**SMALL, **settings).path(X, Y, alphas)
        for row, alpha in enumerate(alphas):
            assert_same(weights(path[row]), fit(MLPRegressor, X, Y, alpha=alpha, **settings))


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_parts_are_the_whole(optimizer, monkeypatch):
    """To rounding a fit in eight parts is the fit in one, penalty, weights and a last mini-batch of three included."""
    settings = {"optimizer": optimizer, "alpha": 0.1, "batch_size": 20, "activation": "tanh"}
    parts = fit(MLPRegressor, X, Y, WEIGHT, **settings)
    monkeypatch.setattr("skl2._training.team.MAX_PARTS", 1)
    for a, b in zip(parts, fit(MLPRegressor, X, Y, WEIGHT, **settings), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9)


class Pool:
    """A thread pool that does what `next` asks for at once, and leaves open when and whether anybody helps."""

    def __init__(self, n_threads, name):
        self.waiting, self.helpers = [], ThreadPoolExecutor(n_threads, name)

    def submit(self, function, *arguments):
        """Gather, or put off helping."""
        if function is not next:
            self.put_off(function, *arguments)
            return None
        future = Future()
        future.set_result(function(*arguments))
        return future

    def shutdown(self):
        """End."""
        self.helpers.shutdown()


class Never(Pool):
    """Nobody helps."""

    def put_off(self, *call):
        """Forget it."""


class Afterwards(Pool):
    """Helpers come when the chunk is done, and the next one is being gathered."""

    def put_off(self, *call):
        """Do what was asked for before."""
        for function, *arguments in self.waiting:
            function(*arguments)
        self.waiting = [call]


class Instead(Pool):
    """The helper does all the work before the thread that fits begins."""

    def put_off(self, function, *arguments):
        """Help, and wait until it is done."""
        self.helpers.submit(function, *arguments).result()


class Refusing(Pool):
    """There are no threads any more: the main thread has ended, or the system has no more of them."""

    def submit(self, function, *arguments):
        """Refuse, as ThreadPoolExecutor does."""
        raise RuntimeError("cannot schedule new futures after shutdown")


@pytest.mark.parametrize("pool", [Never, Afterwards, Instead, Refusing])
def test_helpers_may_come_when_they_like(pool, monkeypatch):
    """Helpers that never come, come too late, do everything or cannot be had change nothing."""
    with threadpool_limits(2, user_api="blas"):
        expected = fit(MLPClassifier, X, Y, WEIGHT)
        monkeypatch.setattr("skl2._training.team.ThreadPoolExecutor", pool)
        assert_same(fit(MLPClassifier, X, Y, WEIGHT), expected)
