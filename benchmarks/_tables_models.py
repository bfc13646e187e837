"""The models of tables.py, with their defaults: each takes a raw frame, and what it needs is a step of a pipeline.

So what a model's users have to prepare is part of its time. All train on one thread.
"""

import logging
from collections.abc import Callable
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np
from pandas.api.types import is_numeric_dtype
from sklearn import ensemble, neural_network
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

import skl2

MOST_LEVELS = 30  # of a column of text that become columns of 0 and 1


def numbers(X):
    """Return the names of the columns of numbers."""
    return [name for name in X if is_numeric_dtype(X[name])]


def texts(X):
    """Return the names of the other columns; no table here has dates."""
    return [name for name in X if not is_numeric_dtype(X[name])]


def with_plain_text(X):
    """Return a frame with text as str; a gap is a level of its own."""
    return X.assign(**{name: X[name].astype(object).fillna("?").astype(str) for name in texts(X)})


def with_categories(X):
    """Return a frame with text as categories of pandas."""
    return with_plain_text(X).astype(dict.fromkeys(texts(X), "category"))


def as_float32(X):
    """Return an array in the dtype that is fastest for networks."""
    return np.ascontiguousarray(X, np.float32)


def make_encoder(X):
    """Return what makes scaled numbers and one-hot text of a frame."""
    one_hot = OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=MOST_LEVELS, sparse_output=False)
    scaled = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    encoder = ColumnTransformer([("numbers", scaled, numbers(X)), ("texts", one_hot, texts(X))])
    return make_pipeline(FunctionTransformer(with_plain_text), encoder)


def make_scikit_learn(X, is_regression, seed):
    """Return scikit-learn's network on scaled numbers and one-hot text, with a standardised target."""
    kind = neural_network.MLPRegressor if is_regression else neural_network.MLPClassifier
    pipeline = make_pipeline(make_encoder(X), FunctionTransformer(as_float32), kind(random_state=seed))
    return TransformedTargetRegressor(pipeline, transformer=StandardScaler()) if is_regression else pipeline


def make_hist_gradient_boosting(X, is_regression, seed):
    """Return scikit-learn's boosting, which knows categories and gaps."""
    kind = ensemble.HistGradientBoostingRegressor if is_regression else ensemble.HistGradientBoostingClassifier
    return make_pipeline(FunctionTransformer(with_categories), kind(random_state=seed))


def make_lightgbm(X, is_regression, seed):
    """Return LightGBM, which knows categories and gaps."""
    import lightgbm

    kind = lightgbm.LGBMRegressor if is_regression else lightgbm.LGBMClassifier
    return make_pipeline(FunctionTransformer(with_categories), kind(random_state=seed, n_jobs=1, verbose=-1))


def make_catboost(X, is_regression, seed):
    """Return CatBoost, which knows gaps of numbers, and wants to be told which columns are text."""
    import catboost

    kind = catboost.CatBoostRegressor if is_regression else catboost.CatBoostClassifier
    quiet = {"verbose": False, "allow_writing_files": False}
    model = kind(random_seed=seed, thread_count=1, cat_features=texts(X), **quiet)
    return make_pipeline(FunctionTransformer(with_plain_text), model)


def make_real_mlp(X, is_regression, seed):
    """Return the smaller tuned default of RealMLP, which knows categories; gaps of numbers are filled."""
    import pytabkit

    for name in ("lightning", "lightning.pytorch", "pytorch_lightning", "lightning_utilities"):
        logging.getLogger(name).setLevel(logging.ERROR)
    filled = ColumnTransformer(
        [("numbers", SimpleImputer(strategy="median"), numbers(X))],
        remainder="passthrough",
        verbose_feature_names_out=False,
    ).set_output(transform="pandas")
    kind = pytabkit.RealMLP_TD_S_Regressor if is_regression else pytabkit.RealMLP_TD_S_Classifier
    model = kind(device="cpu", random_state=seed, n_cv=1, verbosity=0, n_threads=1)
    return make_pipeline(FunctionTransformer(with_categories), filled, model)


def make_tabular(X, is_regression, seed):
    """Return skl2's estimator, which takes the frame as it is."""
    return (skl2.TabularMLPRegressor if is_regression else skl2.TabularMLPClassifier)(random_state=seed)


class Model(NamedTuple):
    """What a model is called in tables and pictures, the package that it needs, and what makes it for a frame."""

    label: str
    package: str
    make: Callable


REFERENCE = "sklearn"
MODELS = {
    "sklearn": Model("scikit-learn MLP", "sklearn", make_scikit_learn),
    "hgb": Model("HistGradientBoosting", "sklearn", make_hist_gradient_boosting),
    "lightgbm": Model("LightGBM", "lightgbm", make_lightgbm),
    "catboost": Model("CatBoost", "catboost", make_catboost),
    "realmlp-s": Model("RealMLP-TD-S", "pytabkit", make_real_mlp),
    "tabular": Model("skl2 TabularMLP", "skl2", make_tabular),
}


def label(key):
    """Return what a model is called; earlier results may have some that are not here."""
    return MODELS[key].label if key in MODELS else key


def installed(keys):
    """Return those models whose packages are there."""
    return [key for key in keys if find_spec(MODELS[key].package)]
