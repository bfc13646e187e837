"""What the rows of nothing_learned.py are made of: samples in any units, ways to train, and what a warning advises."""

import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import sparse
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

COEFS = np.array([[1, -1, 0.5], [-1, -0.5, 1], [0.5, 1, -1], [0.5, 0.5, 0.5]])
TARGETS = {
    "regression": lambda X, z: z[:, 0] + 0.3 * np.abs(X[:, 0]) - 0.24,
    "outputs": lambda X, z: z[:, :2],
    "rates": lambda X, z: np.exp(0.5 * z[:, 0]),
    "binary": lambda X, z: np.where(z[:, 0] > 0, "yes", "no"),
    "classes": lambda X, z: z.argmax(axis=1),
    "multilabel": lambda X, z: (z[:, :2] > 0).astype(int),
}


class Data(NamedTuple):
    """Samples of which the first half is to train on, and the rest to score on."""

    X: object
    y: np.ndarray
    sample_weight: np.ndarray | None = None

    def halves(self):
        """Return two Data."""
        n = len(self.y) // 2
        parts = [(self.X[rows], self.y[rows]) for rows in (slice(None, n), slice(n, None))]
        weights = (None, None) if self.sample_weight is None else np.split(self.sample_weight, 2)
        return [Data(*part, weight) for part, weight in zip(parts, weights, strict=True)]


def draw(task, n=400, seed=0):
    """Return Data of n samples to train on: X has unit scale, y follows from it without noise."""
    X = np.random.default_rng(seed).standard_normal((2 * n, len(COEFS)))
    z = X @ COEFS
    return Data(X, TARGETS[task](X, z / z.std(axis=0)))


def change_X(data, factor=1.0, shift=0.0):
    """Return Data with X in other units."""
    return data._replace(X=data.X * factor + shift)


def change_y(data, factor=1.0, shift=0.0):
    """Return Data with y in other units."""
    return data._replace(y=data.y * factor + shift)


def lose(data):
    """Return Data with tiny columns, beside one of unit scale that tells nothing of y."""
    beside = np.concatenate([half.y.argsort().argsort() % 2 for half in data.halves()])  # in the order of y
    return data._replace(X=np.column_stack([1e-5 * data.X, beside]))


def fit(model, data):
    """Return a fitted estimator."""
    weights = {} if data.sample_weight is None else {"sample_weight": data.sample_weight}
    return clone(model).fit(data.X, data.y, **weights)


def fit_again(model, data):
    """Return a network that a second fit has gone on with."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        first = fit(model, data)
    return first.fit(data.X, data.y)


def fit_parts(model, data):
    """Return a network that partial_fit has trained until the schedule has ended."""
    model = clone(model)
    for _ in range(model.max_iter):
        model.partial_fit(data.X, data.y)
    return model


def fit_path(model, data):
    """Return the network of alpha in a path that also has a larger one."""
    return clone(model).path(data.X, data.y, [100 * model.alpha, model.alpha])[1]


class Row(NamedTuple):
    """A call that learns nothing."""

    model: object
    data: Data
    cause: str  # words of the one that is named first
    remedy: Callable  # (model, Data) → (model, Data) as that cause advises
    call: Callable = fit  # (model, Data) → a fitted estimator


def scale_X(model, data):
    """Write make_pipeline(StandardScaler(), ...)."""
    return make_pipeline(StandardScaler(with_mean=not sparse.issparse(data.X)), model), data


def scale_y(model, data):
    """Write TransformedTargetRegressor(..., transformer=StandardScaler())."""
    return TransformedTargetRegressor(model, transformer=StandardScaler()), data


def scale_both(model, data):
    """Write both: the two causes that are named."""
    return scale_y(*scale_X(model, data))


def standardize_X(model, data):
    """Scale X alone, for methods that a pipeline does not have."""
    return model, data._replace(X=StandardScaler().fit_transform(data.X))


def standardize_y(model, data):
    """Scale y alone, for methods that TransformedTargetRegressor does not have."""
    return model, change_y(data, 1 / data.y.std(), -data.y.mean() / data.y.std())


def divide_y(model, data):
    """Fit y / its mean."""
    return model, change_y(data, 1 / data.y.mean())


def change(**settings):
    """Write other settings."""
    return lambda model, data: (clone(model).set_params(**settings), data)
