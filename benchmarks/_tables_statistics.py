"""What the rows of tables.py say: ratios to one model, and mean ranks.

A row is the result of a model on a table with a seed: {data, model, seed, seconds}, and either {ll, err}, log loss and
error, or {rmse}, in standard deviations of y.
"""

import numpy as np
import pandas as pd

MEASURES = {"ll": "log loss", "err": "error", "rmse": "RMSE", "seconds": "time"}
LEAST_RATIO = 0.02  # one table on which the reference fails must not decide a geometric mean
READINGS = {"err": "error, RMSE", "ll": "log loss, RMSE"}  # of quality: by the first for classes, by RMSE for values


def means_of(rows, models):
    """Return means over seeds, (tables, measures × models), of the tables on which all models have results."""
    rows = pd.DataFrame(rows).reindex(columns=["data", "model", *MEASURES])
    means = rows.groupby(["data", "model"], sort=False)[list(MEASURES)].mean().unstack("model")
    means = means.reindex(columns=pd.MultiIndex.from_product([MEASURES, models]))
    return means[means["seconds"].notna().all(axis=1)]


def ratios_to(means, reference):
    """Return geometric means over tables of what a model has, as a multiple of the reference's: (models, measures)."""
    columns = {}
    for measure in MEASURES:
        ratio = means[measure].div(means[measure][reference].where(lambda column: column > 0), axis=0)
        columns[measure] = np.exp(np.log(ratio.clip(lower=LEAST_RATIO)).mean())
    return pd.DataFrame(columns)


def losses_by(means, measure):
    """Return what quality is read from, (tables, models): RMSE for values, and a measure for classes."""
    return means["rmse"].fillna(means[measure])


def mean_ranks(means, measure):
    """Return the mean rank of each model over tables; 1 is the best, and equals share their ranks."""
    return losses_by(means, measure).rank(axis=1).mean()
