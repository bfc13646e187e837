"""What fresh processes import, compile and cache; test_supply.py and test_cold_start.py compile the real kernels."""

import json
import os
import pathlib
import pickle
import shutil
import subprocess
import sys

import numpy as np
import pytest

import skl2
from skl2 import MLPClassifier

PACKAGE = pathlib.Path(skl2.__file__).parent

# The first import and predictions; then everything that may differ between fits, from several threads at once.
MANY_FITS = """
import json, pickle, sys, warnings
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, product
import numpy as np
import skl2
from skl2 import MLPClassifier, MLPRegressor
others = {"numba", "llvmlite", "matplotlib"}
report = {"imported to import": sorted(others & set(sys.modules))}
with open(sys.argv[1], "rb") as file:
    model, X, probability = pickle.load(file)
report["predicts the same"] = bool(np.array_equal(model.predict_proba(X), probability))
model.predict(X), model.predict_log_proba(X), model.score(X, model.predict(X))
report["imported to predict"] = sorted(others & set(sys.modules))

warnings.simplefilter("ignore")
X = np.random.default_rng(0).standard_normal((20, 3))
read_only = X.copy()
read_only.flags.writeable = False
kinds_of_X = [X, np.asfortranarray(X), X[::-1], X.astype("f4"), (9 * X).astype(int), read_only, X[:1], X.tolist()]
targets = [(MLPClassifier, np.arange(20) % 2), (MLPClassifier, np.arange(20) % 3), (MLPRegressor, X[:, 0]),
           (MLPRegressor, np.asfortranarray(X))]
settings = {
    "activation": ["identity", "logistic", "tanh", "relu"],
    "optimizer": ["adam", "sgd"],
    "decay": [None, "decoupled"],
    "learning_rate": ["constant", "invscaling", "adaptive", "cosine"],
    "dtype": ["float32", "float64", None],
}
types = [
    {"momentum": 0, "beta_1": 0, "alpha": 0, "batch_size": 1},
    {"momentum": np.float32(0.5), "nesterovs_momentum": np.False_, "alpha": np.float32(0.1), "epsilon": 1},
    {"learning_rate_init": np.float32(0.1), "power_t": 1, "max_iter": np.int8(2)},
    {"batch_size": np.int16(1), "beta_2": np.float64(0.5), "alpha": np.int64(0), "tol": 1},
    {},
]
def fit(case):
    values, X, (Estimator, y), sizes, numbers = case
    parameters = {"max_iter": 1, "random_state": 0} | dict(zip(settings, values)) | numbers
    model = Estimator(hidden_layer_sizes=sizes, **parameters)
    y = y[:len(X)]
    model.fit(X, y).partial_fit(X, y, np.ones(len(X), "f4"))
sizes = [(), 4, (3, 2, 2)]
cases = list(zip(product(*settings.values()), cycle(kinds_of_X), cycle(targets), cycle(sizes), cycle(types)))
with ThreadPoolExecutor(4) as pool:
    report["fits"] = len(list(pool.map(fit, cases)))
from skl2._kernels.training import train_chunk
report["signatures"] = [len(train_chunk[np.dtype(dtype)].dispatcher("Python").signatures) for dtype in ("f4", "f8")]
print(json.dumps(report))
"""

# An entry that is small, of a kernel in another file: compiles in half a second what takes train_chunk ten.
PROBE = """
from skl2._kernels.activations import sum_rows
from skl2._kernels.jit import entry
@entry
def probe(x, total):
    sum_rows(x, total)
"""

# Calls it twice, the second time as a new process does.
CALL_PROBE = """
import json, os, sys, types
package = types.ModuleType("skl2")  # without scikit-learn
package.__path__ = [os.path.abspath("skl2")]
sys.modules["skl2"] = package
import numpy as np
from skl2._kernels.probe import probe
report = {"compiled": [], "loaded": [], "totals": []}
for _ in range(2):
    probe.variants.clear()
    x, total = np.ones((3, 2), sys.argv[1]), np.zeros(2, sys.argv[1])
    probe[x.dtype](x, total)
    stats = probe[x.dtype].dispatcher("Python").stats
    report["compiled"].append(bool(stats.cache_misses))
    report["loaded"].append(bool(stats.cache_hits))
    report["totals"].append(total.tolist())
print(json.dumps(report))
"""


