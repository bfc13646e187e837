"""How long a default fit of 200 epochs takes on small tables, beside scikit-learn's, on one thread.

Between two epochs there is nothing to do here but to draw an order: what is measured is what a library adds to that.
"""

from functools import partial

import numpy as np
import sklearn.neural_network
from _measure import DTYPES, Table, begin, fastest, make_parser, seconds
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine
from sklearn.preprocessing import StandardScaler, scale
from threadpoolctl import threadpool_limits

import skl2

DATA = {"iris": load_iris, "wine": load_wine, "breast cancer": load_breast_cancer, "diabetes": load_diabetes}


def samples(name, dtype):
    """Return X and y, X scaled and the values of a regression too."""
    X, y = DATA[name](return_X_y=True)
    return StandardScaler().fit_transform(X).astype(dtype), scale(y) if name == "diabetes" else y


def times_of(name, dtype, repeats):
    """Return (n, d, epochs), and the seconds of a fit of both."""
    X, y = samples(name, dtype)
    kind = "MLPRegressor" if name == "diabetes" else "MLPClassifier"
    models = {package.__name__: getattr(package, kind)(random_state=0) for package in (sklearn.neural_network, skl2)}
    measures = {package: partial(seconds, model.fit, X, y) for package, model in models.items()}
    times = fastest(measures, repeats)
    epochs = [model.n_iter_ for model in models.values()]
    assert epochs[0] == epochs[1], "the fits do not compare"
    return (*X.shape, epochs[0]), list(times.values())


def main():
    """Print a row for each data set and dtype, and the geometric mean of ratios."""
    options = begin(make_parser(__doc__.splitlines()[0], repeats=15))
    columns = "dtype", "n × d", "epochs", "scikit-learn, ms", "skl2, ms", "scikit-learn ÷ skl2", "skl2, µs per epoch"
    table = Table("default fits", *columns)
    ratios = {dtype: [] for dtype in DTYPES}
    with threadpool_limits(1):
        for name in DATA:
            for dtype in DTYPES:
                (n, d, epochs), (theirs, ours) = times_of(name, dtype, options.repeats)
                ratios[dtype].append(theirs / ours)
                table.add(name, dtype, f"{n}×{d}", epochs, 1e3 * theirs, 1e3 * ours, theirs / ours, 1e6 * ours / epochs)
    for dtype, found in ratios.items():
        table.add("geometric mean", dtype, "", "", "", "", float(np.exp(np.mean(np.log(found)))), "")


if __name__ == "__main__":
    main()
