"""Networks in parallel: how they are shared out, how a call is broken off, and the threads of BLAS."""

import threading
import time

import joblib
import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from skl2._estimators.parallel import GROUPS_PER_WORKER, Stop, group, run_parallel

PATIENCE = 20  # seconds that a thread would wait in vain


def blas_threads():
    """The largest number of threads that any BLAS may use now."""
    return max(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")


@pytest.mark.parametrize("n_jobs", [1, 2, 3, 8])
@pytest.mark.parametrize("n_folds", [1, 5, 40])
@pytest.mark.parametrize("n_rows", [1, 2, 7, 100])
def test_groups_cover_all_rows_once(n_rows, n_folds, n_jobs):
    """Each row is in one group, groups are about equal, and no two neighbours meet where there are two groups."""
    groups = group(n_rows, n_folds, n_jobs)
    assert sorted(np.concatenate(groups)) == list(range(n_rows))
    lengths = [len(numbers) for numbers in groups]
    assert min(lengths) >= max(lengths) - 1 >= 0
    assert len(groups) == 1 or all(np.all(np.diff(numbers) > 1) for numbers in groups)


@pytest.mark.parametrize("n_jobs", [2, 3, 8])
@pytest.mark.parametrize("n_folds", [5, 40])
def test_there_are_enough_groups_and_no_more(n_folds, n_jobs):
    """The groups of all folds are GROUPS_PER_WORKER for each worker, or as few more as folds allow."""
    n_groups, wanted = len(group(100, n_folds, n_jobs)), GROUPS_PER_WORKER * n_jobs
    assert (n_groups - 1) * n_folds < wanted <= n_groups * n_folds


def test_one_worker_has_one_group():
    """Alone, a worker gathers each chunk once for all rows; joblib's configuration may give it company."""
    assert [len(group(7, 5, n_jobs)) for n_jobs in (None, 1)] == [1, 1]
    with joblib.parallel_config(n_jobs=2):
        assert len(group(7, 2, None)) == 4
        assert len(group(7, 2, 1)) == 1


@pytest.mark.parametrize("n_jobs", [2, 3, 8])
def test_a_path_has_a_group_for_each_worker(n_jobs):
    """Without folds there are as many groups as workers, or as rows."""
    assert [len(group(n_rows, 1, n_jobs)) for n_rows in (1, 100)] == [1, n_jobs]


@pytest.mark.parametrize("n_jobs", [None, 1, 2])
def test_results_come_in_the_order_of_calls(n_jobs):
    """Row i is function(*calls[i], stop), whichever ends first, and all calls have one Stop."""

    def function(number, seconds, stop):
        time.sleep(seconds)
        return number, seconds, stop

    calls = [(0, 0.05), (1, 0.0), (2, 0.02)]
    results = run_parallel(function, calls, n_jobs)
    assert [result[:2] for result in results] == calls
    assert len({id(stop) for *_, stop in results}) == 1
    assert not results[0][2].is_requested


def test_two_jobs_are_two_threads_of_this_process():
    """Calls run in threads at the same time: each waits for the other, and both see the same object."""
    meeting, seen = threading.Barrier(2, timeout=PATIENCE), []

    def function(stop):
        meeting.wait()
        seen.append(threading.get_ident())

    run_parallel(function, [(), ()], 2)
    assert len(set(seen)) == 2


def test_there_are_no_more_threads_than_calls():
    """A hundred jobs for two calls start no hundred threads."""
    before, seen = threading.active_count(), []
    run_parallel(lambda stop: seen.append(threading.active_count() - before), [(), ()], 100)
    assert max(seen) < 10


def test_stop_raises_once_requested():
    """stop.check is silent until the call is broken off, and KeyboardInterrupt from then on."""
    stop = Stop()
    stop.check()
    stop.is_requested = True
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            stop.check()


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_error_ends_the_other_threads(error):
    """What breaks one call off is raised to the caller, and reaches the threads that still run."""
    has_begun, was_stopped = threading.Event(), threading.Event()

    def function(fails, stop):
        if fails:
            has_begun.wait(PATIENCE)
            raise error("broken off")
        has_begun.set()
        deadline = time.monotonic() + PATIENCE
        try:
            while time.monotonic() < deadline:
                stop.check()
                time.sleep(0.005)
        except KeyboardInterrupt:
            was_stopped.set()

    with pytest.raises(error, match="broken off"):
        run_parallel(function, [(False,), (True,)], 2)
    assert was_stopped.wait(PATIENCE)


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("fails", [False, True])
def test_blas_has_one_thread_inside(n_jobs, fails):
    """BLAS is held at one thread in each call, and is free again when all have ended, also by an error."""
    seen = []

    def function(number, stop):
        seen.append(blas_threads())
        if fails and number == 2:
            raise ZeroDivisionError

    with threadpool_limits(2, user_api="blas"):
        try:
            run_parallel(function, [(number,) for number in range(3)], n_jobs)
        except ZeroDivisionError:
            assert fails
        deadline = time.monotonic() + PATIENCE
        while blas_threads() != 2 and time.monotonic() < deadline:
            time.sleep(0.001)  # joblib raises the error of one call while another may still be ending
        assert blas_threads() == 2
    assert seen == [1, 1, 1]
