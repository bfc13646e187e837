"""How much memory training and prediction take beyond their samples, in fresh processes (Linux)."""

import tempfile
import warnings
from itertools import pairwise
from pathlib import Path

import numpy as np
from _measure import Table, begin, make_parser
from _memory import in_fresh_process, peak_memory
from scipy.sparse import csr_array

import skl2

MB = 1e6
SETTINGS = {"max_iter": 1, "random_state": 0}
N_FEATURES = 1000  # of the mapped file
N_ALPHAS, PATH_FEATURES, PATH_HIDDEN = 100, 100, (256,)
SPARSE_FEATURES, ENTRIES = 100_000, 10  # features, and entries of a sample that are not 0


def compile_first(**settings):
    """Import and compile all that training needs: what stays in memory then is not of the data."""
    warnings.simplefilter("ignore")
    X = np.random.default_rng(0).standard_normal((300, 5))
    skl2.MLPRegressor(**SETTINGS, **settings).fit(X, X[:, 0]).predict(X)
    return skl2.MLPRegressor(**SETTINGS, **settings)


def write_samples(file, n_samples):
    """Write random float64 samples as an array that can be mapped into memory, a block of rows at a time."""
    X = np.lib.format.open_memmap(file, "w+", np.float64, (n_samples, N_FEATURES))
    random = np.random.default_rng(0)
    for start in range(0, n_samples, 10_000):
        block = X[start : start + 10_000]
        block[:] = random.standard_normal(block.shape)
    X.flush()


def fit_mapped(file, dtype):
    """Train on a mapped file for one epoch."""
    model = compile_first(dtype=dtype)
    X = np.load(file, mmap_mode="r")
    return peak_memory(model.fit, X, np.zeros(X.shape[0]))


def fit_path(n_samples):
    """Train a path of many networks for one epoch."""
    model = compile_first(hidden_layer_sizes=PATH_HIDDEN, dtype="float32")
    X = np.random.default_rng(0).standard_normal((n_samples, PATH_FEATURES), np.float32)
    return peak_memory(model.path, X, X[:, 0].copy(), np.logspace(-6, 0, N_ALPHAS))


def fit_sparse(n_samples):
    """Train on sparse samples that would not fit into memory densely."""
    model = compile_first(hidden_layer_sizes=(16,), dtype="float32")
    random = np.random.default_rng(0)
    columns = random.integers(0, SPARSE_FEATURES, n_samples * ENTRIES, np.int32)
    rows = np.arange(0, columns.size + 1, ENTRIES, dtype=np.int32)
    X = csr_array((np.ones(columns.size, np.float32), columns, rows), (n_samples, SPARSE_FEATURES))
    X.sum_duplicates()
    return peak_memory(model.fit, X, random.standard_normal(n_samples))


def predict(n_samples, dtype):
    """Predict for many samples."""
    compile_first()
    X = np.random.default_rng(0).standard_normal((n_samples, 30)).astype(dtype)
    model = skl2.MLPClassifier(**SETTINGS).fit(X[:1000], np.arange(1000) % 10)
    return peak_memory(model.predict_proba, X)


def n_params(*sizes):
    """Return the number of weights and intercepts of a network."""
    return sum((inputs + 1) * outputs for inputs, outputs in pairwise(sizes))


def main():
    """Print a row for each case: what it took, and what it should take."""
    parser = make_parser(__doc__, repeats=1)
    parser.add_argument("--gigabytes", type=float, default=1.6, help="size of the mapped file")
    parser.add_argument("--folder", default=None, help="where that file is written, and removed at the end")
    options = begin(parser)
    scale = 20 if options.quick else 1
    table = Table("beyond the samples, MB", "anonymous", "with pages of files", "to compare with", "MB")
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        file, size = Path(folder) / "samples.npy", options.gigabytes / scale
        write_samples(file, int(size * 1e9 / 8 / N_FEATURES))
        for dtype in ("float32", "float64"):
            peaks = (peak / MB for peak in in_fresh_process(fit_mapped, file, dtype))
            table.add(f"fit in {dtype}, a mapped file of {size:g} GB", *peaks, "the goal in float32", 120)
    row = 4 * (2 + 2) * n_params(PATH_FEATURES, *PATH_HIDDEN, 1)  # parameters, gradient, two moments
    for n_samples in (2000, 100_000 // scale):
        peaks = (peak / MB for peak in in_fresh_process(fit_path, n_samples))
        limit = "parameters × (2 + moments)"
        table.add(f"path of {N_ALPHAS} λ, {n_samples} samples", *peaks, limit, N_ALPHAS * row / MB)
    n_samples = 200_000 // scale
    peaks = (peak / MB for peak in in_fresh_process(fit_sparse, n_samples))
    table.add(f"fit, {n_samples} sparse samples", *peaks, "the same X, dense", 4 * n_samples * SPARSE_FEATURES / MB)
    for dtype in ("float32", "float64"):
        n_samples = 10**6 // scale
        peaks = (peak / MB for peak in in_fresh_process(predict, n_samples, dtype))
        result = np.dtype(dtype).itemsize * n_samples * 10 / MB
        table.add(f"predict_proba, {n_samples} samples, {dtype}", *peaks, "the result", result)


if __name__ == "__main__":
    main()
