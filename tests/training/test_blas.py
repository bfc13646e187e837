"""BLAS has one thread while fits run, which are counted."""

import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from skl2._training import blas
from skl2._training.blas import is_alone, n_threads, one_blas_thread


def threads():
    """The largest number of threads that any BLAS may use now."""
    np.ones((2, 2)) @ np.ones((2, 2))
    return max(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")


def in_threads(function, n):
    """Run function in n threads at once and wait for them."""
    workers = [threading.Thread(target=function) for _ in range(n)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


@pytest.fixture(autouse=True)
def two_threads():
    """Start each test with two BLAS threads, on every machine."""
    with threadpool_limits(2, user_api="blas"):
        yield


def test_a_fit_uses_one_thread():
    """While a fit runs BLAS is held at one thread, and it is free again afterwards."""
    with one_blas_thread():
        assert threads() == 1
    assert threads() == 2


def test_fits_in_each_other_use_one_thread():
    """The limit lasts until the outer of two fits has ended."""
    with one_blas_thread():
        with one_blas_thread():
            assert threads() == 1
        assert threads() == 1
    assert threads() == 2


def test_overlapping_fits_restore_the_limit():
    """Fits that end in the order in which they began (not nested) leave the limit as it was."""
    first, second = one_blas_thread(), one_blas_thread()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert threads() == 1
    second.__exit__(None, None, None)
    assert threads() == 2


def test_an_error_restores_the_limit():
    """An exception inside a fit ends the limit too."""
    with pytest.raises(ZeroDivisionError), one_blas_thread():
        raise ZeroDivisionError
    assert threads() == 2


def test_many_threads_leave_the_limit_as_it_was():
    """Sixteen threads that start and end fits at random leave the limit as it was."""

    def fits():
        for _ in range(20):
            with one_blas_thread():
                pass

    in_threads(fits, 16)
    assert threads() == 2


def test_fits_in_worker_threads_are_limited():
    """The limit holds whichever thread begins and ends a fit, also after the main thread has set it before."""
    with one_blas_thread():
        pass
    seen, meeting = [], threading.Barrier(2)

    def fit():
        with one_blas_thread():
            meeting.wait()
            seen.append(threads())
            meeting.wait()

    in_threads(fit, 2)
    assert seen == [1, 1]
    assert threads() == 2


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_fit_has_the_threads_that_blas_had(n):
    """A fit that runs alone may have as many threads of its own as BLAS was allowed before."""
    with threadpool_limits(n, user_api="blas"):
        assert n_threads() == 1
        for _ in range(2):
            with one_blas_thread():
                assert n_threads() == n
        assert n_threads() == 1


def test_fits_together_have_no_threads():
    """Of two fits at a time none may have a second thread; when one has ended the other is alone and may again."""
    assert not is_alone()
    first, second = one_blas_thread(), one_blas_thread()
    first.__enter__()
    assert is_alone()
    second.__enter__()
    assert not is_alone()
    assert n_threads() == 1
    first.__exit__(None, None, None)
    assert is_alone()
    assert n_threads() == 2
    second.__exit__(None, None, None)
    assert not is_alone()
    assert n_threads() == 1


def test_a_fit_elsewhere_is_a_fit():
    """A fit is not alone beside one in another thread."""
    alone, meeting = [], threading.Barrier(2)

    def fit():
        with one_blas_thread():
            meeting.wait()
            alone.append((is_alone(), n_threads()))
            meeting.wait()

    in_threads(fit, 2)
    assert alone == [(False, 1)] * 2


@pytest.mark.parametrize(("numbers", "expected"), [([4, 3], 3), ([], 5)])
def test_the_smallest_of_all_blas_counts(numbers, expected, monkeypatch):
    """Of several BLAS the one with fewest threads says how many there may be; where none is known, the processors."""

    class Controller:
        def select(self, user_api):
            assert user_api == "blas"
            return self

        def info(self):
            return [{"num_threads": number} for number in numbers]

        def limit(self, limits, user_api):
            assert (limits, user_api) == (1, "blas")
            return self

        def restore_original_limits(self):
            pass

    monkeypatch.setattr("skl2._training.blas._controller", Controller())
    monkeypatch.setattr("skl2._training.blas.cpu_count", lambda: 5)
    with one_blas_thread():
        assert n_threads() == expected


def test_an_interrupt_while_a_fit_begins_restores_the_limit(monkeypatch):
    """Ctrl-C while the limit is being set does not leave a fit behind."""
    monkeypatch.setattr("skl2._training.blas._controller", None)
    with monkeypatch.context() as patch:
        patch.setattr("skl2._training.blas.ThreadpoolController", _interrupt)
        with pytest.raises(KeyboardInterrupt), one_blas_thread():
            pass
    assert not blas._fits
    assert threads() == 2
    with one_blas_thread():
        assert threads() == 1


def _interrupt():
    raise KeyboardInterrupt
