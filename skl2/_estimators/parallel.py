"""Networks in parallel: groups of λ (and, in a search, of folds) go through joblib.

Threads are preferred: compiled training runs without Python's lock, and all of them read the same X. Any other backend
of joblib, loky or dask, gets the same calls and gives the same results.
"""

from contextlib import contextmanager, nullcontext

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from joblib.parallel import get_active_backend
from sklearn import config_context, get_config

from skl2._training.blas import one_blas_thread
from skl2._training.interrupts import give_back, take_over
from skl2._training.monitor import Hooks

# Groups per worker of a search: with a few more of them than workers, none waits long for the last fold. The groups of
# a path are alike, one for each worker, and so share most of what is done once per group and epoch (measured: 1.61
# times the speed of one thread on digits, with four groups per worker 1.26).
GROUPS_PER_WORKER = 4


class Stop:
    """Tells the threads of a call that it was broken off, and a Bar how far they are."""

    def __init__(self, bar=None):
        self.is_requested = False
        self.bar = bar

    def check(self):
        """Raise KeyboardInterrupt if the call was broken off."""
        if self.is_requested:
            raise KeyboardInterrupt

    def hooks(self, report=None):
        """Return what networks in training ask and tell after each epoch."""
        return Hooks(report=report, check=self.check, end=self.bar and self.bar.end_epoch)

    def __getstate__(self):
        return vars(self) | {"bar": None}  # it stays in its process

    @contextmanager
    def on_ctrl_c(self):
        """Let Ctrl-C tell the threads, and this one wait for them; a second time it interrupts at once."""

        def hear(*arguments):
            if self.is_requested:
                handler(*arguments)
            self.is_requested = True

        handler = take_over(hear)
        try:
            yield
        finally:
            give_back(handler)


def group(n_rows, n_folds, n_jobs):
    """Return the numbers of the rows in groups, so that the groups of all folds keep the workers busy.

    Neighbours go to different groups: how long a network trains depends on λ.
    """
    n_workers = effective_n_jobs(n_jobs)
    n_groups = n_workers if n_workers == 1 or n_folds == 1 else -(-GROUPS_PER_WORKER * n_workers // n_folds)
    n_groups = min(n_rows, n_groups)
    return [np.arange(first, n_rows, n_groups) for first in range(n_groups)]


def run_parallel(function, calls, n_jobs, bar=None):
    """Return [function(*call, stop) for call in calls], in parallel; in threads stop.check raises after Ctrl-C."""
    stop, config = Stop(bar), get_config()
    shares_memory = getattr(get_active_backend(prefer="threads")[0], "supports_sharedmem", False)
    if n_jobs and shares_memory:
        n_jobs = min(n_jobs, len(calls))  # joblib starts as many threads as it is told; of processes it keeps a pool
    try:
        # Not scikit-learn's `delayed`: it sets warnings.filters, which threads share, and leaves them wrong.
        jobs = (delayed(_work)(config, function, *call, stop) for call in calls)
        with stop.on_ctrl_c() if shares_memory and effective_n_jobs(n_jobs) > 1 else nullcontext():
            return Parallel(n_jobs=n_jobs, prefer="threads")(jobs)
    except BaseException:
        stop.is_requested = True
        raise


def _work(config, function, *arguments):
    """Call a function as the thread that asked for it would, with scikit-learn's configuration, and one BLAS thread."""
    with config_context(**config), one_blas_thread():
        return function(*arguments)
