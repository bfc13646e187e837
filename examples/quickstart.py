"""Choose λ for the L2 penalty and for decoupled weight decay on real data, beside scikit-learn's MLP.

MLPClassifierCV for each mechanism and data set, and GridSearchCV over scikit-learn's MLP for the same values of λ.
Prints a table and saves quickstart.png: the score and the size of the weights against λ.
Run: python examples/quickstart.py
"""

import time
import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn import neural_network
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.preprocessing import StandardScaler

import skl2

DATA = {"breast cancer": load_breast_cancer, "digits": load_digits}
COMMON = {"max_iter": 100, "random_state": 0}
SEARCH = {"cv": 5, "n_jobs": 2}
BATCH_SIZE = 200  # the default here and there; scikit-learn divides its alpha by it
L2 = skl2.MLPClassifierCV(penalty="l2", **COMMON, **SEARCH)
DECOUPLED = skl2.MLPClassifierCV(decay="decoupled", **COMMON, **SEARCH)
STYLES = {
    "skl2, penalty='l2'": {"marker": "o", "color": "#0072b2"},
    "skl2, decay='decoupled'": {"marker": "s", "color": "#d55e00"},
    "scikit-learn's GridSearchCV": {"marker": "x", "color": "0.5", "linestyle": ":"},
}


def fit_all(X, y):
    """Yield (values of λ, fitted search, seconds) for the two mechanisms, and for scikit-learn with those of L2."""
    for model in (L2, DECOUPLED):
        start = time.perf_counter()
        model.fit(X, y)
        yield model.alphas_, model, time.perf_counter() - start
    network, grid = neural_network.MLPClassifier(**COMMON), {"alpha": L2.alphas_ * BATCH_SIZE}
    start = time.perf_counter()
    model = GridSearchCV(network, grid, **SEARCH).fit(X, y)
    yield L2.alphas_, model, time.perf_counter() - start


def plot(axes, alphas, model, norms, style):
    """Scores with their standard errors, and ‖W‖ of networks trained on all of X, against λ; 0 is at the left end."""
    scores, errors = (model.cv_results_[f"{kind}_test_score"] for kind in ("mean", "std"))
    axes[0].errorbar(alphas, scores, errors / np.sqrt(model.n_splits_), capsize=3, **style)
    axes[1].plot(alphas, norms, **style)
    axes[0].set_xscale("symlog", linthresh=1e-6)
    axes[0].set_ylim(bottom=max(scores) - 0.12)
    axes[1].set_xlabel("λ (alpha; for scikit-learn alpha / batch size)")


def weight_norm(network):
    """‖W‖ over all layers."""
    return np.sqrt(sum(np.sum(W**2) for W in network.coefs_))


def main():
    """Search, print and plot."""
    # Some λ have not converged after 100 epochs: here that is part of the comparison.
    warnings.simplefilter("ignore", ConvergenceWarning)
    print("compiling … ", end="", flush=True)
    start = time.perf_counter()
    skl2.MLPClassifier(max_iter=1).fit(np.eye(4), [0, 1, 0, 1])
    print(f"{time.perf_counter() - start:.1f} s (once; the next run loads it from the cache)\n")

    figure, axes = plt.subplots(2, len(DATA), figsize=(9, 6.4), sharex="col", layout="constrained")
    print(f"{'10 λ × 5 folds':14} {'':28} {'best λ':>8} {'CV score':>9} {'test score':>10} {'‖W‖':>6} {'seconds':>8}")
    for column, (data, load) in enumerate(DATA.items()):
        X, y = load(return_X_y=True)
        X, X_test, y, y_test = train_test_split(X, y, stratify=y, random_state=0)
        scaler = StandardScaler().fit(X)
        X, X_test = scaler.transform(X), scaler.transform(X_test)
        for (name, style), (alphas, model, seconds) in zip(STYLES.items(), fit_all(X, y), strict=True):
            network, best = model.best_estimator_, alphas[model.best_index_]
            ours = isinstance(network, skl2.MLPClassifier)
            norms = network.path(X, y, alphas, n_jobs=2).weight_norms if ours else np.full(alphas.size, np.nan)
            plot(axes[:, column], alphas, model, norms, style | {"label": name})
            print(
                f"{data:14} {name:28} {best:8.2g} {model.best_score_:9.3f} {network.score(X_test, y_test):10.3f} "
                f"{weight_norm(network):6.1f} {seconds:8.1f}"
            )
        axes[0, column].set_title(data)
    axes[0, 0].set_ylabel("accuracy, 5 folds ± 1 standard error")
    axes[1, 0].set_ylabel("‖W‖")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    figure.savefig("quickstart.png", dpi=120)
    print(
        "\nscikit-learn divides alpha by the size of each mini-batch: where the last one is short (26 samples of breast"
        "\ncancer, 147 of digits) it is penalised harder there, and its networks are smaller.\nsaved quickstart.png"
    )


if __name__ == "__main__":
    main()
