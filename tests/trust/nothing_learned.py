"""A table of calls that learn nothing, each with the cause that is named first, and with what its remedy changes.

To add one: a row of a table.
"""

import numpy as np
import pandas as pd
from remedies import (
    Row,
    change,
    change_X,
    change_y,
    divide_y,
    draw,
    fit_again,
    fit_parts,
    fit_path,
    lose,
    scale_both,
    scale_X,
    scale_y,
    standardize_X,
    standardize_y,
)
from scipy import sparse

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV


def regressor(**settings):
    """Return a regressor whose weights at the start are no better than a constant."""
    return MLPRegressor(random_state=3, **settings)


def classifier(**settings):
    """Return a classifier whose weights at the start are no better than a constant."""
    return MLPClassifier(random_state=3, **settings)


REAL, TWO, RATES = draw("regression"), draw("outputs"), draw("rates")
BINARY, CLASSES, LABELS = draw("binary"), draw("classes"), draw("multilabel")
MANY = {task: draw(task, 2000) for task in ("regression", "classes", "rates")}
SOME_WEIGHTS = np.where(np.arange(800) % 400 < 40, 1.0, 0.0)
# Factor and shift of column 2.
BALANCE = np.array([1, 1, 1e6, 1]), 0
YEAR = np.array([1, 1, 10, 1]), np.array([0, 0, 2000, 0])
DATE = np.array([1, 1, 1e4, 1]), np.array([0, 0, 2e7, 0])
FRAME = REAL._replace(X=pd.DataFrame(change_X(REAL, *BALANCE).X, columns=["age", "height", "balance", "weight"]))
SPARSE = REAL._replace(X=sparse.csr_array(np.where(np.abs(REAL.X) > 0.1, REAL.X, 0) * 1e-5))
SGD = {"optimizer": "sgd", "learning_rate_init": 0.01}
SLOW = {"optimizer": "sgd", "learning_rate_init": 0.003, "momentum": 0.0, "batch_size": 400}
LBFGS = {"optimizer": "lbfgs"}
POISSON = {"loss": "poisson"}
DECOUPLED = {"decay": "decoupled", "learning_rate": "cosine"}
IN_SEARCH = {"cv": 3, "random_state": 3}

