"""How tables.py measures a model: time from the raw frame to predictions, and what they are worth."""

import time
from itertools import product

import numpy as np
from _measure import Table
from _tables_data import samples, split
from _tables_models import MODELS
from sklearn.metrics import log_loss

LEAST_PROBABILITY = 1e-6  # one label that a model holds to be impossible must not decide a mean
WARM_UP_ROWS = 100, 500  # on a hundred rows skl2 computes in float64


def warm_up(key):
    """Train on small tables of both tasks, so that no time has imports and compilation in it."""
    for n_rows, is_regression in product(WARM_UP_ROWS, (False, True)):
        measure(key, samples(n_rows, is_regression), seed=0)


def measure(key, data, seed):
    """Return the row of a model on a table; one that fails says why, and the others go on."""
    row = {"data": data.name, "model": key, "seed": seed}
    parts = split(data, seed)
    start = time.perf_counter()
    try:
        model = MODELS[key].make(parts.X_train, data.is_regression, seed).fit(parts.X_train, parts.y_train)
        prediction = (model.predict if data.is_regression else model.predict_proba)(parts.X_test)
    except Exception as error:
        return row | {"error": f"{type(error).__name__}: {error}"[:300]}
    return row | {"seconds": time.perf_counter() - start} | scores_of(prediction, parts, data.is_regression)


def scores_of(prediction, parts, is_regression):
    """Return log loss and error of probabilities, or the RMSE of values in standard deviations of y."""
    y = parts.y_test
    if is_regression:
        return {"rmse": float(np.sqrt(np.mean((np.ravel(prediction) - y) ** 2)) / y.std())}
    probability = np.clip(prediction, LEAST_PROBABILITY, 1)
    probability /= probability.sum(axis=1, keepdims=True)
    loss = log_loss(y, probability, labels=range(probability.shape[1]))
    return {"ll": float(loss), "err": float(np.mean(probability.argmax(axis=1) != y))}


def measure_intervals(data, seed, coverage):
    """Return what CV+ intervals cover, their mean width in deviations of y, and as a multiple of a width in hindsight.

    In hindsight: that of the prediction ± one number, which covers just so many of the test samples.
    """
    parts = split(data, seed)
    model = MODELS["tabular"].make(parts.X_train, True, seed).fit(parts.X_train, parts.y_train)
    low, high = model.predict_interval(parts.X_test, coverage).T
    width = np.mean(high - low)
    hindsight = 2 * np.quantile(np.abs(model.predict(parts.X_test) - parts.y_test), coverage)
    is_covered = (low <= parts.y_test) & (parts.y_test <= high)
    return is_covered.mean(), width / parts.y_test.std(), width / hindsight


def show_intervals(data_sets, n_seeds, coverage):
    """Print a row for each table of values, means over seeds, and their mean."""
    heads = "rows", "covered, %", "width ÷ deviation of y", "width ÷ hindsight's"
    table, found = Table(f"intervals of {100 * coverage:g} %", *heads), []
    for data in data_sets:
        seeds = [measure_intervals(data, seed, coverage) for seed in range(n_seeds)]
        found.append(np.mean(seeds, axis=0) * [100, 1, 1])
        table.add(data.name, len(data.y), *found[-1])
    if found:
        table.add("mean", "", *np.mean(found, axis=0))
