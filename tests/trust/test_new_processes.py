"""What can be seen in a process of its own only: an older scikit-learn, a real Ctrl-C."""

import pathlib
import subprocess
import sys

import skl2

ROOT = pathlib.Path(skl2.__file__).parents[1]


def run(script):
    """Return what a script prints."""
    process = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert process.returncode == 0, process.stderr
    return process.stdout


OLD_SCIKIT_LEARN = """
import sys, warnings
import numpy as np
import rich
import sklearn.model_selection, sklearn.neural_network
from rich.console import Console
sys.modules["sklearn.callback"] = None
from skl2 import MLPRegressor
rich._console = Console(force_terminal=True, force_interactive=True)
warnings.simplefilter("ignore")
X = np.random.default_rng(0).standard_normal((20, 3))
model = MLPRegressor(hidden_layer_sizes=4, max_iter=3, random_state=0, verbose=2)
model = sklearn.base.clone(model).fit(X, X[:, 0]).partial_fit(X, X[:, 0])
assert not hasattr(model, "set_callbacks")
assert "_skl_callbacks" not in vars(model)
"""


def test_an_older_scikit_learn_prints_lines():
    """With a scikit-learn that has no sklearn.callback all trains as ever, and verbose=2 prints the lines."""
    lines = [f"Iteration {number}, loss" for number in (1, 2, 3, 1)]
    assert [line.split(" = ")[0] for line in run(OLD_SCIKIT_LEARN).splitlines()] == lines


CTRL_C = """
import os, signal, threading, time, warnings
import numpy as np
from skl2 import MLPRegressor
X = np.random.default_rng(0).standard_normal((20_000, 100))
settings = {"hidden_layer_sizes": (200, 200), "tol": 0, "n_iter_no_change": np.inf, "random_state": 0}
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    MLPRegressor(max_iter=1, **settings).fit(X[:200], X[:200, 0])  # compiled
sent = []
def press():
    sent.append(time.perf_counter())
    os.kill(os.getpid(), signal.SIGINT)
threading.Timer(0.5, press).start()
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    model = MLPRegressor(max_iter=10**6, **settings).fit(X, X[:, 0])
seconds = time.perf_counter() - sent[0]
assert [str(warning.message) for warning in caught] == ["Training interrupted by user."], caught
assert np.all(np.isfinite(model.predict(X)))
assert seconds < 1, seconds
print("interrupted")
"""


def test_ctrl_c_is_heard_within_a_second():
    """A real SIGINT ends a long compiled fit within a second, with a warning and a model that predicts."""
    assert run(CTRL_C) == "interrupted\n"
