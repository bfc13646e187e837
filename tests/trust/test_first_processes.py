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
from skl2 import MLPClassifier, warm_up
from skl2._compilation.configuration import changed_settings
from skl2._kernels.entries import variants

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
    "activation": ["logistic", "relu", "elu", "gelu"],
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
report["imported to train"] = sorted(others & set(sys.modules))
from skl2._compilation import linker
from skl2._kernels.entries import variants
report["used"] = sorted(variant.name for variant in variants() if variant.origin)
report["linked"] = next(linker._numbers)
print(json.dumps(report))
"""

# An entry that is small, of a kernel in another file: compiles in a tenth of a second what takes train_chunk six.
PROBE = """
from skl2._compilation.entry import entry
from skl2._compilation.signature import array
from skl2._kernels.activations import sum_rows
@entry
def probe(x: array(2), total: array(1)):
    sum_rows(x, total)
"""

# Calls it twice, the second time as a new process does, and then, without a cache, as a part of the package.
CALL_PROBE = """
import json, os, platform, sys, types
package = types.ModuleType("skl2")  # without scikit-learn
package.__path__ = [os.path.abspath("skl2")]
sys.modules["skl2"] = package
import numpy as np
from skl2._compilation import target
from skl2._kernels.probe import probe
target.LEVELS[platform.machine()] = level = target.Level("any", frozenset())
report = {"origins": [], "totals": []}
def call():
    probe.variants.clear()
    x, total = np.ones((3, 2), sys.argv[1]), np.zeros(2, sys.argv[1])
    probe[x.dtype](x, total)
    report["origins"].append(probe[x.dtype].origin)
    report["totals"].append(total.tolist())
call(), call()
report["numba"] = "numba" in sys.modules
probe[np.dtype(sys.argv[1])].prebuild(level)
os.environ["SKL2_NUMBA_CACHE"] = "0"
call()
print(json.dumps(report))
"""


def start(script, *arguments, root=None, **environment):
    """Start a Python process that compiles; with a `root`, with the package and the cache there."""
    inherited = os.environ
    if root:  # with no settings but these
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("NUMBA_", "SKL2_"))}
        environment = {"NUMBA_CACHE_DIR": str(root / "cache")} | environment
    environment = inherited | {"NUMBA_DISABLE_JIT": "0"} | environment
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
    ignored = shutil.ignore_patterns("__pycache__", "prebuilt")
    shutil.copytree(PACKAGE, root / "skl2", ignore=ignored, copy_function=shutil.copyfile)
    for folder in (root / "skl2", *(root / "skl2").rglob("*/")):
        folder.chmod(0o755)
    (root / "skl2/_kernels/probe.py").write_text(PROBE)
    return root


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """The report of a process that imports, predicts, and fits whatever can be fitted, with code that is found."""
    warm_up()
    if not all(variant.look()[0] for variant in variants()):
        pytest.skip("nothing is prebuilt, and there is no place for a cache")
    X = np.random.default_rng(0).standard_normal((20, 3))
    how = {"hidden_layer_sizes": (9,), "learning_rate": "cosine", "learning_rate_init": 0.1, "max_iter": 20}
    model = MLPClassifier(**how, random_state=0).fit(X, np.arange(20) % 3)
    file = tmp_path_factory.mktemp("model") / "model.pickle"
    file.write_bytes(pickle.dumps((model, X, model.predict_proba(X))))
    return finish(start(MANY_FITS, file))


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Reports of processes that call the small entry, two or three at a time.

    The first two share a copy of the package with an empty cache, one for each dtype; "later" comes after them, and
    "upgraded" has that copy with an edit. The last two have another copy, and nothing can be cached.
    """
    root, nowhere = (copy_package(tmp_path_factory.mktemp(name)) for name in ("installation", "nowhere"))
    first = {dtype: start(CALL_PROBE, dtype, root=root) for dtype in ("float32", "float64")}
    reports = {dtype: finish(process) for dtype, process in first.items()}
    cached = sorted(path.name for path in (root / "cache").rglob("*") if path.is_file())
    later = finish(start(CALL_PROBE, "float64", root=root))
    file, sum_of_rows = root / "skl2/_kernels/activations.py", "total[j] += x[i, j]"
    source = file.read_text()
    assert source.count(sum_of_rows) == 1
    file.write_text(source.replace(sum_of_rows, "total[j] -= x[i, j]"))
    obstacle = nowhere / "skl2/_compilation/__pycache__"  # a file where a folder would be
    obstacle.touch()
    homes = dict.fromkeys(("HOME", "XDG_CACHE_HOME"), str(obstacle))
    last = {
        "upgraded": start(CALL_PROBE, "float64", root=root),
        "no folder": start(CALL_PROBE, "float64", root=nowhere, NUMBA_CACHE_DIR="", **homes),
        "no NUMBA_CACHE_DIR": start(CALL_PROBE, "float32", root=nowhere, NUMBA_CACHE_DIR=str(obstacle)),
    }
    return reports | {"cached": cached, "later": later} | {name: finish(process) for name, process in last.items()}


def test_importing_and_predicting_need_no_compiler(many):
    """`import skl2`, unpickling and every kind of prediction leave numba unimported, and matplotlib, until a plot."""
    assert (many["imported to import"], many["imported to predict"], many["predicts the same"]) == ([], [], True)


@pytest.mark.skipif(changed_settings() != "", reason="what numba is told only numba knows")
def test_fits_whose_code_is_found_need_no_compiler(many):
    """No fit of any kind imports numba where machine code is prebuilt or cached: llvmlite links it."""
    assert many["imported to train"] == ["llvmlite"]


def test_one_compilation_serves_every_network(many):
    """Whatever X, layers, loss, activation, optimizer and schedule, from whichever thread: one code per dtype."""
    used = ["train_chunk_float32", "train_chunk_float64"]
    assert (many["fits"], many["used"], many["linked"]) == (192, used, len(used))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_two_first_processes_do_not_disturb_each_other(dtype, reports):
    """Two processes that fill one cache at once, one for each dtype, both compile, and afterwards load their own."""
    assert reports[dtype] == {"origins": ["compiled", "cached", "prebuilt"], "totals": [[3, 3]] * 3, "numba": True}


def test_a_later_process_only_loads(reports):
    """A process after them finds what they compiled, and does not import numba."""
    assert reports["later"] == {"origins": ["cached", "cached", "prebuilt"], "totals": [[3, 3]] * 3, "numba": False}


def test_only_entries_are_cached(reports):
    """The cache holds one file for each dtype of an entry, and nothing of kernels below it."""
    names = [name.partition("-")[0] for name in reports["cached"]]
    assert names == ["probe_float32", "probe_float64"]


def test_an_upgrade_never_runs_old_code(reports):
    """After an edit in a file that the entry only imports the new code runs: cached and prebuilt are the old one's."""
    expected = {"origins": ["compiled", "cached", "prebuilt"], "totals": [[-3, -3]] * 3, "numba": True}
    assert reports["upgraded"] == expected


@pytest.mark.parametrize("where", ["no folder", "no NUMBA_CACHE_DIR"])
def test_a_place_without_cache_still_compiles(where, reports):
    """Where neither the package, the home nor NUMBA_CACHE_DIR takes a cache, each process compiles for itself."""
    expected = {"origins": ["compiled", "compiled", "prebuilt"], "totals": [[3, 3]] * 3, "numba": True}
    assert reports[where] == expected
