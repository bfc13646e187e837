"""Categories of many levels as means of the target, with scikit-learn's TargetEncoder."""

from typing import NamedTuple

import numpy as np
from sklearn.model_selection import KFold
from sklearn.preprocessing import TargetEncoder

from skl2._tabular.encodings import fit_series

UNKNOWN = -2  # the code of a level that fit has not seen; -1 is that of gaps, a level too
N_FOLDS = 5
MANY_CLASSES = 30  # beyond, a mean of each would be more columns than one-hot levels


class LevelMeans(NamedTuple):
    """How a column of categories is encoded: for each target its mean where the level is, drawn to the mean of all."""

    codes: dict  # of each text its code
    means: list  # of (TargetEncoder, Series of what it gives)

    @property
    def suffixes(self):
        """Return what the names of the output columns add to that of the input column."""
        return ["_mean"] if len(self.means) == 1 else [f"_mean{number}" for number in range(len(self.means))]

    def write(self, levels, out):
        """Write the encoding of Levels into out (n_samples, n_suffixes)."""
        codes = np.array([*(self.codes.get(text, UNKNOWN) for text in levels.texts), -1])[levels.codes]
        for column, (encoder, series) in enumerate(self.means):
            series.write(encoder.transform(codes[:, np.newaxis])[:, 0], out[:, column : column + 1])


def fit_level_means(levels, targets):
    """Return (LevelMeans, its encoding of the samples of fit (n_samples, n_suffixes)); targets (n_samples, n_targets).

    The level of a sample of fit has there the mean of other samples: a network would trust rare levels otherwise.
    """
    codes, parts, means = levels.codes[:, np.newaxis], [], []
    for target in targets.T:
        values = np.empty(len(target))
        for train, test in KFold(min(N_FOLDS, len(target)), shuffle=True, random_state=0).split(codes):
            values[test] = _encoder().fit(codes[train], target[train]).transform(codes[test])[:, 0]
        series = fit_series("", values, None)
        if series is not None:
            means.append((_encoder().fit(codes, target), series))
            parts.append(np.empty((len(target), 1), np.float32))
            series.write(values, parts[-1])
    encoding = LevelMeans({text: code for code, text in enumerate(levels.texts)}, means)
    return encoding, np.hstack(parts) if parts else np.empty((len(codes), 0), np.float32)


def to_targets(y):
    """Return (n_samples, n_targets) float64 of which levels have means: values, or for each class whether it is there.

    Of two classes one is enough. None where there is no y, or there are several outputs or very many classes.
    """
    y = None if y is None else np.asarray(y)
    if y is None or (y.ndim > 1 and y.shape[1] > 1):
        return None
    y = y.reshape(len(y))
    if y.dtype.kind == "f":
        return y.astype(np.float64)[:, np.newaxis]
    classes, numbers = np.unique(y, return_inverse=True)
    if len(classes) > MANY_CLASSES:
        return None
    indicator = np.eye(len(classes))[numbers]
    return indicator[:, 1:] if len(classes) == 2 else indicator


def _encoder():
    return TargetEncoder(target_type="continuous")
