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

# One process does all of it, one thing after another, as to start and to import takes seconds: each function answers a
# test below. It is a file, which children that start anew import. Children answer through a queue.
PROGRAM = """
import gc, json, multiprocessing, os, sys, threading, time, warnings
import numpy as np
import scipy.linalg
from threadpoolctl import threadpool_info, threadpool_limits
from skl2 import MLPRegressor, MLPRegressorCV
from skl2._compilation import entry
from skl2._compilation.jit import kernel
from skl2._compilation.signature import array
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
        self.settings = SETTINGS | settings
        self.ends = False

    def run(self):
        while not self.ends:
            MLPRegressor(**self.settings).fit(X, X[:, 0])

    def end(self):
        self.ends = True
        self.join()

def start(context, target=train):
    queue = context.SimpleQueue()
    child = context.Process(target=target, args=(queue,))
    child.start()
    return child, queue

def wait(child, queue, timeout=120):
    child.join(timeout)
    if child.is_alive():
        child.kill()
        sys.exit("a child hangs")
    assert child.exitcode == 0, child.exitcode
    return queue.get()

FORK = multiprocessing.get_context("fork")

def while_fitting(n_forks, n_fitting):
    # Threads of the parent are always inside a fit, at a random place, while the main one forks.
    threads = [Forever(max_iter=20), Forever(max_iter=5, hidden_layer_sizes=(400, 400), optimizer="lbfgs")][:n_fitting]
    for thread in threads:
        thread.start()
    same = 0
    for number in range(n_forks):
        time.sleep(0.001 * (number % 17))
        same += wait(*start(FORK)) == EXPECTED
    for thread in threads:
        thread.end()
    return {"same": same, "after": train() == EXPECTED}

@entry.entry
def double(x: array(1), result: array(1)):
    result[0] = x[0] + x[0]

@kernel
def smallest(x):
    return np.sort(x)[0]

def call(dtype="float64"):
    x, result = np.full(1, 21, dtype), np.zeros(1, dtype)
    double[x.dtype](x, result)
    assert result[0] == 42

def prepare_and_train(queue):
    call()
    call("float32")  # which the parent has not
    train(queue)

def fork_while(work, has_begun, is_done):
    thread = threading.Thread(target=work)
    thread.start()
    while not has_begun():
        time.sleep(0.001)
    child = start(FORK, prepare_and_train)
    waited = bool(is_done())
    answer = wait(*child)
    thread.join()
    double.variants.clear()
    return {"waited": waited, "same": answer == EXPECTED}

def while_preparing():
    os.environ["SKL2_NUMBA_CACHE"] = "0"
    compiles, entry_is_done = lambda: not gc.isenabled(), lambda: double[np.dtype("float64")].origin
    report = {
        "kernel": fork_while(lambda: smallest(X[0]), compiles, lambda: smallest.dispatcher("Python").overloads),
        "entry": fork_while(call, compiles, entry_is_done),
    }
    # To link takes a thousandth of a second, and here a tenth.
    variant, link, begun = double[np.dtype("float64")], entry.LinkedFunction, threading.Event()
    code = variant.make_code()
    variant.look = lambda native: (code, "cached")
    def link_slowly(*arguments):
        if not begun.is_set():
            begun.set()
            time.sleep(0.1)
        return link(*arguments)
    entry.LinkedFunction = link_slowly
    report["found"] = fork_while(call, begun.is_set, entry_is_done)
    os.environ["SKL2_NUMBA_CACHE"] = "1"
    return report

def from_a_fit():
    # A scorer starts a process of its own, which trains alone, with all threads.
    answers = []
    def scorer(model, X, y):
        answers.append(wait(*start(FORK)))  # before training, and after it
        return 0.0
    MLPRegressorCV([0.0], cv=2, scoring=scorer, **SETTINGS).fit(X, X[:, 0])
    return {"children": [answer[:4] == EXPECTED[:4] for answer in answers], "same": train() == EXPECTED}

def anew():
    # Both at once; they start while the parent fits, and import for seconds.
    thread = Forever()
    thread.start()
    children = {method: start(multiprocessing.get_context(method)) for method in ("spawn", "forkserver")}
    thread.end()
    return {method: wait(*child) == EXPECTED for method, child in children.items()}

if __name__ == "__main__":
    threading.excepthook = lambda arguments: sys.exit(str(arguments))
    EXPECTED = train()
    print(json.dumps({name: globals()[name](*arguments) for name, arguments in json.loads(sys.argv[1]).items()}))
"""


def run(folder, **calls):
    """Return what the functions of the program answer, {name: answer}, when they are called with these arguments."""
    (folder / "program.py").write_text(PROGRAM)
    process = subprocess.run(
        [sys.executable, "program.py", json.dumps(calls)],
        cwd=folder,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "2", "SKL2_NUMBA_CACHE": "1"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


# A process that has found all code has not imported numba: a thread does, to compile, and meanwhile the main one forks.
IMPORTING = """
import faulthandler, os, sys, threading, time
import numpy as np
from skl2._compilation.entry import entry
from skl2._compilation.signature import array

@entry
def double(x: array(1), result: array(1)):
    result[0] = x[0] + x[0]

def call(dtype):
    x, result = np.full(1, 21, dtype), np.zeros(1, dtype)
    double[x.dtype](x, result)
    assert result[0] == 42

thread = threading.Thread(target=call, args=["float64"])
thread.start()
while "numba" not in sys.modules:
    time.sleep(0.001)
child = os.fork()
if not child:
    faulthandler.dump_traceback_later(20, exit=True)
    call("float32")
    os._exit(0)
thread.join()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """What the program answers to all questions."""
    folder = tmp_path_factory.mktemp("program")
    return run(folder, while_fitting=[3, 2], while_preparing=[], from_a_fit=[], anew=[])


def test_children_forked_while_threads_fit_train_as_usual(report):
    """A child has the results, the BLAS limits and the collector of its parent, which knows of no fit and no lock."""
    assert report["while_fitting"] == {"same": 3, "after": True}


@pytest.mark.slow
@pytest.mark.parametrize("n_fitting", [0, 1, 2])
def test_children_forked_a_hundred_times_train_as_usual(n_fitting, tmp_path):
    """The same of a hundred forks, beside none to two fits."""
    assert run(tmp_path, while_fitting=[100, n_fitting]) == {"while_fitting": {"same": 100, "after": True}}


@pytest.mark.parametrize("work", ["kernel", "entry", "found"])
def test_a_fork_waits_for_who_prepares_code(work, report):
    """A child that is forked while a thread compiles, or links what it found, can compile and train: locks are free."""
    assert report["while_preparing"][work] == {"waited": True, "same": True}


def test_a_fork_waits_for_who_imports_numba():
    """A child that is forked while a thread imports numba can compile: no module is half imported there for ever."""
    command = [sys.executable, "-W", "ignore", "-c", IMPORTING]
    environment = os.environ | {"SKL2_NUMBA_CACHE": "0"}
    process = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert (process.returncode, process.stderr) == (0, "")


def test_a_fit_may_fork(report):
    """A child that is forked inside a fit trains what its parent trains, and the fit goes on."""
    assert report["from_a_fit"] == {"children": [True] * 4, "same": True}


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_children_that_start_anew_train_as_usual(method, report):
    """Children that share nothing with their parent train with its bits, while it fits."""
    assert report["anew"][method]
