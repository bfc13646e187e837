"""BLAS computes with one thread while networks train; a fit that runs alone may have the others in its place.

Threads of BLAS would make the last bits of a product depend on how many they are, and while they wait for each other
they take the cores from whoever else runs (measured: 3 to 10 times slower beside other work).

OpenBLAS has one pool and one limit for the whole process: two fits that set and restore it, one inside the other's
time, leave it wrong for ever. So this module counts the fits and alone sets the limit, whatever thread they run in.
"""

import threading
from contextlib import contextmanager

import scipy.linalg  # noqa: F401  loads the BLAS that numba calls, so that the controller finds it
from joblib import cpu_count
from threadpoolctl import OpenBLASController, ThreadpoolController

from skl2._compilation.forks import let_forks_wait_for

_lock = threading.RLock()
_fits = set()  # (thread, running fit)
_limiter = None
_controller = None
_n_threads = 1  # of BLAS, when the limiter came


def n_threads():
    """Return how many threads a fit may have: as many as BLAS had before, if the fit is alone.

    So OMP_NUM_THREADS, threadpoolctl and joblib's limits on workers count for them too.
    """
    return _n_threads if is_alone() else 1


def is_alone():
    """Whether a fit runs, and no other in this process."""
    return len(_fits) == 1


@contextmanager
def one_blas_thread():
    """Hold BLAS at one thread for the time of a fit."""
    fit = threading.get_ident(), object()
    try:
        with _lock:
            _fits.add(fit)
            _update_limit()
        yield
    finally:
        with _lock:
            _fits.discard(fit)
            _update_limit()


def _update_limit():
    global _controller, _limiter, _n_threads
    if _fits and _limiter is None:
        _controller = _controller or ThreadpoolController()
        numbers = [library["num_threads"] for library in _controller.select(user_api="blas").info()]
        _n_threads = min(numbers) if numbers else cpu_count()  # which reads files: not in each fit
        with _control():
            _limiter = _controller.limit(limits=1, user_api="blas")
    elif not _fits and _limiter is not None:
        with _control():
            _limiter.restore_original_limits()
        _limiter = None


@contextmanager
def _control():
    """Let this thread set the limit: threadpoolctl 3.8 ignores every thread but the first that did so."""
    release = getattr(OpenBLASController, "clear_controlling_thread", lambda force: None)
    release(force=True)
    try:
        yield
    finally:
        release(force=True)


def _after_fork_in_child():
    """Forget the fits of all threads but the one that forked: there are no others in the child."""
    try:
        _fits.intersection_update([fit for fit in _fits if fit[0] == threading.get_ident()])
        _update_limit()
    finally:
        _lock.release()


let_forks_wait_for(_lock, _after_fork_in_child)
