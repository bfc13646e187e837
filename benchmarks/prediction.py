"""How long predict and predict_proba take, and how much memory, beside scikit-learn's with the same weights.

Ensembles are measured beside as many networks of the same shape in scikit-learn's VotingClassifier, those of tables
behind its transformers of columns.
"""

from functools import partial

import numpy as np
import pandas as pd
from _measure import DTYPES, Table, begin, fastest, make_parser, seconds
from _memory import peak_memory
from scipy.sparse import random_array
from sklearn.compose import make_column_transformer
from sklearn.ensemble import VotingClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import skl2

NETWORKS = {"tiny": (10, (16,), 2), "digits": (64, (100,), 10), "wide": (784, (512, 512), 10)}  # d, hidden, classes
SPARSE = {"sparse": (10_000, (100,), 10)}  # 0.5 % of its entries are not 0
MEMBERS = 5
ROWS_OF_ENSEMBLES = 10**4  # at most
MOST_NUMBERS = 10**8  # of dense samples
SAMPLES_TIMED = 1000  # at least, in one measurement: so many calls of predict with one sample


def models(n_features, hidden, n_classes, dtype):
    """Return a network and the same in scikit-learn's class."""
    X = np.random.default_rng(0).standard_normal((500, n_features)).astype(dtype)
    ours = skl2.MLPClassifier(hidden_layer_sizes=hidden, max_iter=1, random_state=0).fit(X, np.arange(500) % n_classes)
    return ours, ours.to_sklearn()


def voting(hidden, n_members):
    """Return an ensemble of scikit-learn's, not fitted."""
    networks = [(str(k), MLPClassifier(hidden, max_iter=1, random_state=k)) for k in range(n_members)]
    return VotingClassifier(networks, voting="soft")


def ensembles(n_features, hidden, n_classes, dtype):
    """Return the networks of folds, and scikit-learn's ensemble of as many."""
    X, y = np.random.default_rng(0).standard_normal((500, n_features)).astype(dtype), np.arange(500) % n_classes
    ours = skl2.MLPClassifierCV(
        [0.01], cv=MEMBERS, ensemble=True, hidden_layer_sizes=hidden, max_iter=1, random_state=0
    )
    return ours.fit(X, y), voting(hidden, MEMBERS).fit(X, y)


def make_table(n_samples):
    """Return a frame with eight columns of numbers and two of text."""
    random = np.random.default_rng(0)
    table = pd.DataFrame(random.standard_normal((n_samples, 8)), columns=[f"number {k}" for k in range(8)])
    return table.assign(**{f"text {k}": np.array(list("abcdef"))[random.integers(0, 6, n_samples)] for k in range(2)})


def models_of_tables(table):
    """Return a model of tables, and scikit-learn's transformers with an ensemble of as many networks."""
    y = table["number 0"] > 0
    ours = skl2.TabularMLPClassifier(alphas=[0.01], max_iter=1, random_state=0).fit(table, y)
    texts = [name for name in table if name.startswith("text")]
    encoder = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), texts), remainder=StandardScaler())
    hidden = tuple(coef.shape[1] for coef in ours.estimators_[0].coefs_[:-1])
    return ours, make_pipeline(encoder, voting(hidden, len(ours.estimators_))).fit(table, y)


def call_often(predict, X, n_calls):
    """Call `predict` so often."""
    for _ in range(n_calls):
        predict(X)


def times_and_memory(ours, theirs, X, repeats):
    """Return the microseconds of each method of both, and the peak memory of predict_proba in MB."""
    n_calls = max(1, SAMPLES_TIMED // X.shape[0])
    methods = {
        (name, side): getattr(model, name)
        for name in ("predict_proba", "predict")
        for side, model in (("skl2", ours), ("scikit-learn", theirs))
    }
    measures = {key: partial(seconds, call_often, method, X, n_calls) for key, method in methods.items()}
    fastest(measures, 1)
    times = [1e6 * t / n_calls for t in fastest(measures, repeats).values()]
    return times, [peak_memory(model.predict_proba, X)[1] / 1e6 for model in (ours, theirs)]


def compare(name, X, both, options):
    """Print a row for each number of samples, rows of an array or of a frame."""
    dtype = X.dtype.name if hasattr(X, "dtype") else "mixed"
    n_samples = 1
    while n_samples <= min(X.shape[0], options.samples):
        (proba, their_proba, predict, their_predict), peaks = times_and_memory(*both, X[:n_samples], options.repeats)
        ratios = their_proba / proba, their_predict / predict
        options.table.add(
            name, dtype, n_samples, proba, their_proba, ratios[0], predict, their_predict, ratios[1], *peaks
        )
        n_samples *= 10


def main():
    """Print a row for each network, dtype and number of samples."""
    parser = make_parser(__doc__, repeats=7)
    parser.add_argument("--samples", type=int, default=10**6, help="at most")
    options = begin(parser)
    options.samples = 1000 if options.quick else options.samples
    options.table = Table(
        "network",
        "dtype",
        "samples",
        "predict_proba, µs",
        "scikit-learn",
        "scikit-learn ÷ skl2",
        "predict, µs",
        "scikit-learn",
        "scikit-learn ÷ skl2",
        "peak memory, MB",
        "scikit-learn",
    )
    for dtype in DTYPES:
        random = np.random.default_rng(0)
        for name, (n_features, *rest) in NETWORKS.items():
            n_samples = min(options.samples, MOST_NUMBERS // n_features)
            X = random.standard_normal((n_samples, n_features), dtype)
            compare(name, X, models(n_features, *rest, dtype), options)
        for name, (n_features, *rest) in SPARSE.items():
            shape = min(options.samples, 10**5), n_features
            X = random_array(shape, density=0.005, format="csr", dtype=dtype, rng=random)
            compare(name, X, models(n_features, *rest, dtype), options)
        shape = min(options.samples, ROWS_OF_ENSEMBLES), NETWORKS["digits"][0]
        compare(
            f"{MEMBERS} × digits", random.standard_normal(shape, dtype), ensembles(*NETWORKS["digits"], dtype), options
        )
    table = make_table(ROWS_OF_ENSEMBLES)
    compare("table", table, models_of_tables(table[:1000]), options)


if __name__ == "__main__":
    main()
