"""What a path of networks costs beside single fits, and a search over λ beside scikit-learn's GridSearchCV."""

from functools import partial

import numpy as np
from _measure import DTYPES, Table, begin, fastest, limited, make_parser, seconds
from _workloads import UNTIL_THE_LAST_EPOCH, WORKLOADS, estimator, samples
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

import skl2

NETWORKS = ("tiny", "digits", "med")
DATA = {"breast cancer": load_breast_cancer, "digits": load_digits}
BATCH_SIZE = 200  # the default of both; scikit-learn divides its alpha by it


def path_times(workload, dtype, n_alphas, repeats):
    """Return the seconds of a single fit on one thread, and of a path on one thread and on two."""
    X, y = samples(workload, dtype)
    network = estimator(skl2, workload, penalty="l2", max_iter=workload.n_epochs)
    alphas = np.logspace(-6, 0, n_alphas)
    measures = {
        "single": partial(limited, 1, seconds, network.fit, X, y),
        "path": partial(limited, 1, seconds, partial(network.path, n_jobs=1), X, y, alphas),
        "two threads": partial(limited, 2, seconds, partial(network.path, n_jobs=2), X, y, alphas),
    }
    fastest(measures, 1)  # compiles
    return fastest(measures, repeats)


def compare_paths(options):
    """Print a row for each network and dtype: a path against as many fits, and two threads against one."""
    n_alphas = options.alphas
    table = Table(
        f"path of {n_alphas} λ",
        "dtype",
        "epochs",
        "single fit, ms",
        f"{n_alphas} × single",
        "path, 1 thread",
        "path ÷ singles",
        "path, 2 threads",
        "speed-up",
    )
    for name in NETWORKS:
        workload = WORKLOADS[name].reduced() if options.quick else WORKLOADS[name]
        for dtype in DTYPES:
            single, path, two = (1e3 * t for t in path_times(workload, dtype, n_alphas, options.repeats).values())
            singles = n_alphas * single
            table.add(name, dtype, workload.n_epochs, single, singles, path, path / singles, two, path / two)
    print(flush=True)


def search_times(X, y, options):
    """Return the seconds of scikit-learn's search and one fit, and of ours over all folds and by halving."""
    alphas = np.logspace(-6, 0, options.alphas)
    common = UNTIL_THE_LAST_EPOCH | {"max_iter": 2 if options.quick else 100}
    search = {"cv": 5, "n_jobs": 2}
    grid = GridSearchCV(MLPClassifier(**common), {"alpha": alphas * BATCH_SIZE}, **search)
    ours = skl2.MLPClassifierCV(alphas, penalty="l2", **search, **common)
    halving = skl2.MLPClassifierCV(alphas, penalty="l2", strategy="halving", **search, **common)
    models = {"scikit-learn": grid, "one fit": MLPClassifier(**common), "skl2": ours, "halving": halving}
    measures = {name: partial(seconds, model.fit, X, y) for name, model in models.items()}
    measures["one fit"] = partial(limited, 1, measures["one fit"])  # on two threads it is seldom faster
    for name in ("skl2", "halving"):
        measures[name]()  # compiles
    return fastest(measures, options.repeats)


def compare_searches(options):
    """Print a row for each data set and dtype: MLPClassifierCV against GridSearchCV, both with two jobs."""
    table = Table(
        f"{options.alphas} λ × 5 folds, seconds",
        "dtype",
        "GridSearchCV",
        "scikit-learn's fit, 1 thread",
        "MLPClassifierCV",
        "halving",
        "GridSearchCV ÷ MLPClassifierCV",
        "GridSearchCV in float64 ÷",
        "halving ÷ one fit",
    )
    for name, load in DATA.items():
        X, y = load(return_X_y=True)
        X, double = StandardScaler().fit_transform(X), None
        for dtype in DTYPES:
            grid, one, ours, halving = search_times(X.astype(dtype), y, options).values()
            double = double or grid
            table.add(name, dtype, grid, one, ours, halving, grid / ours, double / ours, halving / one)


def main():
    """Print a table for the path and one for the search."""
    parser = make_parser(__doc__, repeats=3)
    parser.add_argument("--alphas", type=int, default=10, help="how many values of λ")
    parser.add_argument("--only", nargs="+", choices=("path", "search"), default=("path", "search"))
    options = begin(parser)
    if "path" in options.only:
        compare_paths(options)
    if "search" in options.only:
        compare_searches(options)


if __name__ == "__main__":
    main()