def start(script, *arguments, root=None, **environment):
    """Start a Python process that compiles; with a `root`, with the package and the cache there."""
    own = {} if root is None else {"NUMBA_CACHE_DIR": str(root / "cache")}
    environment = os.environ | {"NUMBA_DISABLE_JIT": "0"} | own | environment
    command = [sys.executable, "-c", script, *map(str, arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=root, env=environment, **pipes)


def finish(process):
    """Wait for the process and return what it printed, as JSON."""
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return json.loads(out)


def copy_package(root):
    """Copy the package and add the small entry, in folders and files that can be written where its own can not."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE, root / "skl2", ignore=ignored, copy_function=shutil.copyfile)
    for folder in (root / "skl2", *(root / "skl2").rglob("*/")):
        folder.chmod(0o755)
    (root / "skl2/_kernels/probe.py").write_text(PROBE)
    return root


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """The report of a process that imports, predicts, and fits whatever can be fitted."""
    X = np.random.default_rng(0).standard_normal((20, 3))
    how = {"hidden_layer_sizes": (9,), "learning_rate": "cosine", "learning_rate_init": 0.1, "max_iter": 20}
    model = MLPClassifier(**how, random_state=0).fit(X, np.arange(20) % 3)
    file = tmp_path_factory.mktemp("model") / "model.pickle"
    file.write_bytes(pickle.dumps((model, X, model.predict_proba(X))))
    return finish(start(MANY_FITS, file))


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Reports of processes that call the small entry, two at a time.

    The first two share a copy of the package with an empty cache, one for each dtype; the third, "upgraded", has that
    copy with an edit, and "isolated" another copy, where nothing can be cached.
    """
    root, nowhere = (copy_package(tmp_path_factory.mktemp(name)) for name in ("installation", "nowhere"))
    first = {dtype: start(CALL_PROBE, dtype, root=root) for dtype in ("float32", "float64")}
    reports = {dtype: finish(process) for dtype, process in first.items()}
    cached = sorted(path.name.rsplit("_", 1)[0] for path in (root / "cache").rglob("*.nb[ci]"))
    file, sum_of_rows = root / "skl2/_kernels/activations.py", "total[j] += x[i, j]"
    source = file.read_text()
    assert source.count(sum_of_rows) == 1
    file.write_text(source.replace(sum_of_rows, "total[j] -= x[i, j]"))
    upgraded = start(CALL_PROBE, "float64", root=root)
    obstacle = nowhere / "skl2/_kernels/__pycache__"  # a file where numba looks for folders
    obstacle.touch()
    places = dict.fromkeys(("NUMBA_CACHE_DIR", "HOME", "XDG_CACHE_HOME"), str(obstacle))
    isolated = start(CALL_PROBE, "float64", root=nowhere, **places)
    return reports | {"upgraded": finish(upgraded), "isolated": finish(isolated), "cached": cached}


def test_importing_and_predicting_need_no_compiler(many):
    """`import skl2`, unpickling and every kind of prediction leave numba unimported, and matplotlib, until a plot."""
    assert (many["imported to import"], many["imported to predict"], many["predicts the same"]) == ([], [], True)


def test_one_compilation_serves_every_network(many):
    """Whatever X, layers, loss, activation, optimizer and schedule, from whichever thread: one signature per dtype."""
    assert (many["fits"], many["signatures"]) == (192, [1, 1])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_two_first_processes_do_not_disturb_each_other(dtype, reports):
    """Two processes that fill one cache at once, one for each dtype, both compile, and afterwards load their own."""
    report = reports[dtype]
    assert (report["compiled"], report["loaded"], report["totals"]) == ([True, False], [False, True], [[3, 3]] * 2)


def test_only_entries_are_cached(reports):
    """The cache holds one index and one file of code for each dtype of an entry, and nothing of kernels below it."""
    assert reports["cached"] == [f"probe.probe_{dtype}" for dtype in ("float32", "float64") for _ in range(2)]


def test_an_upgrade_never_runs_old_code(reports):
    """After an edit in a file that the entry only imports, the entry is compiled again and the new code runs."""
    report = reports["upgraded"]
    assert (report["compiled"], report["loaded"], report["totals"]) == ([True, False], [False, True], [[-3, -3]] * 2)


def test_a_place_without_cache_still_compiles(reports):
    """Where neither the package, the home nor NUMBA_CACHE_DIR takes a cache, each process compiles for itself."""
    report = reports["isolated"]
    assert (report["compiled"], report["loaded"], report["totals"]) == ([True] * 2, [False] * 2, [[3, 3]] * 2)
