"""Times, memory and quality of the models of tables.py from a hundred rows to a million, in fresh processes (Linux)."""

import warnings
from itertools import product
from typing import NamedTuple

from _measure import Table, seconds
from _memory import in_fresh_process, peak_resident
from _tables_data import Split, samples
from _tables_models import MODELS, REFERENCE, label
from _tables_scores import scores_of, warm_up

SIZES = [10**power for power in range(2, 7)]
CONTESTANTS = [REFERENCE, "hgb", "tabular"]
N_TEST = 10_000
REPEATS, ROWS_REPEATED = 3, 10_000  # up to so many rows
MB = LEAST_SIZE = 1e6  # a smaller X says nothing of memory


class Cost(NamedTuple):
    """Seconds, bytes beyond what was there, and a loss."""

    fit: float
    fit_peak: float
    predict: float
    predict_peak: float
    loss: float


BEST = Cost(min, max, min, max, min)  # of repeats, which have the same loss


def run(key, n_rows, is_regression):
    """Return the Cost of a model: the fastest of its repeats, and the largest peaks."""
    warnings.simplefilter("ignore")
    warm_up(key)
    repeats = REPEATS if n_rows <= ROWS_REPEATED else 1
    costs = [run_once(key, n_rows, is_regression) for _ in range(repeats)]
    return Cost(*(best(values) for best, values in zip(BEST, zip(*costs, strict=True), strict=True)))


def run_once(key, n_rows, is_regression):
    """Return the Cost of fit, and of predict for as many rows; the loss is that of fresh samples."""
    train, test = samples(n_rows, is_regression), samples(N_TEST, is_regression, seed=1)
    model = MODELS[key].make(train.X, is_regression, seed=0)
    fit, fit_peak = peak_resident(seconds, model.fit, train.X, train.y)
    predict = model.predict if is_regression else model.predict_proba
    prediction, prediction_peak = peak_resident(seconds, predict, train.X)
    scores = scores_of(predict(test.X), Split(train.X, train.y, test.X, test.y), is_regression)
    return Cost(fit, fit_peak, prediction, prediction_peak, scores["rmse" if is_regression else "ll"])


def compare_sizes(sizes):
    """Print a row for each task, number of rows and model; a ratio is to scikit-learn's network, or to X."""
    heads = "fit, s", "÷ MLP", "peak, MB", "÷ X", "predict, s", "÷ MLP", "peak, MB", "÷ X"
    table = Table("rows × 30, float32", "task", "model", *heads, "log loss or RMSE")
    for is_regression, n_rows, key in product((False, True), sizes, CONTESTANTS):
        cost = in_fresh_process(run, key, n_rows, is_regression)
        if key == REFERENCE:
            reference = cost
        size = n_rows * 30 * 4
        size = size if size >= LEAST_SIZE else float("nan")
        of_fit = cost.fit, cost.fit / reference.fit, cost.fit_peak / MB, cost.fit_peak / size
        of_predict = cost.predict, cost.predict / reference.predict, cost.predict_peak / MB, cost.predict_peak / size
        task = "regression" if is_regression else "classification"
        table.add(n_rows, task, label(key), *of_fit, *of_predict, cost.loss)
