"""Choose λ for the L2 penalty and for decoupled weight decay on real data, beside scikit-learn's MLP.

A grid search over alpha for each mechanism and data set; prints a table and saves quickstart.png, with the score and
the size of the weights against λ. Run: python examples/quickstart.py
"""

import time
import warnings

import joblib
import matplotlib.pyplot as plt
import numpy as np
from sklearn import neural_network
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skl2

DATA = {"breast cancer": load_breast_cancer, "digits": load_digits}
COMMON = {"max_iter": 100, "random_state": 0}
BATCH_SIZE = 200
L2_ALPHAS = np.logspace(-5, -1, 8)
# name: estimator, values of its alpha, what turns its alpha into λ
MODELS = {
    "skl2, penalty='l2'": (skl2.MLPClassifier(penalty="l2", **COMMON), L2_ALPHAS, 1),
    "skl2, decay='decoupled'": (skl2.MLPClassifier(decay="decoupled", **COMMON), np.logspace(-2, 1.5, 8), 1),
    "scikit-learn": (neural_network.MLPClassifier(**COMMON), L2_ALPHAS * BATCH_SIZE, BATCH_SIZE),
}


def weight_norm(model, X=None, y=None):
    """‖W‖ over all layers of the network in a pipeline; a scorer for GridSearchCV."""
    return np.sqrt(sum(np.sum(W**2) for W in model[-1].coefs_))


def search(network, alphas, X, y):
    """Return a fitted GridSearchCV over alpha, and its seconds."""
    # Threads suit skl2, whose compiled code runs without Python's lock; scikit-learn needs processes.
    backend = "threading" if isinstance(network, skl2.MLPClassifier) else "loky"
    grid = GridSearchCV(
        make_pipeline(StandardScaler(), network),
        {"mlpclassifier__alpha": alphas},
        scoring={"accuracy": "accuracy", "weight_norm": weight_norm},
        refit="accuracy",
        cv=5,
    )
    start = time.perf_counter()
    with joblib.parallel_config(backend, n_jobs=2):
        return grid.fit(X, y), time.perf_counter() - start


def plot(results, path):
    """Score and ‖W‖ against λ, a column per data set."""
    figure, axes = plt.subplots(2, len(DATA), figsize=(9, 6.4), sharex=True, layout="constrained")
    for column, data in enumerate(DATA):
        for name, marker, color in zip(MODELS, "osx", ["#0072b2", "#d55e00", "0.5"], strict=True):
            grid, strength = results[data, name]
            style = {"marker": marker, "color": color, "label": name}
            scores, errors = (grid.cv_results_[f"{kind}_test_accuracy"] for kind in ("mean", "std"))
            axes[0, column].errorbar(strength, scores, errors / np.sqrt(grid.n_splits_), capsize=3, **style)
            axes[1, column].plot(strength, grid.cv_results_["mean_test_weight_norm"], **style)
        axes[0, column].set(title=data, xscale="log")
        axes[1, column].set_xlabel("λ (alpha; for scikit-learn alpha / batch size)")
    axes[0, 0].set_ylabel("accuracy, 5 folds ± 1 standard error")
    axes[1, 0].set_ylabel("‖W‖")
    figure.legend(*axes[1, 0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    figure.savefig(path, dpi=120)


def main():
    """Search, print and plot."""
    # Some λ have not converged after 100 epochs: here that is part of the comparison.
    warnings.simplefilter("ignore", ConvergenceWarning)
    print("compiling … ", end="", flush=True)
    start = time.perf_counter()
    skl2.MLPClassifier(max_iter=1).fit(np.eye(4), [0, 1, 0, 1])
    print(f"{time.perf_counter() - start:.1f} s (once; the next run loads it from the cache)")

    table, results = [], {}
    for data, load in DATA.items():
        X, y = load(return_X_y=True)
        X, X_test, y, y_test = train_test_split(X, y, stratify=y, random_state=0)
        for name, (network, alphas, unit) in MODELS.items():
            print(f"[{len(table) + 1}/6] {data}: {name}, {len(alphas)} λ × 5 folds … ", end="", flush=True)
            grid, seconds = search(network, alphas, X, y)
            print(f"{seconds:.1f} s")
            results[data, name] = grid, alphas / unit
            best = grid.best_params_["mlpclassifier__alpha"] / unit
            norm = weight_norm(grid.best_estimator_)
            table.append((data, name, best, grid.best_score_, grid.score(X_test, y_test), norm, seconds))

    print(f"\n{'data':14} {'model':24} {'best λ':>8} {'CV score':>9} {'test score':>10} {'‖W‖':>6} {'seconds':>8}")
    for data, name, best, cv_score, test_score, norm, seconds in table:
        print(f"{data:14} {name:24} {best:8.2g} {cv_score:9.3f} {test_score:10.3f} {norm:6.1f} {seconds:8.1f}")
    plot(results, "quickstart.png")
    print("\nsaved quickstart.png")


if __name__ == "__main__":
    main()
