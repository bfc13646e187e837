"""How fits with helpers end: threads, errors and Ctrl-C."""

import signal
import sys
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.sparse import csr_array
from threadpoolctl import threadpool_limits

from skl2 import MLPRegressor
from skl2._training import batches, blas, engine
from skl2._training.progress import Status

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 3))
SMALL = {"hidden_layer_sizes": (4,), "batch_size": 10, "max_iter": 4, "random_state": 0, "shuffle": False}
TRAIN_CHUNK = engine.train_chunk


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    """Let mini-batches of 10 samples be chunks of their own, have two parts, and be worth a helper."""
    monkeypatch.setattr("skl2._training.team.MIN_PART", 10)
    monkeypatch.setattr("skl2._training.team.MIN_REUSE", 2)
    monkeypatch.setattr("skl2._training.team.MAX_PARTS", 2)
    monkeypatch.setattr("skl2._training.team.HELP_PAYS", 0)
    monkeypatch.setattr("skl2._training.batches.CHUNK_BYTES", 10)
    monkeypatch.setattr("skl2._training.batches.MIN_AHEAD", 1)
    with threadpool_limits(2, user_api="blas"):
        yield


@pytest.fixture(autouse=True)
def nothing_is_left():
    """After each test there is no thread more than before, no fit is counted, and BLAS has its threads back."""
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before
    assert not blas._fits
    assert blas._limiter is None


def is_helper():
    """Whether this thread is not the one that fits."""
    return threading.current_thread() is not threading.main_thread()


def kernel_is(monkeypatch, around):
    """Let around(kernel, *arguments) be called in place of the training kernel."""

    class Around:
        def __getitem__(self, dtype):
            return lambda *arguments: around(TRAIN_CHUNK[dtype], *arguments)

    monkeypatch.setattr("skl2._training.engine.train_chunk", Around())


@pytest.mark.parametrize("settings", [{}, {"early_stopping": True}, {"batch_size": 40}])
def test_threads_end_with_the_fit(settings):
    """fit and partial_fit leave no thread behind, also where they go on in one that was pickled or fitted before."""
    before = set(threading.enumerate())
    model = MLPRegressor(**SMALL | settings).fit(X, X[:, 0])
    model.set_params(early_stopping=False).partial_fit(X, X[:, 0])
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize("form", [np.asarray, np.asfortranarray, csr_array])
def test_an_error_of_a_helper_that_gathers_is_raised(form, monkeypatch):
    """What goes wrong while a helper gathers reaches the caller of fit as it is."""
    name = "gather_sparse" if form is csr_array else "gather"
    gather = getattr(batches, name)

    def failing(*arguments):
        if is_helper():
            raise MemoryError("no room for a chunk")
        return gather(*arguments)

    monkeypatch.setattr(batches, name, failing)
    model = MLPRegressor(**SMALL)
    with pytest.raises(MemoryError, match="no room for a chunk"):
        model.fit(form(X), X[:, 0])
    assert not hasattr(model, "coefs_")


def test_an_error_while_helpers_work_is_raised(monkeypatch):
    """An error in the thread that fits waits for helpers, and is raised."""
    done = []

    def fail_or_be_slow(kernel, *arguments):
        if not is_helper():
            raise ZeroDivisionError
        time.sleep(0.05)
        done.append(arguments)

    kernel_is(monkeypatch, fail_or_be_slow)
    with pytest.raises(ZeroDivisionError):
        MLPRegressor(**SMALL).fit(X, X[:, 0])
    assert len(done) == 1


@pytest.mark.parametrize("n_chunks", [1, 3, 4, 7])
def test_ctrl_c_ends_after_a_whole_chunk(n_chunks, monkeypatch):
    """Ctrl-C with helpers ends the fit as interrupted, with the weights after the chunk that it came in."""
    history = []

    def interrupting(kernel, *arguments):
        kernel(*arguments)
        if not is_helper():
            history.append(arguments[2].params[0].tolist())
            if len(history) == end:
                signal.raise_signal(signal.SIGINT)

    kernel_is(monkeypatch, interrupting)
    end = None
    with threadpool_limits(1, user_api="blas"):
        MLPRegressor(**SMALL).fit(X, X[:, 0])
    expected, history, end = history[n_chunks - 1], [], n_chunks
    with pytest.warns(UserWarning, match="interrupted by user"):
        model = MLPRegressor(**SMALL).fit(X, X[:, 0])
    assert [number for part in model.coefs_ + model.intercepts_ for number in part.ravel()] == expected
    assert len(model.loss_curve_) == (n_chunks - 1) // 4


