"""Parallel calls inside of parallel calls: no deadlock, no more threads than asked for, the bits of a serial run."""

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT", "0") != "0", reason="as compiled")

PATIENCE = 300  # seconds until what runs is taken for a deadlock, on a busy machine

# Scorers leave a note of what runs beside them, in the process that they are called in.
SCRIPT = """
import faulthandler, json, os, pathlib, sys, threading, uuid, warnings
faulthandler.dump_traceback_later(float(sys.argv[4]), exit=True)
os.environ["PYTHONWARNINGS"] = "ignore"
warnings.simplefilter("ignore")
import joblib
import numpy as np
from sklearn.ensemble import BaggingClassifier
from sklearn.model_selection import GridSearchCV, cross_validate
from threadpoolctl import threadpool_info
from skl2 import MLPClassifier, MLPClassifierCV
from skl2._training import blas

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((240, 8))
Y = np.digitize(X[:, 0] + RANDOM.standard_normal(240), [-0.7, 0.7])
SMALL = {"hidden_layer_sizes": (64, 64), "batch_size": 60, "max_iter": 5, "random_state": 0}

def note(folder):
    with blas._lock:  # no fit begins or ends meanwhile
        threads = [thread.name for thread in threading.enumerate()]
        limits = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
        fits = len({thread for thread, _ in blas._fits})
    seen = {
        "fits": fits,
        "helpers": sum(name.startswith("skl2") for name in threads) if fits else 0,
        "blas": max(limits) if fits else 0,
    }
    (folder / uuid.uuid4().hex).write_text(json.dumps(seen))

class Score:
    def __init__(self, folder):
        self.folder = folder

    def __call__(self, model, X, y):
        note(self.folder)
        return model.score(X, y)

class PathScore(Score):
    def __call__(self, model, X, y):
        scores = model.path(X, y, [0, 0.01, 0.1], n_jobs=self.n_jobs).score(X, y)
        with blas.one_blas_thread():
            note(self.folder)
        return np.mean(scores)

def search_over_search(folder, n_jobs):
    inner = MLPClassifierCV([0.0, 0.1, 1.0], cv=2, n_jobs=n_jobs, scoring=Score(folder), **SMALL)
    # Log losses show each bit of the weights.
    outer = GridSearchCV(inner, {"learning_rate_init": [0.001, 0.01]}, cv=2, n_jobs=n_jobs, scoring="neg_log_loss"
        ).fit(X, Y)
    scores = [outer.cv_results_[f"split{fold}_test_score"] for fold in range(2)]
    return np.concatenate([*scores, *map(np.ravel, outer.best_estimator_.coefs_)])

def search(folder, n_jobs):
    return GridSearchCV(MLPClassifier(**SMALL), {"alpha": [0, 0.1, 1]}, cv=2, n_jobs=n_jobs, scoring=Score(folder)
        ).fit(X, Y).cv_results_["mean_test_score"]

def validation_of_paths(folder, n_jobs):
    scorer = PathScore(folder)
    scorer.n_jobs = n_jobs
    return cross_validate(MLPClassifier(**SMALL), X, Y, cv=4, n_jobs=n_jobs, scoring=scorer)["test_score"]

def bags(folder, n_jobs):
    inner = MLPClassifierCV([0.0, 1.0], cv=2, n_jobs=n_jobs, scoring=Score(folder), **SMALL)
    bag = BaggingClassifier(inner, 4, n_jobs=n_jobs, random_state=0).fit(X, Y)
    return np.ravel([model.coefs_[0] for model in bag.estimators_])

def summary(folder):
    notes = [json.loads(file.read_text()) for file in folder.iterdir()]
    return {kind: max(each[kind] for each in notes) for kind in notes[0]}

def threads_of_the_user(config, function, *arguments):
    results = []
    def call():
        with joblib.parallel_config(**config):  # is of one thread
            results.append(function(*arguments))
    threads = [threading.Thread(target=call) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert np.array_equal(*results)
    return results[0]

FUNCTIONS = {function.__name__: function for function in (search, search_over_search, validation_of_paths, bags)}
CONFIGS = {
    "loky": {"backend": "loky"},
    "loky, two threads each": {"backend": "loky", "inner_max_num_threads": 2},
    "threads": {"backend": "threading"},
    "multiprocessing": {"backend": "multiprocessing"},
}
root, report = pathlib.Path(sys.argv[1]), {}
(root / "serial").mkdir()
expected = {name: function(root / "serial", None) for name, function in FUNCTIONS.items()}
for backend, names in json.loads(sys.argv[2]):
    for name in names or FUNCTIONS:
        (folder := root / f"{name}, {backend}").mkdir()
        with joblib.parallel_config(**CONFIGS[backend]):
            result = FUNCTIONS[name](folder, 2)
        report[folder.name] = summary(folder) | {"same": bool(np.array_equal(result, expected[name]))}
for backend in json.loads(sys.argv[3]):
    (folder := root / f"of the user, {backend} in two threads").mkdir()
    result = threads_of_the_user(CONFIGS[backend], search_over_search, folder, 2)
    report[folder.name] = summary(folder) | {"same": bool(np.array_equal(result, expected["search_over_search"]))}
limits = {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}
assert (limits, len(blas._fits)) == ({2}, 0), (limits, blas._fits)
print(json.dumps(report))
"""


def run(folder, backends, of_the_user):
    """Return the report of the script above."""
    command = [sys.executable, "-c", SCRIPT, str(folder), json.dumps(backends), json.dumps(of_the_user), str(PATIENCE)]
    # dask leaves OPENBLAS_NUM_THREADS=1 in the environment of the process that starts its workers.
    environment = os.environ | {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"}
    process = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=2 * PATIENCE)
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


# (threads that train in one process, of which each may help another; threads of BLAS there)
EXPECTED = {
    "loky": {"fits": 2, "helpers": 0, "blas": 1},
    "loky, two threads each": {"fits": 2, "helpers": 0, "blas": 1},
    "threads": {"fits": 4, "helpers": 0, "blas": 1},
    "multiprocessing": {"fits": 2, "helpers": 0, "blas": 1},
    "threads in two threads": {"fits": 8, "helpers": 0, "blas": 1},
    "loky in two threads": {"fits": 2, "helpers": 0, "blas": 1},
}


ALL = [[backend, []] for backend in ("loky", "loky, two threads each", "multiprocessing")]


@pytest.mark.parametrize(
    ("backends", "of_the_user"),
    [
        ([["loky", ["search_over_search"]], ["threads", []]], ["threads"]),
        pytest.param(ALL, ["loky"], marks=pytest.mark.slow),
    ],
    ids=["few", "all"],
)
def test_parallel_calls_in_parallel_calls(backends, of_the_user, tmp_path):
    """Searches in searches, paths in scorers, searches in bags: serial results, and n_jobs · n_jobs threads at most.

    BLAS has one thread beside them, and nobody is helped: the threads that were asked for are all that run.
    """
    report = run(tmp_path, backends, of_the_user)
    assert len(report) == len(of_the_user) + sum(len(names) or 4 for _, names in backends)
    for name, seen in report.items():
        most = EXPECTED[name.split(", ", 1)[-1]]
        assert seen.pop("same"), name
        assert all(seen[kind] <= most[kind] for kind in most), (name, seen)
