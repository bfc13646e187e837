"""What each activation is worth on tables of numbers: its error on held-out rows, beside that of relu.

One hidden layer of 100 units, Adam with decoupled decay (alpha='auto') and the cosine for 100 epochs. Of several
learning rates the best on average over splits counts, table by table, for relu as for the others. Of classes the error
is the log loss, of values the root of the mean squared error.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from _measure import Table, begin, make_parser
from _tables_data import FOLDER, GROUPS, Data, MissingTable, load, split
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.impute import SimpleImputer
from sklearn.metrics import root_mean_squared_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, scale

from skl2 import MLPClassifier, MLPRegressor
from skl2._kernels.activations import ACTIVATIONS

N_ROWS = 2000  # of a table, at most
NAMES = [name for name in ACTIVATIONS if name not in ("identity", "logistic")]
FROM_SCIKIT_LEARN = {"digits": load_digits, "breast cancer": load_breast_cancer}


def tables(folder):
    """Yield the Data there are: two of scikit-learn, and those of tables.py that are mostly numbers."""
    for name, reader in FROM_SCIKIT_LEARN.items():
        X, y = reader(return_X_y=True)
        yield Data(name, pd.DataFrame(X), y, is_regression=False)
    for name in GROUPS["numeric"]:
        try:
            data = load(name, folder, N_ROWS)
        except MissingTable as reason:
            print(f"{name} is left out: {reason}")
        else:
            yield data._replace(y=scale(data.y) if data.is_regression else data.y)


def error_of(data, activation, rate, seed, epochs):
    """Return the error on rows that were held out."""
    part = split(data._replace(X=pd.get_dummies(data.X)), seed)
    scaler = make_pipeline(SimpleImputer(), StandardScaler()).fit(part.X_train)
    X_train, X_test = (np.clip(scaler.transform(X), -10, 10).astype("f4") for X in (part.X_train, part.X_test))
    schedule = {"learning_rate": "cosine", "learning_rate_init": rate, "max_iter": epochs, "n_iter_no_change": np.inf}
    decay = {"decay": "decoupled", "alpha": "auto"}
    Estimator = MLPRegressor if data.is_regression else MLPClassifier
    model = Estimator(activation=activation, batch_size=64, random_state=seed, **schedule, **decay)
    model.fit(X_train, part.y_train)
    if data.is_regression:
        return root_mean_squared_error(part.y_test, model.predict(X_test))
    return -np.mean(model.predict_log_proba(X_test)[np.arange(len(part.y_test)), part.y_test])


def best_error(data, activation, rates, n_splits, epochs):
    """Return the mean error over splits at the best of the learning rates."""
    return min(np.mean([error_of(data, activation, rate, seed, epochs) for seed in range(n_splits)]) for rate in rates)


def main():
    """Print the errors of each table, then their geometric means, as multiples of relu's."""
    parser = make_parser(__doc__.splitlines()[0], repeats=3, shown="the mean over splits")
    parser.add_argument("--data", type=Path, default=FOLDER, help="the folder of twelve of the tables")
    parser.add_argument("--rates", type=float, nargs="+", default=[0.01], help="learning rates to choose from")
    options = begin(parser)
    epochs, ratios = 2 if options.quick else 100, []
    table = Table("error ÷ relu's", "rows × columns", *NAMES)
    for data in tables(options.data):
        errors = [best_error(data, name, options.rates, options.repeats, epochs) for name in NAMES]
        ratios.append(np.divide(errors, errors[NAMES.index("relu")]))
        table.add(data.name, f"{len(data.y)} × {data.X.shape[1]}", *ratios[-1])
    logarithms = np.log(ratios)
    table.add("geometric mean", f"{len(ratios)} tables", *np.exp(logarithms.mean(axis=0)))
    table.add("smaller than relu's on", "", *(int(better) for better in np.sum(logarithms < -0.01, axis=0)))


if __name__ == "__main__":
    main()
