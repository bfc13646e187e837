"""Ctrl-C while a search in threads scores its networks."""

import threading
import time

import numpy as np
import pytest
from ctrl_c import press_ctrl_c

from skl2 import MLPRegressorCV

RANDOM = np.random.default_rng(0)


def is_trained(model):
    """Whether a network is more than the constant that is scored before there is training."""
    return np.any(model.coefs_[0])


@pytest.mark.parametrize("n_times", [1, 2])
def test_ctrl_c_waits_for_scorers_once(n_times):
    """Ctrl-C in a search in threads lets scorers that run come to their end; a second one does not wait."""
    X = RANDOM.standard_normal((20, 2))
    in_scorer, goes_on, ended = threading.Semaphore(0), threading.Event(), []

    def slow(model, X, y):
        if not is_trained(model):
            return 0.0
        in_scorer.release()
        ended.append(goes_on.wait(20))
        return 0.0

    def press():
        for _ in range(2):  # both threads
            in_scorer.acquire(timeout=20)
        for _ in range(n_times):
            press_ctrl_c()
            time.sleep(0.1)
        if n_times == 1:
            goes_on.set()

    settings = {"alphas": [0, 0.1, 1, 10], "cv": 4, "max_iter": 1, "tol": 1e9, "hidden_layer_sizes": ()}
    presser = threading.Thread(target=press)
    presser.start()
    with pytest.raises(KeyboardInterrupt):
        MLPRegressorCV(**settings, scoring=slow, n_jobs=2).fit(X, X[:, 0])
    presser.join()
    assert ended == [] if n_times == 2 else 1 <= len(ended) <= 2
    goes_on.set()


def test_ctrl_c_in_the_last_scorer_is_not_lost():
    """Ctrl-C while the last of all networks is scored ends a search too."""
    X = RANDOM.standard_normal((20, 2))
    meeting = threading.Barrier(2, timeout=20)

    def slow(model, X, y):
        if is_trained(model):
            if meeting.wait() == 0:  # both folds are trained, and have no other network
                press_ctrl_c()
            time.sleep(0.1)
        return 0.0

    settings = {"alphas": [1], "cv": 2, "max_iter": 1, "tol": 1e9, "hidden_layer_sizes": ()}
    with pytest.raises(KeyboardInterrupt):
        MLPRegressorCV(**settings, scoring=slow, n_jobs=2).fit(X, X[:, 0])
