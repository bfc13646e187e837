"""A whole search over λ, `MLPClassifierCV.quick`, beside one default fit of scikit-learn's MLP and its GridSearchCV.

All get the same arrays, scaled, and one thread. Scores, accuracy or R² in percent, are those of a quarter of the rows
that is held out, means over splits; of the times the fastest counts. --study changes the preset, one number at a time.
"""

import argparse
import time
from functools import partial
from pathlib import Path

import _one_thread  # noqa: F401 - before all that imports numpy
import numpy as np
import pandas as pd
from _measure import Table, announce
from _tables_data import FOLDER, GROUPS, Data, MissingTable, load, split
from _tables_models import make_encoder
from scipy.stats import gmean
from sklearn import datasets
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier, MLPRegressor

import skl2

# Of scikit-learn. Another table of wine is one of tables.py.
OWN = {"digits": "digits", "breast cancer": "breast_cancer", "wine, 178 rows": "wine", "diabetes": "diabetes"}
SHOWN = [*OWN, "spambase", "optdigits", "california"]
ALPHAS = {"alpha": np.logspace(-5, 1, 10)}  # of scikit-learn: that is λ · batch_size
# What becomes of scores and times when one number of the preset is another.
CHANGES = [
    *({"max_iter": number} for number in (20, 30, 60, 80)),
    *({"learning_rate_init": number} for number in (0.005, 0.01, 0.03)),
    *({"batch_size": number} for number in (16, 32, "auto")),
    *({"alphas": number} for number in (4, 6, 10)),
    {"n_iter_no_change": 10},
    {"cv": 5},
    {"strategy": "full"},
    {"decay": None},
    {"dtype": "float64"},
]


def parse():
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="reduced sizes: whether the script runs, not how well")
    parser.add_argument("--splits", type=int, default=5, help="how many")
    parser.add_argument("--tables", nargs="+", help="names of tables, or of groups of tables.py")
    parser.add_argument("--data", type=Path, default=FOLDER, help="the folder of twelve of the tables")
    parser.add_argument("--study", action="store_true", help="compare the preset with changes of it, not with others")
    options = parser.parse_args()
    announce((), options.quick)
    return options


def load_own(name):
    """Return the Data of a name of scikit-learn's data sets."""
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    return Data(name, pd.DataFrame(X).add_prefix("c"), y, is_regression=name == "diabetes")


def tables(names, options):
    """Yield (name, Data) of tables that are there, and say which are not."""
    for name in dict.fromkeys(each for given in names for each in GROUPS.get(given, [given])):
        try:
            yield name, load_own(OWN[name]) if name in OWN else load(name, options.data, 400 if options.quick else 4000)
        except MissingTable as reason:
            print(f"Left out: {name} ({reason}).\n", flush=True)


def prepare(data, seed):
    """Return X and y to train on and X and y to be measured on, scaled."""
    parts = split(data, seed)
    encoder = make_encoder(parts.X_train)
    X, X_test, y, y_test = encoder.fit_transform(parts.X_train), encoder.transform(parts.X_test), *parts[1::2]
    if data.is_regression:
        y, y_test = ((values - y.mean()) / y.std() for values in (y, y_test))
    return X, y, X_test, y_test


def contestants(is_regression):
    """Return what makes each model of the table."""
    network, search = (MLPRegressor, skl2.MLPRegressorCV) if is_regression else (MLPClassifier, skl2.MLPClassifierCV)
    return {
        "quick": partial(search.quick, random_state=0),
        "fit": partial(network, random_state=0),
        "grid": lambda: GridSearchCV(network(random_state=0), ALPHAS),
    }


def changes(is_regression):
    """Return what makes the preset, and each change of it."""
    quick = partial((skl2.MLPRegressorCV if is_regression else skl2.MLPClassifierCV).quick, random_state=0)
    return {"the preset": quick} | {_name(change): partial(quick, **change) for change in CHANGES}


def _name(change):
    return ", ".join(f"{name}={value!r}" for name, value in change.items())


def measure(data, models, n_splits):
    """Return ({model: mean score in percent}, {model: seconds of the fastest fit}); the models take turns."""
    scores, seconds = ({name: [] for name in models} for _ in range(2))
    for seed in range(n_splits):
        X, y, X_test, y_test = prepare(data, seed)
        for name, make in models.items():
            model, start = make(), time.perf_counter()
            model.fit(X, y)
            seconds[name].append(time.perf_counter() - start)
            scores[name].append(100 * model.score(X_test, y_test))
    return {name: np.mean(values) for name, values in scores.items()}, {name: min(seconds[name]) for name in models}


def compare(options):
    """Print a row for each table: scores, seconds, and the search as a share of one fit."""
    columns = ("quick search", "one scikit-learn fit", "GridSearchCV")
    table = Table(
        "score; seconds, one thread", "rows to train on × columns", *columns, *columns, "quick search ÷ one fit"
    )
    for name, data in tables(options.tables or SHOWN, options):
        scores, seconds = measure(data, contestants(data.is_regression), 1 if options.quick else options.splits)
        shape = " × ".join(map(str, prepare(data, 0)[0].shape))
        table.add(name, shape, *scores.values(), *seconds.values(), seconds["quick"] / seconds["fit"])


def study(options):
    """Print a row for each change: how scores of classes and of values change, on how many tables, and the time."""
    differences, ratios, is_regression = [], [], []
    for _, data in tables(options.tables or [*OWN, *GROUPS], options):
        scores, seconds = measure(data, changes(data.is_regression), 1 if options.quick else options.splits)
        differences.append([score - scores["the preset"] for score in scores.values()])
        ratios.append([time_ / seconds["the preset"] for time_ in seconds.values()])
        is_regression.append(data.is_regression)
    differences, is_regression, names = np.array(differences), np.array(is_regression), list(changes(False))
    table = Table(f"{len(differences)} tables", "accuracy, points", "R², points", "better", "worse", "time")
    for name, column, ratio in zip(names, differences.T, np.transpose(ratios), strict=True):
        means = (column[kind].mean() if kind.any() else None for kind in (~is_regression, is_regression))
        table.add(name, *means, int(np.sum(column > 0)), int(np.sum(column < 0)), gmean(ratio))


def main():
    """Print one of the two tables."""
    options = parse()
    skl2.warm_up()
    (study if options.study else compare)(options)


if __name__ == "__main__":
    main()