OF_X = {
    "a balance": Row(regressor(), change_X(REAL, *BALANCE), "column 2 has root mean", scale_X),
    "a balance, sgd": Row(classifier(**SGD), change_X(BINARY, *BALANCE), "column 2 has root mean", scale_X),
    "a balance, lbfgs": Row(classifier(**LBFGS), change_X(BINARY, *BALANCE), "column 2 has root mean", scale_X),
    "a balance in float32": Row(regressor(dtype="float32", **DECOUPLED), change_X(REAL, *BALANCE), "X is far", scale_X),
    "a balance in a frame": Row(regressor(), FRAME, "column balance has root mean", scale_X),
    "a year": Row(regressor(**SGD), change_X(TWO, *YEAR), "X is far", scale_X),
    "a date as a number": Row(classifier(early_stopping=True), change_X(BINARY, *DATE), "X is far", scale_X),
    "large, tanh": Row(regressor(activation="tanh"), change_X(REAL, 1, 1e6), "X is far", scale_X),
    "large, logistic": Row(
        classifier(activation="logistic", early_stopping="loss"), change_X(CLASSES, 1, 1e5), "X is far", scale_X
    ),
    "tiny": Row(classifier(), change_X(CLASSES, 1e-4), "X is far", scale_X),
    "tiny, sgd": Row(regressor(learning_rate="adaptive", **SGD), change_X(TWO, 1e-4), "X is far", scale_X),
    "tiny, lbfgs": Row(classifier(**LBFGS), change_X(LABELS, 1e-5), "X is far", scale_X),
    "tiny, rates": Row(regressor(**POISSON), change_X(RATES, 1e-4), "X is far", scale_X),
    "tiny, sparse": Row(regressor(), SPARSE, "with_mean=False", scale_X),
    "tiny beside another": Row(regressor(), lose(REAL), "is within", scale_X),
    "a balance and prices": Row(
        regressor(), change_X(change_y(REAL, 1e4, 3e4), *BALANCE), "column 2 has root mean", scale_both
    ),
}
OF_Y = {
    "prices": Row(regressor(), change_y(REAL, 1e5, 3e5), "y is far", scale_y),
    "two outputs": Row(regressor(**DECOUPLED), change_y(TWO, [1e5, 1], 1e3), "y is far", scale_y),
    "prices, stop by score": Row(regressor(early_stopping=True), change_y(REAL, 1e5, 3e5), "y is far", scale_y),
    "prices, stop by loss": Row(
        regressor(early_stopping="loss", learning_rate="adaptive"), change_y(REAL, 1e5, 3e5), "y is far", scale_y
    ),
    "returns": Row(regressor(), change_y(REAL, 1e-4), "y is far", scale_y),
    "returns, sgd": Row(regressor(learning_rate="cosine", **SGD), change_y(REAL, 1e-4), "y is far", scale_y),
    "returns, lbfgs": Row(regressor(**LBFGS), change_y(REAL, 1e-6), "y is far", scale_y),
    "returns, stop by score": Row(regressor(early_stopping=True, **SGD), change_y(REAL, 1e-4), "y is far", scale_y),
    "a large mean": Row(regressor(**DECOUPLED), change_y(REAL, 1, 1000), "y is far", scale_y),
    "a small deviation": Row(regressor(**LBFGS), change_y(REAL, 1e-3, 5), "y is far", scale_y),
    "small rates": Row(regressor(**POISSON), change_y(RATES, 1e-3), "the mean of y is", divide_y),
    "large rates": Row(regressor(early_stopping=True, **POISSON), change_y(RATES, 1e5), "the mean of y is", divide_y),
}
OF_RATES = {
    "1e-7": Row(regressor(learning_rate_init=1e-7), REAL, "rates are tiny", change(learning_rate_init=0.01)),
    "1e-6, sgd": Row(
        classifier(optimizer="sgd", learning_rate_init=1e-6, early_stopping="loss"),
        CLASSES,
        "rates are tiny",
        change(learning_rate_init=0.1),
    ),
    "1e-6, adaptive": Row(
        regressor(learning_rate="adaptive", learning_rate_init=1e-6, **POISSON),
        RATES,
        "rates are tiny",
        change(learning_rate_init=0.01),
    ),
    "1e-7, some samples weigh": Row(
        regressor(learning_rate_init=1e-7),
        REAL._replace(sample_weight=SOME_WEIGHTS),
        "rates are tiny",
        change(learning_rate_init=0.1),
    ),
    "1e-6, balanced classes": Row(
        classifier(learning_rate_init=1e-6, class_weight="balanced"),
        BINARY,
        "rates are tiny",
        change(learning_rate_init=0.01),
    ),
    "invscaling": Row(
        regressor(optimizer="sgd", learning_rate="invscaling", power_t=2.0, learning_rate_init=0.003),
        REAL,
        "lower power_t",
        change(power_t=0.1),
    ),
    "invscaling, adam": Row(
        classifier(learning_rate="invscaling"), LABELS, "rates are tiny", change(learning_rate_init=0.2)
    ),
    "adaptive, ended": Row(
        classifier(learning_rate="adaptive", tol=1e-3, max_iter=2000, **SLOW),
        BINARY,
        "'adaptive' has ended",
        change(tol=1e-5),
    ),
    "10": Row(regressor(learning_rate_init=10), REAL, "is large for 'adam'", change(learning_rate_init=0.001)),
    "10, cosine": Row(
        regressor(learning_rate_init=10, max_iter=50, **DECOUPLED),
        TWO,
        "is large for 'adam'",
        change(learning_rate_init=0.01),
    ),
}
OF_ALPHA = {
    "of a ridge": Row(regressor(alpha=100), MANY["regression"], "alpha=100", change(alpha=1e-3)),
    "classes": Row(classifier(alpha=1), MANY["classes"], "alpha=1", change(alpha=1e-3)),
    "lbfgs": Row(classifier(alpha=1, **LBFGS), LABELS, "alpha=1", change(alpha=1e-3)),
    "sgd": Row(classifier(alpha=50, **SGD), BINARY, "alpha=50", change(alpha=1e-3)),
    "decoupled": Row(classifier(alpha=500, **DECOUPLED), CLASSES, "alpha=500", change(alpha=0.1)),
    "rates": Row(regressor(alpha=3, **POISSON), MANY["rates"], "alpha=3", change(alpha=1e-3)),
}
OF_STEPS = {
    "one epoch": Row(regressor(max_iter=1), REAL, "few steps (2): raise max_iter", change(max_iter=300)),
    "one batch an epoch": Row(regressor(batch_size=400, max_iter=3), REAL, "few steps (3)", change(batch_size=2)),
    "lbfgs": Row(regressor(max_fun=1, **LBFGS), change_y(REAL, 0.2), "raise max_fun", change(max_fun=10_000)),
    "sixty samples": Row(
        MLPRegressor(early_stopping=True, optimizer="sgd", random_state=22),
        draw("regression", 60, seed=22),
        "early_stopping='loss'",
        change(early_stopping="loss", n_iter_no_change=100),
    ),
    "a large tol": Row(
        regressor(tol=10, optimizer="sgd", n_iter_no_change=2), REAL, "lower tol", change(tol=1e-4, n_iter_no_change=20)
    ),
    "a large tol, lbfgs": Row(classifier(tol=1, **LBFGS), CLASSES, "lower tol", change(tol=1e-4)),
    "ten narrow layers": Row(
        regressor(hidden_layer_sizes=(5,) * 10, activation="logistic", learning_rate_init=0.01),
        REAL,
        "hidden layers are many",
        change(hidden_layer_sizes=50),
    ),
}
OTHER_CALLS = {
    "path": Row(regressor(), change_y(REAL, 1e5, 3e5), "y is far", standardize_y, fit_path),
    "path, early stopping": Row(
        classifier(early_stopping=True), change_X(BINARY, *DATE), "X is far", standardize_X, fit_path
    ),
    "path of strong alphas": Row(regressor(alpha=100), MANY["regression"], "alpha=100", change(alpha=1e-4), fit_path),
    "partial_fit": Row(
        regressor(learning_rate="cosine", max_iter=100), change_X(REAL, *BALANCE), "X is far", standardize_X, fit_parts
    ),
    "partial_fit, rates": Row(
        regressor(learning_rate="cosine", learning_rate_init=1e-7, max_iter=50),
        REAL,
        "rates are tiny",
        change(learning_rate_init=0.01),
        fit_parts,
    ),
    "warm_start": Row(
        regressor(warm_start=True, learning_rate_init=1e-7),
        REAL,
        "rates are tiny",
        change(learning_rate_init=0.01),
        fit_again,
    ),
    "search": Row(MLPRegressorCV(3, **IN_SEARCH), change_y(REAL, 1e5, 3e5), "y is far", scale_y),
    "search by halving": Row(
        MLPClassifierCV(3, strategy="halving", **IN_SEARCH), change_X(CLASSES, 1e-5), "X is far", scale_X
    ),
    "search of few steps": Row(
        MLPRegressorCV(3, max_iter=1, learning_rate_init=1e-5, **IN_SEARCH),
        REAL,
        "rates are tiny",
        change(max_iter=100, learning_rate_init=0.01),
    ),
    "search among strong alphas": Row(
        MLPRegressorCV([10, 100], **IN_SEARCH), MANY["regression"], "alpha=", change(alphas=[1e-4, 1e-2])
    ),
    "ensemble": Row(MLPRegressorCV(3, ensemble=True, **IN_SEARCH), change_y(REAL, 1e-4), "y is far", scale_y),
}
TABLES = {"X": OF_X, "y": OF_Y, "rates": OF_RATES, "alpha": OF_ALPHA, "steps": OF_STEPS, "calls": OTHER_CALLS}
ROWS = {f"{table}: {name}": row for table, rows in TABLES.items() for name, row in rows.items()}
