"""Ctrl-C in the middle of a long epoch; in processes: tests/tools/test_backends.py."""

import signal
import threading
import time

import numpy as np
import pytest

from skl2 import MLPRegressor, MLPRegressorCV
from skl2._training import blas

# A million samples that take no memory: one epoch is half a minute of products.
X = np.broadcast_to(np.random.default_rng(0).standard_normal(100).astype(np.float32), (10**6, 100))
Y = np.broadcast_to(np.float32(1), 10**6)
LONG = {"hidden_layer_sizes": (256, 256), "random_state": 0, "max_iter": 2}
SEARCH = {"alphas": [0.1, 1], "cv": 2}
CALLS = {
    "fit": lambda: MLPRegressor(**LONG).fit(X, Y),
    "early stopping": lambda: MLPRegressor(**LONG, early_stopping=True).fit(X, Y),
    "L-BFGS": lambda: MLPRegressor(**LONG, optimizer="lbfgs").fit(X, Y),
    "partial_fit": lambda: MLPRegressor(**LONG).partial_fit(X, Y),
    "path": lambda: MLPRegressor(**LONG).path(X, Y, [0.1, 1])[1],
    "path in threads": lambda: MLPRegressor(**LONG, early_stopping=True).path(X, Y, [0.1, 1, 2], n_jobs=2)[2],
    "search": lambda: MLPRegressorCV(**SEARCH, **LONG).fit(X, Y),
    "search in threads": lambda: MLPRegressorCV(**SEARCH, **LONG, n_jobs=2).fit(X, Y),
    "search by halving": lambda: MLPRegressorCV(**SEARCH, **LONG, n_jobs=2, strategy="halving").fit(X, Y),
}


def press_while_training(times):
    """Wait until networks train, and press Ctrl-C a little later, as a terminal does."""
    deadline = time.monotonic() + 60
    while not blas._fits and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.3)
    times.append(time.perf_counter())
    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="needs signals to threads")
@pytest.mark.parametrize("call", CALLS)
def test_ctrl_c_waits_for_a_chunk_and_not_for_an_epoch(call):
    """Ctrl-C ends a long epoch in its middle: with a warning and the weights so far; a search is none."""
    MLPRegressor(**LONG | {"max_iter": 1, "tol": 1e9, "learning_rate": "cosine"}).fit(X[:300], Y[:300])  # compiled
    before, times = set(threading.enumerate()), []
    presser = threading.Thread(target=press_while_training, args=[times])
    presser.start()
    if "search" in call:
        with pytest.raises(KeyboardInterrupt):
            CALLS[call]()
    else:
        with pytest.warns(UserWarning, match=r"Training interrupted by user\.$"):
            model = CALLS[call]()
        assert model.loss_curve_ == []
        assert all(np.isfinite(coef).all() for coef in model.coefs_)
    seconds = time.perf_counter() - times[0]
    presser.join()
    for thread in set(threading.enumerate()) - before:
        thread.join(timeout=5)
        assert not thread.is_alive()
    assert seconds < 5  # 0.03 to 0.3 s, of which a machine that is busy may make more
    assert not blas._fits
