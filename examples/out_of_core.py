"""
Data larger than memory: fit on a memory map, partial_fit on chunks
===================================================================

Samples on disk need not be loaded. ``fit`` takes a memory-mapped array and copies its samples a few mini-batches at a
time, cast to the ``dtype`` of training; ``partial_fit`` takes one chunk after the other, from wherever it comes.
Neither ever holds more than a small part of X.
"""

# %%
# A file of 102 MB: the digits of scikit-learn over and over, each time with new noise. A quarter of the originals is
# kept for the test. This file would fit into memory; the point is that it need not.

import tempfile
import tracemalloc
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skl2 import MLPClassifier

digits, labels = load_digits(return_X_y=True)
digits, digits_test, labels, labels_test = train_test_split(digits / 16, labels, stratify=labels, random_state=0)
n_samples, n_epochs = 200_000, 4
rng = np.random.default_rng(0)
origin = rng.integers(len(digits), size=n_samples)
y = labels[origin]
chunks = [slice(start, start + 10_000) for start in range(0, n_samples, 10_000)]
folder = tempfile.TemporaryDirectory()
file = Path(folder.name) / "X.npy"
X = np.lib.format.open_memmap(file, mode="w+", dtype="float64", shape=(n_samples, digits.shape[1]))
for rows in chunks:
    X[rows] = digits[origin[rows]] + rng.normal(scale=0.5, size=(10_000, digits.shape[1]))
X.flush()

# %%
# Train on the whole file with ``fit``, and chunk by chunk with ``partial_fit``. One call of ``partial_fit`` is one
# epoch over its chunk, and the cosine schedule ends after ``max_iter`` calls. tracemalloc counts what numpy allocates;
# pages of the file that the system has mapped are not among it, and the system can drop them at any time.

X = np.load(file, mmap_mode="r")
network = {"learning_rate": "cosine", "learning_rate_init": 0.005, "dtype": "float32", "random_state": 0}
MLPClassifier(max_iter=1, **network).fit(X[:1000], y[:1000])  # load what is compiled before we measure
peaks = {"the file": file.stat().st_size / 1e6}
tracemalloc.start()
by_fit = MLPClassifier(max_iter=n_epochs, **network).fit(X, y)
peaks["peak in fit"] = tracemalloc.get_traced_memory()[1] / 1e6

tracemalloc.reset_peak()
by_chunks = MLPClassifier(max_iter=n_epochs * len(chunks), **network)
for _ in range(n_epochs):
    for rows in chunks:
        by_chunks.partial_fit(X[rows], y[rows], classes=range(10))
peaks["peak in partial_fit"] = tracemalloc.get_traced_memory()[1] / 1e6
tracemalloc.stop()

for name, model in {"fit": by_fit, "partial_fit": by_chunks}.items():
    print(f"{name:12} accuracy {model.score(digits_test, labels_test):.3f} on digits kept for the test")
del X
folder.cleanup()

# %%
# Both learn as much from the file, and hold about a tenth of it and a twentieth.

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
passes = np.mean(np.reshape(by_chunks.loss_curve_, (n_epochs, len(chunks))), axis=1)
left.plot(range(1, n_epochs + 1), by_fit.loss_curve_, "o-", color="black", label="fit on the memory map")
left.plot(range(1, n_epochs + 1), passes, "s--", color="0.5", label="partial_fit on 20 chunks")
left.set(xlabel="pass over the file", ylabel="training loss", xticks=range(1, n_epochs + 1))
left.legend()
bars = right.barh(list(peaks), list(peaks.values()), color=["0.8", "black", "0.5"])
right.bar_label(bars, fmt="%.0f MB", padding=3)
right.set(xlabel="memory (MB)", xlim=(0, 1.25 * peaks["the file"]))
right.invert_yaxis()
plt.show()
