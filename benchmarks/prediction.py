"""How long predict and predict_proba take, and how much memory, beside scikit-learn's with the same weights."""

from functools import partial

import numpy as np
from _measure import DTYPES, Table, begin, fastest, make_parser, seconds
from _memory import peak_memory
from scipy.sparse import random_array

import skl2

NETWORKS = {"tiny": (10, (16,), 2), "digits": (64, (100,), 10), "wide": (784, (512, 512), 10)}  # d, hidden, classes
SPARSE = {"sparse": (10_000, (100,), 10)}  # 0.5 % of its entries are not 0
MOST_NUMBERS = 10**8  # of dense samples
SAMPLES_TIMED = 1000  # at least, in one measurement: so many calls of predict with one sample


def models(n_features, hidden, n_classes, dtype):
    """Return a network and the same in scikit-learn's class."""
    X = np.random.default_rng(0).standard_normal((500, n_features)).astype(dtype)
    ours = skl2.MLPClassifier(hidden_layer_sizes=hidden, max_iter=1, random_state=0).fit(X, np.arange(500) % n_classes)
    return ours, ours.to_sklearn()


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
    """Print a row for each number of samples."""
    n_samples = 1
    while n_samples <= min(X.shape[0], options.samples):
        (proba, their_proba, predict, their_predict), peaks = times_and_memory(*both, X[:n_samples], options.repeats)
        ratios = their_proba / proba, their_predict / predict
        options.table.add(
            name, X.dtype.name, n_samples, proba, their_proba, ratios[0], predict, their_predict, ratios[1], *peaks
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


if __name__ == "__main__":
    main()
