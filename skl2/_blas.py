"""How many threads BLAS may use while networks train, and how many a fit may use in its place.

OpenBLAS has one pool and one limit for the whole process: two fits that set and restore it, one inside the other's
time, leave it wrong for ever. So this module counts the fits and alone sets the limit, whatever thread they run in.
"""

import os
import threading
from contextlib import contextmanager

import scipy.linalg  # noqa: F401  loads the BLAS that numba calls, so that the controller finds it
from joblib import cpu_count
from threadpoolctl import OpenBLASController, ThreadpoolController

# Multiply-adds of one product per mini-batch from which two threads beat one (measured: 1.6 to 1.9 times from 1.6e7,
# nothing below 3e6).
THREADS_PAY = 10**7

_lock = threading.RLock()
_fits = {}  # (thread, running fit) → whether BLAS may use threads for it
_limiter = None
_controller = None
_n_threads = 1  # of BLAS, when the limiter came


def n_threads():
    """Return how many threads a fit may have: as many as BLAS had, if the fit is alone and BLAS is held at one.

    So OMP_NUM_THREADS, threadpoolctl and joblib's limits on workers count for them too.
    """
    return _n_threads if _limiter and is_alone() else 1


def is_alone():
    """Whether no other fit runs in this process."""
    return len(_fits) == 1


@contextmanager
def threads_for(work):
    """Let BLAS use its threads only for a fit that runs alone and multiplies much: `work` = batch_size · n_coefs."""
    fit = threading.get_ident(), object()
    try:
        with _lock:
            _fits[fit] = work >= THREADS_PAY
            _update_limit()
        yield
    finally:
        with _lock:
            _fits.pop(fit, None)
            _update_limit()


def _update_limit():
    global _controller, _limiter, _n_threads
    single = len(_fits) > 1 or False in _fits.values()
    if single and _limiter is None:
        _controller = _controller or ThreadpoolController()
        blas = _controller.select(user_api="blas").info()
        _n_threads = min((library["num_threads"] for library in blas), default=cpu_count())
        with _control():
            _limiter = _controller.limit(limits=1, user_api="blas")
    elif not single and _limiter is not None:
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
        for fit in [fit for fit in _fits if fit[0] != threading.get_ident()]:
            del _fits[fit]
        _update_limit()
    finally:
        _lock.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_after_fork_in_child)
