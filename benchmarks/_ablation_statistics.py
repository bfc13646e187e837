"""What the rows of ablation.py say: ratios of losses to those of a reference, over tables, with intervals."""

import numpy as np
import pandas as pd

N_DRAWS = 10_000
CONFIDENCE = 0.95
LARGEST_RATIO = 50  # either way: one table on which a network fails must not decide a geometric mean


def losses_of(rows, measure):
    """Return means over seeds, (tables, names), of the tables that have the measure, all of its names and all seeds."""
    table = rows.dropna(subset=[measure]).pivot_table(measure, "data", ["name", "seed"])
    complete = table.dropna()
    return complete.T.groupby("name").mean().T


def log_ratios(losses, name, reference):
    """Return log(loss ÷ that of the reference) of each table, held between those of 1/50 and 50."""
    ratio = losses[name] / losses[reference].where(losses[reference] > 0)
    return np.log(ratio.clip(1 / LARGEST_RATIO, LARGEST_RATIO).dropna().to_numpy())


def mean_and_interval(values):
    """Return the mean of values, one for each table, and the ends of its percentile bootstrap interval over tables."""
    values = np.asarray(values, float)
    draws = np.random.default_rng(0).integers(values.size, size=(N_DRAWS, values.size))
    low, high = np.quantile(values[draws].mean(axis=1), [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return values.mean(), low, high


def in_percent(logarithms):
    """Return by how many % ratios of these logarithms are above 1."""
    return 100 * np.expm1(np.asarray(logarithms, float))


def summary(rows, names, reference, measures):
    """Return a table: of each name and measure mean and interval of its ratio in %, on how many tables it is above 1.

    'all' has the tables of all measures.
    """
    found, losses = {}, {measure: losses_of(rows, measure) for measure in measures}
    for name in names:
        ratios = {measure: log_ratios(losses[measure], name, reference) for measure in measures}
        ratios["all"] = np.concatenate(list(ratios.values()))
        for measure, values in ratios.items():
            mean, low, high = in_percent(mean_and_interval(values))
            counts = {"above": int(np.sum(values > 0)), "tables": values.size}
            found[name, measure] = {"mean": mean, "low": low, "high": high, **counts}
    return pd.DataFrame(found).T.rename_axis(["name", "measure"])
