"""What threads share: X, and Ctrl-C."""

import os
import threading
import time
import tracemalloc

import numpy as np
import pytest
from ctrl_c import press_ctrl_c
from scipy.sparse import csr_array
from sklearn.model_selection import GridSearchCV, ShuffleSplit

from skl2 import MLPRegressor, MLPRegressorCV

RANDOM = np.random.default_rng(0)


def make_large(form, folder):
    """An X of about 24 MB in this form, and its size in bytes."""
    X = RANDOM.standard_normal((6000, 500))
    if form == "sparse":
        X = csr_array(X)
        return X, X.data.nbytes + X.indices.nbytes
    if form == "Fortran":
        return np.asfortranarray(X), X.nbytes
    np.save(folder / "X.npy", X)
    return np.load(folder / "X.npy", mmap_mode="r"), X.nbytes


def peak_of(function, *arguments):
    """The most bytes that are allocated at one time during a call."""
    tracemalloc.start()
    try:
        function(*arguments)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT", "0") != "0", reason="takes minutes, and copies are the same")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    ("form", "dtype", "strategy"),
    [("Fortran", None, "halving"), ("memory map", "float32", "full"), ("sparse", None, "full")],
)
def test_threads_share_X(form, dtype, strategy, tmp_path):
    """Searches and paths in two threads never hold as much as a copy of X; GridSearchCV in one thread does."""
    X, size = make_large(form, tmp_path)
    y = X[:, [0]] @ np.ones(1)
    linear = {"hidden_layer_sizes": (), "max_iter": 2, "random_state": 0, "dtype": dtype}
    splits = {"cv": ShuffleSplit(4, train_size=0.85, test_size=0.05, random_state=0)}
    network, search = MLPRegressor(**linear), MLPRegressorCV([0, 1], strategy=strategy, n_jobs=2, **linear, **splits)
    network.fit(X[:9], y[:9])  # what is loaded and compiled once does not count
    assert peak_of(search.fit, X, y) < 0.75 * size
    assert peak_of(network.path, X, y, [0, 1]) < 0.75 * size
    assert peak_of(GridSearchCV(network, {"alpha": [0, 1]}, **splits).fit, X, y) > size


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_workers_are_threads_unless_a_backend_is_chosen():
    """With two jobs and no word of a backend networks are scored in threads of this process, and not the caller's."""
    seen = set()

    def scorer(model, X, y):
        if np.any(model.coefs_[0]):  # the caller scores constants
            seen.add((os.getpid(), threading.current_thread() is threading.main_thread()))
        return 0.0

    X = RANDOM.standard_normal((20, 2))
    MLPRegressorCV([0, 1], cv=2, scoring=scorer, n_jobs=2, max_iter=1, hidden_layer_sizes=()).fit(X, X[:, 0])
    assert seen == {(os.getpid(), False)}


@pytest.mark.parametrize(("how", "n_jobs"), [("path", 1), ("path", 2), ("full", 1), ("full", 2), ("halving", 2)])
def test_ctrl_c_ends_all_threads(how, n_jobs):
    """Ctrl-C breaks training off at once: a path is what it is, a search is none, and no thread trains on."""
    X = RANDOM.standard_normal((100, 2))
    hours = {"hidden_layer_sizes": (2,), "batch_size": 10, "max_iter": 10**7, "tol": 0, "n_iter_no_change": np.inf}
    before = set(threading.enumerate())
    threading.Timer(0.5, press_ctrl_c).start()
    start = time.perf_counter()
    if how == "path":
        with pytest.warns(UserWarning, match="interrupted by user"):
            MLPRegressor(**hours).path(X, X[:, 0], n_jobs=n_jobs)
    else:
        with pytest.raises(KeyboardInterrupt):
            MLPRegressorCV(strategy=how, n_jobs=n_jobs, **hours).fit(X, X[:, 0])
    for thread in set(threading.enumerate()) - before:
        thread.join(timeout=5)
        assert not thread.is_alive()
    assert time.perf_counter() - start < 5
