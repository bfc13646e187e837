"""The same seed gives the same bits on one machine, whatever else is different."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.sparse import csr_array
from threadpoolctl import threadpool_info, threadpool_limits

from skl2 import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((250, 300))
Y = X[:, 0] - np.sin(X[:, 1])
ALPHA = 0.01
COMMON = {"max_iter": 2, "random_state": 0, "alpha": ALPHA}
# Wide enough for several threads of BLAS, and for parts; with a last mini-batch that is smaller.
SHAPES = {
    "one part": {"hidden_layer_sizes": (700,), "batch_size": 40},
    "two small parts": {"hidden_layer_sizes": (300, 300), "batch_size": 90},
    "two parts": {"hidden_layer_sizes": (150, 40), "batch_size": 230},
    "L-BFGS": {"hidden_layer_sizes": (300,), "optimizer": "lbfgs"},
    "early stopping": {"hidden_layer_sizes": (400,), "batch_size": 80, "early_stopping": True},
    "small": {"hidden_layer_sizes": (7,), "batch_size": 30},
}
FORMS = {"dense": X, "float32": X.astype(np.float32), "sparse": csr_array(X * (np.abs(X) > 1))}
THREADS = (1, 2, 3)


def bits(model):
    """All weights and the history of a model."""
    history = [*model.loss_curve_, *(model.validation_scores_ or [])]
    return b"".join(np.asarray(part).tobytes() for part in (*model.coefs_, *model.intercepts_, history))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("shape", SHAPES)
def test_threads_of_blas_do_not_matter(shape, form):
    """A fit has the same bits under every limit on the threads of BLAS, also beside another fit."""
    model = MLPRegressor(**COMMON | SHAPES[shape])
    found = set()
    for n_threads in THREADS:
        with threadpool_limits(n_threads, user_api="blas"):
            found.add(bits(model.fit(FORMS[form], Y)))
    with ThreadPoolExecutor(2) as pool:
        found.update(pool.map(bits, pool.map(lambda _: MLPRegressor(**model.get_params()).fit(FORMS[form], Y), "ab")))
    assert len(found) == 1


@pytest.mark.parametrize("shape", SHAPES)
def test_other_rows_and_jobs_do_not_matter(shape):
    """A row of a path has the bits of the fit, whatever the other rows, their order, and the number of jobs."""
    estimator = MLPRegressor(**COMMON | SHAPES[shape])
    expected = bits(estimator.fit(X, Y))
    for alphas, n_jobs in (([ALPHA], 1), ([0.0, ALPHA, 3.0], 1), ([1.0, 0.0, ALPHA], 2), ([ALPHA, 1e-4], -1)):
        path = estimator.path(X, Y, alphas, n_jobs=n_jobs)
        assert bits(path[alphas.index(ALPHA)]) == expected


AGAIN = """
import numpy as np
from skl2 import MLPClassifier
X = np.random.default_rng(0).standard_normal((250, 300))
model = MLPClassifier((300,), batch_size=90, max_iter=2, random_state=0, learning_rate="cosine")
print(model.fit(X, np.where(X[:, 0] > 0, "yes", "no")).coefs_[0].tobytes().hex())
"""


def test_processes_do_not_matter():
    """A process of its own, with other hashes of strings and another number of threads, gives the same bits."""
    model = MLPClassifier((300,), batch_size=90, max_iter=2, random_state=0, learning_rate="cosine")
    expected = model.fit(X, np.where(X[:, 0] > 0, "yes", "no")).coefs_[0].tobytes().hex()
    n_threads = max(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")
    environment = os.environ | {
        "PYTHONHASHSEED": "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1",
        "OPENBLAS_NUM_THREADS": "2" if n_threads == 1 else "1",
    }
    run = subprocess.run([sys.executable, "-c", AGAIN], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == expected


@pytest.mark.parametrize("layout", ["Fortran", "rows that are not next to each other", "read-only", "memory map"])
def test_the_memory_of_X_does_not_matter(layout, tmp_path):
    """X has the same bits of weights wherever its numbers lie."""
    model = MLPRegressor(**COMMON | SHAPES["two small parts"])
    expected = bits(model.fit(X, Y))
    if layout == "Fortran":
        rows = np.asfortranarray(X)
    elif layout == "memory map":
        np.save(tmp_path / "X.npy", X)
        rows = np.load(tmp_path / "X.npy", mmap_mode="r")
    else:
        rows = np.repeat(X, 2, axis=0)[::2] if layout.startswith("rows") else X.copy()
        rows.flags.writeable = layout != "read-only"
    assert bits(model.fit(rows, Y)) == expected
