"""Processes that fork, spawn or come from a server train as their parent does, whatever its threads are doing."""

import json
import os
import subprocess
import sys

import pytest

pytestmark = [
    pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT", "0") != "0", reason="as compiled"),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork"),
]

# What all scripts below begin with. Children answer through a queue.
COMMON = """
import gc, json, multiprocessing, os, sys, threading, time, warnings
import numpy as np
import scipy.linalg
from threadpoolctl import threadpool_info, threadpool_limits
from skl2 import MLPRegressor, MLPRegressorCV
from skl2._training import blas
warnings.simplefilter("ignore")  # of convergence; and Python 3.12 warns of forks beside threads

X = np.random.default_rng(0).standard_normal((2000, 50))
SETTINGS = {"hidden_layer_sizes": (100,), "random_state": 0, "max_iter": 3}

def blas_threads():
    return sorted({pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"})

def train(queue=None):
    model = MLPRegressor(**SETTINGS).fit(X, X[:, 0])
    path = model.path(X, X[:, 0], [0.0, 1.0], n_jobs=2)
    answer = [float(np.sum(np.abs(c))) for c in (model.coefs_[0], path[1].coefs_[1], model.predict(X))]
    answer += [gc.isenabled(), blas_threads(), len(blas._fits)]
    if queue:
        queue.put(answer)
    return answer

class Forever(threading.Thread):
    def __init__(self, **settings):
        super().__init__(daemon=True)
        self.settings = SETTINGS | {"max_iter": 20} | settings
        self.ends = False

    def run(self):
        while not self.ends:
            MLPRegressor(**self.settings).fit(X, X[:, 0])

def ask(context, timeout=60):
    queue = context.SimpleQueue()
    child = context.Process(target=train, args=(queue,))
    child.start()
    child.join(timeout)
    if child.is_alive():
        child.kill()
        sys.exit("a child hangs")
    assert child.exitcode == 0, child.exitcode
    return queue.get()
"""

# Threads of the parent are always inside a fit, at a random place, while the main one forks.
WHILE_FITTING = """
context = multiprocessing.get_context("fork")
expected, threads = train(), [Forever(), Forever(hidden_layer_sizes=(400, 400), optimizer="lbfgs")]
for thread in threads[: int(sys.argv[2])]:
    thread.start()
same = 0
for number in range(int(sys.argv[1])):
    time.sleep(0.001 * (number % 17))
    same += ask(context) == expected
for thread in threads[: int(sys.argv[2])]:
    thread.ends = True
    thread.join()
print(json.dumps({"same": same, "after": train() == expected}))
"""

# A thread compiles, without a cache, for at least a second; the fork comes when it has begun.
WHILE_COMPILING = """
from skl2._kernels.jit import Entry
def slow(x):
    total = x[0]
    for i in range(x.size):
        a = np.sort(x[: i + 1])
        total += a[i // 2] + np.median(a) + np.argsort(a)[i // 2]
    return total
kernel, result = Entry(slow)[X.dtype], []
thread = threading.Thread(target=lambda: result.append(kernel(X[0])))
thread.start()
while gc.isenabled():
    time.sleep(0.001)
answer = ask(multiprocessing.get_context("fork"))
was_compiled = bool(kernel.dispatcher("Python").overloads)
thread.join()
print(json.dumps({"waited": was_compiled, "same": answer == train()}))
"""

# In a fit: a scorer starts a process of its own, which trains alone, with all threads.
FROM_A_FIT = """
answers = []
def scorer(model, X, y):
    answers.append(ask(multiprocessing.get_context("fork")))
    return 0.0
before = train()
MLPRegressorCV([0.0], cv=2, scoring=scorer, **SETTINGS).fit(X, X[:, 0])
print(json.dumps({"children": [answer[:4] for answer in answers], "expected": before[:4], "same": train() == before}))
"""

# What a script needs that children import.
SERVED = """
if __name__ == "__main__":
    threading.excepthook = lambda arguments: sys.exit(str(arguments))
    expected, thread = train(), Forever()
    thread.start()
    answers = [ask(multiprocessing.get_context(sys.argv[1])) == expected]
    thread.ends = True
    thread.join()
    print(json.dumps(answers))
"""


def run(script, *arguments, timeout=300, **environment):
    """Return what a script prints, as JSON: a program, or a file of one."""
    program = [str(script)] if isinstance(script, os.PathLike) else ["-c", COMMON + script]
    process = subprocess.run(
        [sys.executable, *program, *map(str, arguments)],
        env=os.environ | {"OPENBLAS_NUM_THREADS": "2"} | environment,
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


@pytest.mark.parametrize(
    ("n_forks", "n_fitting"), [(3, 2), *(pytest.param(100, n, marks=pytest.mark.slow) for n in (0, 1, 2))]
)
def test_children_forked_while_threads_fit_train_as_usual(n_forks, n_fitting):
    """A child has the results, the BLAS limits and the collector of its parent, which knows of no fit and no lock."""
    assert run(WHILE_FITTING, n_forks, n_fitting) == {"same": n_forks, "after": True}


def test_a_fork_waits_for_the_compiler():
    """A child that is forked while another thread compiles can compile and train: the lock is free again."""
    assert run(WHILE_COMPILING, SKL2_NUMBA_CACHE="1") == {"waited": True, "same": True}


def test_a_fit_may_fork():
    """A child that is forked inside a fit trains what its parent trains, and the fit goes on."""
    report = run(FROM_A_FIT)
    assert report["children"] == [report["expected"]] * 2
    assert report["same"]


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_children_that_start_anew_train_as_usual(method, tmp_path):
    """Children that share nothing with their parent train with its bits, while it fits."""
    (tmp_path / "program.py").write_text(COMMON + SERVED)
    assert run(tmp_path / "program.py", method) == [True]
