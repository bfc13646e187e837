"""Processes that start at the same moment on one empty cache folder: all succeed, and so does everyone after them."""

import json
import os
import pathlib
import subprocess
import sys
import time

import pytest

import skl2

pytestmark = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT", "0") != "0", reason="nothing is compiled")

N_PROCESSES = 8

# One process forks those that compile, which saves them the imports: so rounds take less than a second.
ROUNDS = """
import os, pathlib, shutil, sys, time, types
import numba
import numpy as np
package = types.ModuleType("skl2")  # without scikit-learn
package.__path__ = [sys.argv[1]]
sys.modules["skl2"] = package
from skl2._compilation.entry import Entry
import kernels

n_processes, n_rounds = map(int, sys.argv[2:])
folder = pathlib.Path(os.environ["NUMBA_CACHE_DIR"])
X = np.random.default_rng(0).standard_normal(1000)

def call(dtype, checked):
    numba.config.BOUNDSCHECK = checked
    variant, result = Entry(kernels.norms)[np.dtype(dtype)], np.zeros(1, dtype)
    variant(X.astype(dtype), result)
    assert EXPECTED.setdefault((dtype, checked), result[0]) == result[0]
    try:  # code with checks refuses an index that code without them reads somewhere else
        variant(X.astype(dtype)[:-1], result)
        is_checked = 0
    except IndexError:
        is_checked = 1
    assert is_checked == checked
    return variant.origin == "cached"

def process(number, start):
    pid = os.fork()
    if pid:
        return pid
    try:
        time.sleep(max(0, start - time.time()))
        cases = [(dtype, checked) for dtype in ("float32", "float64") for checked in (0, 1)]
        first = number % 4  # all of them begin with different code
        os._exit(sum(call(*case) for case in cases[first:] + cases[:first]))
    except BaseException:
        import traceback
        traceback.print_exc()
        os._exit(99)

def wait(pids):
    return [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]

EXPECTED = {}  # of this process, without a cache
os.environ["SKL2_NUMBA_CACHE"] = "0"
for dtype in ("float32", "float64"):
    for checked in (0, 1):
        assert not call(dtype, checked)
del os.environ["SKL2_NUMBA_CACHE"]
for _ in range(n_rounds):
    shutil.rmtree(folder)
    start = time.time() + 0.1
    n_loaded = wait([process(number, start) for number in range(n_processes)])
    assert max(n_loaded) <= 4, n_loaded
    before = {file: file.stat().st_mtime_ns for file in folder.rglob("*")}
    assert sum(file.is_file() for file in before) == 4, before
    assert wait([process(number, 0) for number in range(4)]) == [4] * 4
    assert {file: file.stat().st_mtime_ns for file in folder.rglob("*")} == before
"""

KERNELS = """
from skl2._compilation.signature import array

def norms(x: array(1), result: array(1)):
    result[0] = x[999] - x[999]
    for i in range(x.size):
        result[0] += x[i] * x[i]
"""

# A real one: everything that trains, in both dtypes, and what came of it.
FIT = """
import hashlib, json, os, sys, time, warnings
import numpy as np
import skl2
warnings.simplefilter("ignore")
time.sleep(max(0, float(sys.argv[1]) - time.time()))
X = np.random.default_rng(0).standard_normal((200, 10))
bits = {}
for dtype in ("float32", "float64")[:: int(sys.argv[2])]:
    for settings in ({}, {"optimizer": "lbfgs"}, {"hidden_layer_sizes": (30, 30), "activation": "tanh"}):
        model = skl2.MLPRegressor(dtype=dtype, max_iter=5, random_state=0, **settings).fit(X, X[:, 0])
        weights = np.concatenate([coefs.ravel() for coefs in model.coefs_])
        bits[f"{dtype}, {settings}"] = hashlib.sha256(weights.tobytes()).hexdigest()
from skl2._kernels.entries import variants
origins = sorted({variant.origin for variant in variants()})
print(json.dumps({"origins": origins, "numba": "numba" in sys.modules, "bits": bits}))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.parametrize("n_rounds", [1, pytest.param(40, marks=pytest.mark.slow)])
def test_processes_that_compile_together_do_not_disturb_each_other(n_rounds, tmp_path):
    """Eight processes save four versions of an entry at once: each runs its own, and all are kept."""
    (tmp_path / "kernels.py").write_text(KERNELS)
    (tmp_path / "cache").mkdir()
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": str(tmp_path)}
    process = subprocess.run(
        [sys.executable, "-c", ROUNDS, str(pathlib.Path(skl2.__file__).parent), str(N_PROCESSES), str(n_rounds)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60 + 20 * n_rounds,
    )
    assert process.returncode == 0, process.stderr
    assert not process.stderr


@pytest.mark.slow
@pytest.mark.parametrize("generic", [False, True])
def test_first_fits_at_the_same_moment(generic, tmp_path):
    """Eight processes fit for the first time ever, at once, in both dtypes: the same bits, and a ninth only loads.

    It does so without numba, if that is told nothing. Where half of them are told of another CPU, each kind has its
    bits and its files.
    """
    start = time.time() + 15
    kinds = [
        {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""} if generic and number % 2 else {} for number in range(9)
    ]

    def process(number, start):
        own = {"NUMBA_CACHE_DIR": str(tmp_path / "cache"), "SKL2_PREBUILT": "0"}
        environment = os.environ | own | kinds[number]
        command = [sys.executable, "-c", FIT, str(start), "-1" if number // 2 % 2 else "1"]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def finish(process):
        out, err = process.communicate(timeout=500)
        assert process.returncode == 0, err
        return json.loads(out)

    reports = [finish(each) for each in [process(number, start) for number in range(8)]]
    later = [finish(process(number, 0)) for number in (8, 7)]
    assert [(report["origins"], report["numba"]) for report in later] == [(["cached"], False), (["cached"], generic)]
    assert len(list((tmp_path / "cache").rglob("*.code"))) == 5 * (1 + generic)
    for first in (0, 1):
        ours = [report["bits"] for report in reports[first::2]] + [later[first]["bits"]]
        assert ours == ours[:1] * 5
