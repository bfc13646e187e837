"""The data sets of study.py: five of scikit-learn, and three in a folder; how they are split and scaled."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn import datasets
from sklearn.impute import SimpleImputer
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

N_FOLDS = 5
MOST = 1000  # samples to train on, and to test on
FROM_SCIKIT_LEARN = {
    "iris": datasets.load_iris,
    "wine": datasets.load_wine,
    "breast cancer": datasets.load_breast_cancer,
    "digits": datasets.load_digits,
    "diabetes": datasets.load_diabetes,
}
REGRESSION = {"diabetes", "abalone", "white wine", "california"}


class Data(NamedTuple):
    """A data set: X (n_samples, n_features) float64, NaN where missing; y (n_samples,), classes from 0 or values."""

    name: str
    X: np.ndarray
    y: np.ndarray

    @property
    def is_regression(self):
        """Tell whether y holds values rather than classes."""
        return self.name in REGRESSION


class Part(NamedTuple):
    """Scaled samples to train on and to be measured on."""

    X_train: np.ndarray
    y_train: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray


def read_abalone(folder):
    """Return measures and sex of abalones, and their rings."""
    table = pd.read_csv(folder / "abalone.csv", header=None)
    return pd.get_dummies(table.iloc[:, :-1]), table.iloc[:, -1]


def read_white_wine(folder):
    """Return chemical measures of white wines, and their quality."""
    table = pd.read_csv(folder / "winequality-white.csv", header=None)
    return table.iloc[:, :-1], table.iloc[:, -1]


def read_california(folder):
    """Return what the census says of districts of California, and the median value of a house."""
    table = pd.read_csv(folder / "california_housing.csv.gz")
    return pd.get_dummies(table.drop(columns="median_house_value")), table["median_house_value"]


FROM_FOLDER = {"abalone": read_abalone, "white wine": read_white_wine, "california": read_california}


def names(folder):
    """Return the names of the data sets there are, with a folder or without (None)."""
    return [*FROM_SCIKIT_LEARN, *(FROM_FOLDER if folder else ())]


def load(name, folder):
    """Return the Data of a name."""
    if name in FROM_SCIKIT_LEARN:
        X, y = FROM_SCIKIT_LEARN[name](return_X_y=True)
    else:
        X, y = FROM_FOLDER[name](Path(folder))
    return Data(name, np.asarray(X, np.float64), np.asarray(y))


def split(data, seed):
    """Return the numbers of the samples to train on and to test on: 75 % and 25 %, but at most 1000 each."""
    n = len(data.y)
    n_test = -(-n // 4)
    sizes = {"train_size": min(n - n_test, MOST), "test_size": min(n_test, MOST)}
    return train_test_split(np.arange(n), **sizes, stratify=None if data.is_regression else data.y, random_state=seed)


def parts(data, seed):
    """Return the Part of the outer split, and then one for each fold of its training samples."""
    train, test = split(data, seed)
    folds = (KFold if data.is_regression else StratifiedKFold)(N_FOLDS, shuffle=True, random_state=seed)
    inner = folds.split(data.X[train], data.y[train])
    return [scaled(data, train, test)] + [scaled(data, train[rest], train[held_out]) for rest, held_out in inner]


def scaled(data, train, test):
    """Return the Part of two sets of samples; medians, means and deviations are those of the first."""
    scaler = make_pipeline(SimpleImputer(strategy="median"), StandardScaler()).fit(data.X[train])
    X_train, X_test = (scaler.transform(data.X[numbers]).astype(np.float32) for numbers in (train, test))
    y_train, y_test = data.y[train], data.y[test]
    if data.is_regression:
        mean, deviation = y_train.mean(), y_train.std()
        y_train, y_test = (y_train - mean) / deviation, (y_test - mean) / deviation
    return Part(X_train, y_train, X_test, y_test)
