"""A small set of timings to compare two commits by, with pytest-benchmark."""

import subprocess
import sys

import numpy as np
import pytest
from _measure import DTYPES
from _workloads import WORKLOADS, estimator, samples

import skl2

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
both_dtypes = pytest.mark.parametrize("dtype", DTYPES)


@both_dtypes
@pytest.mark.parametrize("name", ["tiny", "digits", "mnist"])
def test_epoch(benchmark, name, dtype):
    """A fit of one epoch."""
    X, y = samples(WORKLOADS[name], dtype)
    model = estimator(skl2, WORKLOADS[name], max_iter=1)
    benchmark.pedantic(model.fit, (X, y), rounds=20, warmup_rounds=1)
    assert model.n_iter_ == 1


@both_dtypes
def test_path(benchmark, dtype):
    """A path of four λ, three epochs long, on one thread."""
    X, y = samples(WORKLOADS["digits"], dtype)
    model = estimator(skl2, WORKLOADS["digits"], max_iter=3)
    path = benchmark.pedantic(model.path, (X, y, np.logspace(-4, -1, 4)), rounds=10, warmup_rounds=1)
    assert len(path) == 4


@both_dtypes
@pytest.mark.parametrize("n_samples", [1, 10_000])
def test_predict(benchmark, n_samples, dtype):
    """Probabilities of ten classes."""
    X, y = samples(WORKLOADS["digits, 10 classes"]._replace(n_samples=10_000), dtype)
    model = estimator(skl2, WORKLOADS["digits, 10 classes"], max_iter=1).fit(X[:1000], y[:1000])
    assert benchmark(model.predict_proba, X[:n_samples]).shape == (n_samples, 10)


def test_import(benchmark):
    """A process that imports skl2 and ends."""
    command = [sys.executable, "-c", "import skl2"]
    benchmark.pedantic(subprocess.run, (command,), {"check": True}, rounds=5, warmup_rounds=1)


if __name__ == "__main__":
    sys.exit(pytest.main([__file__, *sys.argv[1:]]))
