"""Which of 100 columns count? Five are planted; penalty='group_l1' looks for them beside LassoNet and permutations.

The target is Friedman's first function of five columns, seen through noise: a product of two, a parabola no line
sees, and two straight lines. "correlated" has ten columns more, each 0.7 of a useful one. All get the same arrays and
one thread; the columns are those that a method names by itself, by the rule of one standard error where it has one.
"""

import argparse
import time
import warnings
from importlib.util import find_spec

import _one_thread  # noqa: F401 - before all that imports numpy
import numpy as np
from _measure import Table, announce
from scipy.special import ndtr
from sklearn.base import is_classifier
from sklearn.inspection import permutation_importance

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV, warm_up

N_COLUMNS, N_USEFUL, N_CORRELATED, CORRELATION = 100, 5, 10, 0.7
TABLES = {  # rows, whether columns are correlated, whether the target is two classes
    "2000 rows": (2000, False, False),
    "2000 rows, correlated": (2000, True, False),
    "600 rows": (600, False, False),
    "2000 rows, two classes": (2000, False, True),
}
TRAINING = {
    "hidden_layer_sizes": (32,),
    "learning_rate": "cosine",
    "learning_rate_init": 0.01,
    "max_iter": 40,
    "batch_size": 100,
    "n_iter_no_change": np.inf,
    "dtype": "float32",
}
SEARCH = {"alphas": 20, "penalty": "group_l1", "relaxed": True, "continued": True, "rule": "one_se"}


def draw(n_rows, is_correlated, has_classes, seed):
    """Return (X, y): five useful columns of 100, and the target with mean 0 and variance 1, or two classes."""
    random = np.random.default_rng(seed)
    X = random.standard_normal((n_rows, N_COLUMNS))
    if is_correlated:
        twins = slice(N_USEFUL, N_USEFUL + N_CORRELATED)
        of_useful = np.tile(X[:, :N_USEFUL], N_CORRELATED // N_USEFUL)
        X[:, twins] = CORRELATION * of_useful + np.sqrt(1 - CORRELATION**2) * X[:, twins]
    u = ndtr(X[:, :N_USEFUL].T)
    y = 10 * np.sin(np.pi * u[0] * u[1]) + 20 * (u[2] - 0.5) ** 2 + 10 * u[3] + 5 * u[4]
    y = (y + random.standard_normal(n_rows) - 14.4) / 4.98  # of this function and noise: mean, standard deviation
    return X.astype(np.float32), (y > 0).astype(int) if has_classes else y


def search(X, y, seed, has_classes):
    """Return (columns, what predicts with them) of a search over λ with the rule of one standard error."""
    Search = MLPClassifierCV if has_classes else MLPRegressorCV
    model = Search(**SEARCH, **TRAINING, random_state=seed).fit(X, y)
    return np.flatnonzero(model.coef_support_), model


def permute(X, y, seed, has_classes):
    """Return the columns of a network whose permutation importance is above twice its spread, on a quarter held out."""
    Network = MLPClassifier if has_classes else MLPRegressor
    n_train = 3 * len(X) // 4
    model = Network(decay="decoupled", alpha="auto", **TRAINING, random_state=seed).fit(X[:n_train], y[:n_train])
    found = permutation_importance(model, X[n_train:], y[n_train:], n_repeats=10, random_state=seed)
    return np.flatnonzero(found.importances_mean > 2 * found.importances_std), model


def lassonet(X, y, seed, has_classes):
    """Return the columns of LassoNet's own cross-validation, and its network."""
    import lassonet as package
    import torch

    torch.set_num_threads(1)
    LassoNet = package.LassoNetClassifierCV if has_classes else package.LassoNetRegressorCV
    model = LassoNet(hidden_dims=TRAINING["hidden_layer_sizes"], random_state=seed, torch_seed=seed, verbose=0)
    model.fit(X, y if has_classes else y.astype(np.float32))
    return np.flatnonzero(np.asarray(model.best_selected_)), model


def score(model, X, y):
    """Return R² or accuracy in percent; LassoNet's regressor predicts a column."""
    prediction = np.ravel(model.predict(X))
    if is_classifier(model) or y.dtype.kind == "i":
        return 100 * np.mean(prediction == y)
    return 100 * (1 - np.mean((prediction - y) ** 2) / np.var(y))


METHODS = {"skl2, group_l1": search, "permutation importance": permute, "LassoNet": lassonet}


def run(name, method, seed):
    """Return (useful columns found, others taken, score on new rows, seconds)."""
    n_rows, is_correlated, has_classes = TABLES[name]
    X, y = draw(n_rows, is_correlated, has_classes, seed)
    new = draw(4000, is_correlated, has_classes, 1000 + seed)
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of those who speak of their own defaults
        columns, model = METHODS[method](X, y, seed, has_classes)
    seconds = time.perf_counter() - start
    n_found = np.count_nonzero(columns < N_USEFUL)
    return n_found, len(columns) - n_found, score(model, *new), seconds


def parse():
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one small table: whether the script runs, not how well")
    parser.add_argument("--seeds", type=int, default=3, help="how many")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS), help="which")
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES), help="which")
    options = parser.parse_args()
    if find_spec("lassonet") is None:
        options.methods = [method for method in options.methods if method != "LassoNet"]
    announce(("lassonet", "torch"), options.quick)
    return options


def main():
    """Run all, and print a table of means over seeds."""
    options = parse()
    warm_up()  # so that no time is that of compilation
    names, seeds = (["600 rows"], range(1)) if options.quick else (options.tables, range(options.seeds))
    table = Table("table", "method", "useful of 5", "others of 95", "R² or accuracy, %", "seconds")
    for name in names:
        for method in options.methods:
            found, others, points, seconds = np.mean([run(name, method, seed) for seed in seeds], axis=0)
            table.add(name, method, found, others, points, seconds)


if __name__ == "__main__":
    main()
