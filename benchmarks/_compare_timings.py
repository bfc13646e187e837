"""What compare.py tracks: each timing is a function that returns what is called, and a call takes 1 to 200 ms."""

import subprocess
import sys
from functools import partial

import numpy as np
from _workloads import UNTIL_THE_LAST_EPOCH, WORKLOADS, Workload, estimator, samples
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.preprocessing import StandardScaler

import skl2

ENSEMBLE = Workload(1000, 30, (128, 128), 32, "relu", 1)


def default_fit(load):
    """Return a fit of 200 epochs with the default network on a table of scikit-learn."""
    X, y = load(return_X_y=True)
    return partial(skl2.MLPClassifier(**UNTIL_THE_LAST_EPOCH).fit, StandardScaler().fit_transform(X), y)


def epochs(name, dtype, n_epochs):
    """Return a fit of some epochs."""
    return partial(estimator(skl2, WORKLOADS[name], max_iter=n_epochs).fit, *samples(WORKLOADS[name], dtype))


def path(workload, n_alphas, n_epochs):
    """Return a path of networks on one thread."""
    X, y = samples(workload, "float32")
    model = estimator(skl2, workload, decay="decoupled", max_iter=n_epochs)
    return partial(model.path, X, y, np.logspace(-4, -1, n_alphas), n_jobs=1)


def search():
    """Return a search of 10 λ × 5 folds."""
    X, y = load_breast_cancer(return_X_y=True)
    model = skl2.MLPClassifierCV(np.logspace(-5, 0, 10), cv=5, **UNTIL_THE_LAST_EPOCH | {"max_iter": 5})
    return partial(model.fit, StandardScaler().fit_transform(X), y)


def predict(n_samples):
    """Return predictions of ten classes."""
    X, y = samples(WORKLOADS["digits, 10 classes"]._replace(n_samples=10_000), "float32")
    model = estimator(skl2, WORKLOADS["digits, 10 classes"], max_iter=1).fit(X[:1000], y[:1000])
    return partial(model.predict_proba, X[:n_samples])


def lbfgs():
    """Return a fit of 20 iterations of L-BFGS."""
    X, y = samples(WORKLOADS["digits"], "float64")
    return partial(estimator(skl2, WORKLOADS["digits"], optimizer="lbfgs", max_iter=20).fit, X, y)


def start():
    """Return a process that imports skl2 and ends."""
    return partial(subprocess.run, [sys.executable, "-c", "import skl2"], check=True)


TIMINGS = {
    "fit iris, 200 epochs": partial(default_fit, load_iris),
    "fit breast cancer, 200 epochs": partial(default_fit, load_breast_cancer),
    "tiny, float32, 50 epochs": partial(epochs, "tiny", "float32", 50),
    "tiny, float64, 50 epochs": partial(epochs, "tiny", "float64", 50),
    "digits, float32, 10 epochs": partial(epochs, "digits", "float32", 10),
    "digits, float64, 10 epochs": partial(epochs, "digits", "float64", 10),
    "med32, float32, 2 epochs": partial(epochs, "med32", "float32", 2),
    "mnist, float32, 1 epoch": partial(epochs, "mnist", "float32", 1),
    "path of 4 λ, digits": partial(path, WORKLOADS["digits"], 4, 3),
    "path of 8 × (128, 128), batch 32": partial(path, ENSEMBLE, 8, 2),
    "search, 10 λ × 5 folds": search,
    "L-BFGS, digits, 20 iterations": lbfgs,
    "predict_proba, 1 row": partial(predict, 1),
    "predict_proba, 10,000 rows": partial(predict, 10_000),
    "import skl2": start,
}