def test_nobody_works_at_networks_that_have_ended(monkeypatch):
    """Ctrl-C after a helper was called, but before the thread that fits has begun: the helper ends its chunk first.

    Otherwise some parts of a step would be taken and others not.
    """
    seen = []

    class Interrupting(ThreadPoolExecutor):
        def submit(self, function, *arguments):
            future = super().submit(function, *arguments)
            if function is not next:
                raise KeyboardInterrupt
            return future

    def slow(kernel, network, optimizer, rows, *arguments):
        time.sleep(0.05)
        seen.append(rows.status.tolist())
        kernel(network, optimizer, rows, *arguments)
        seen.append(rows.status.tolist())

    kernel_is(monkeypatch, slow)
    monkeypatch.setattr("skl2._training.team.ThreadPoolExecutor", Interrupting)
    with pytest.warns(UserWarning, match="interrupted by user"):
        MLPRegressor(**SMALL).fit(X, X[:, 0])
    assert seen == [[Status.TRAINING]] * 2


@pytest.mark.parametrize("n_rows", [40, 4000])
def test_ctrl_c_at_any_time(n_rows):
    """Ctrl-C ends a fit with helpers at once, wherever the threads are."""
    rows = RANDOM.standard_normal((n_rows, 3))
    hours = SMALL | {"batch_size": n_rows // 4, "max_iter": 10**7, "tol": 0, "n_iter_no_change": np.inf}
    for delay in (0.1, 0.1234, 0.15):
        timer = threading.Timer(delay, signal.raise_signal, [signal.SIGINT])
        timer.start()
        start = time.perf_counter()
        with pytest.warns(UserWarning, match="interrupted by user"):
            model = MLPRegressor(**hours).fit(rows, rows[:, 0])
        timer.join()
        assert time.perf_counter() - start < 3
        assert all(np.isfinite(coef).all() for coef in model.coefs_)


class Presser:
    """A profiler that presses Ctrl-C before one of the calls and returns of a fit, counted while it trains."""

    def __init__(self, number):
        self.number, self.n_events, self.trains = number, 0, False

    def __call__(self, frame, event, argument):
        """Count."""
        if frame.f_code is engine._Run.advance.__code__ and event in ("call", "return"):
            self.trains = event == "call"
        elif self.trains:
            self.n_events += 1
            if self.n_events == self.number:
                sys.setprofile(None)
                signal.raise_signal(signal.SIGINT)


def fit_with(profiler):
    """Fit two epochs of four chunks, watched by a profiler."""
    sys.setprofile(profiler)
    try:
        return MLPRegressor(**SMALL | {"max_iter": 2}).fit(X, X[:, 0])
    finally:
        sys.setprofile(None)


def test_ctrl_c_anywhere_in_training():
    """Wherever in training Ctrl-C comes, it is heard, breaks nothing, and leaves nothing behind.

    In between the steps in which Python's threads take a lock, KeyboardInterrupt would leave it taken for ever.
    """
    fit_with(None)  # imports, and compiles
    fit_with(counter := Presser(None))
    n_pressed = 0
    for number in np.linspace(1, 0.95 * counter.n_events, 150, dtype=int):
        before = set(threading.enumerate())
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", UserWarning)
            fit_with(presser := Presser(number))
        is_pressed = presser.n_events >= number  # threads that wait longer or shorter take more steps or fewer
        assert is_pressed == any("interrupted by user" in str(warning.message) for warning in caught)
        n_pressed += is_pressed
        assert set(threading.enumerate()) <= before
        assert not blas._fits
    assert n_pressed > 100


@pytest.mark.parametrize("n_failures", [1, 2, 3, 100])
def test_threads_that_cannot_start_are_done_without(n_failures, monkeypatch):
    """Where the system has no threads for a while, the fit goes on alone, and nothing is done twice."""
    expected = MLPRegressor(**SMALL).fit(X, X[:, 0])
    start, failures = threading.Thread.start, iter(range(n_failures))

    def starting(thread):
        if next(failures, None) is not None:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", starting)
    model = MLPRegressor(**SMALL).fit(X, X[:, 0])
    for ours, theirs in zip(model.coefs_, expected.coefs_, strict=True):
        np.testing.assert_array_equal(ours, theirs)
