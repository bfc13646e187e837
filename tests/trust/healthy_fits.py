"""Tables of fits that learn something: data as scikit-learn brings and makes them, in all settings and by all calls.

To add one: a row of a table.
"""

from itertools import product

import numpy as np
from sklearn import datasets
from sklearn.preprocessing import StandardScaler, scale

from skl2 import (
    MLPClassifier,
    MLPClassifierCV,
    MLPRegressor,
    MLPRegressorCV,
    TabularMLPClassifier,
    TabularMLPRegressor,
)

RANDOM = np.random.default_rng(0)


def scaled(X, y):
    """Return (X, y) with columns of unit scale, and the targets of a regression too."""
    X = StandardScaler().fit_transform(np.asarray(X, float))
    return X, scale(y) if np.asarray(y).dtype.kind == "f" else y


def part(X, y, n=1000):
    """Return the first samples."""
    return X[:n], y[:n]


LOADED = {
    name: scaled(*getattr(datasets, f"load_{name}")(return_X_y=True))
    for name in ("iris", "wine", "breast_cancer", "digits", "diabetes")
}
LINNERUD = scaled(*datasets.load_linnerud(return_X_y=True))
CLASSES = {
    **{name: LOADED[name] for name in ("iris", "wine", "breast_cancer", "digits")},
    "moons": datasets.make_moons(300, noise=0.3, random_state=0),
    "moons without noise": datasets.make_moons(300, random_state=0),
    "circles": datasets.make_circles(300, noise=0.1, factor=0.5, random_state=0),
    "blobs": scaled(*datasets.make_blobs(300, random_state=0)),
    "classification": datasets.make_classification(500, n_informative=5, n_classes=3, random_state=0),
    "half of the labels at random": datasets.make_classification(2000, flip_y=0.5, random_state=0),
    "quantiles": datasets.make_gaussian_quantiles(n_samples=500, random_state=0),
    "hastie": part(*datasets.make_hastie_10_2(1500, random_state=0)),
    "multilabel": scaled(*datasets.make_multilabel_classification(500, random_state=0)),
}
TARGETS = {
    "diabetes": LOADED["diabetes"],
    "friedman 1": scaled(*datasets.make_friedman1(400, random_state=0)),
    "friedman 1 and noise": scaled(*datasets.make_friedman1(400, noise=3, random_state=0)),
    "friedman 2": scaled(*datasets.make_friedman2(400, random_state=0)),
    "friedman 3": scaled(*datasets.make_friedman3(400, noise=0.1, random_state=0)),
    "linear": scaled(*datasets.make_regression(400, 10, random_state=0)),
    "linear and noise": scaled(*datasets.make_regression(400, 10, noise=100, random_state=0)),
    "three outputs": scaled(*datasets.make_regression(400, 10, n_targets=3, noise=10, random_state=0)),
    "uncorrelated": scaled(*datasets.make_sparse_uncorrelated(400, random_state=0)),
    "roll": scaled(*datasets.make_swiss_roll(400, noise=0.1, random_state=0)),
    "curve": scaled(*datasets.make_s_curve(400, random_state=0)),
}


def noise(n):
    """Return n normal deviates."""
    return RANDOM.standard_normal(n)


MANY = RANDOM.standard_normal((20_000, 10))
X, SIGNAL = MANY[:5000], MANY[:5000, 0] + 0.5 * MANY[:5000, 1]
WEAK = np.sqrt(0.02) * X[:, 0] + np.sqrt(0.98) * noise(5000)  # R² is 0.02
AUC_055 = 0.18 * X[:, 0] + noise(5000) > 0
RARE = SIGNAL + 0.3 * noise(5000)
RARE = np.quantile(RARE, 0.99) < RARE
COUNTS = RANDOM.poisson(np.exp(X[:, 0]))
RARE_COUNTS = RANDOM.poisson(0.1 * np.exp(X[:, 0]))
WEIGHTS = RANDOM.random(5000) ** 4


OPTIMIZERS = {
    "adam": {},
    "AdamW": {"decay": "decoupled", "alpha": 0.1},
    "sgd": {"optimizer": "sgd", "learning_rate_init": 0.01},
}
SCHEDULES = [{"learning_rate": name} for name in ("constant", "adaptive", "cosine")]
SCHEDULES.append({"learning_rate": "invscaling", "power_t": 0.2})
STOPPING = [{"early_stopping": early_stopping} for early_stopping in (False, True, "loss")]
SETTINGS = [a | b | c for a, b, c in product(OPTIMIZERS.values(), SCHEDULES, STOPPING)]
SETTINGS += [{"optimizer": "lbfgs"} | stopping for stopping in STOPPING]
# One in ten of all pairs: each setting meets two or three data sets, each data set four settings.
PAIRS = list(product([*CLASSES, *TARGETS], SETTINGS))[::10]


def classifier(**settings):
    """Return a classifier."""
    return MLPClassifier(random_state=0, **settings)


def regressor(**settings):
    """Return a regressor."""
    return MLPRegressor(random_state=0, **settings)


LBFGS = {"optimizer": "lbfgs"}
COSINE = {"decay": "decoupled", "learning_rate": "cosine", "learning_rate_init": 0.01}
SHORT = {"cv": 3, "max_iter": 20, "random_state": 0}
L2_GRID, DECOUPLED_GRID = np.geomspace(1e-5, 1e3, 9), np.geomspace(1e-3, 99, 6)

FITS = {
    # few samples, few steps
    "twenty samples": lambda: regressor().fit(*LINNERUD),
    "twenty samples, lbfgs": lambda: regressor(**LBFGS).fit(*LINNERUD),
    "targets as they are, lbfgs": lambda: regressor(**LBFGS).fit(
        LOADED["diabetes"][0], datasets.load_diabetes().target
    ),
    "one epoch": lambda: regressor(max_iter=1).fit(MANY, MANY[:, 0]),
    "one epoch, sgd": lambda: classifier(max_iter=1, optimizer="sgd").fit(MANY, MANY[:, 0] > 0),
    "one epoch, stop by score": lambda: classifier(max_iter=1, early_stopping=True).fit(MANY, MANY[:, 0] > 0),
    "one epoch, stop by loss": lambda: regressor(max_iter=1, early_stopping="loss").fit(MANY, MANY[:, 0]),
    "five epochs": lambda: classifier(max_iter=5).fit(*LOADED["digits"]),
    "five iterations": lambda: classifier(max_iter=5, **LBFGS).fit(*LOADED["digits"]),
    "a part": lambda: classifier(learning_rate="cosine", max_iter=1).partial_fit(
        *LOADED["digits"], classes=np.arange(10)
    ),
    # little to learn
    "weak signal": lambda: regressor().fit(X, WEAK),
    "weak signal, decoupled": lambda: regressor(max_iter=10, **COSINE).fit(X, WEAK),
    "weak signal, lbfgs": lambda: regressor(alpha=0.01, **LBFGS).fit(X, WEAK),
    "AUC 0.55": lambda: classifier(max_iter=30).fit(X, AUC_055),
    "AUC 0.55, sgd": lambda: classifier(optimizer="sgd", max_iter=30).fit(X, AUC_055),
    "AUC 0.55, linear": lambda: classifier(hidden_layer_sizes=(), **LBFGS).fit(X, AUC_055),
    "AUC 0.55, stop by score": lambda: classifier(early_stopping=True, validation_fraction=0.3).fit(X, AUC_055),
    "AUC 0.55, stop by loss": lambda: classifier(early_stopping="loss", validation_fraction=0.3).fit(X, AUC_055),
    "a rare class": lambda: classifier(max_iter=50).fit(X, RARE),
    "a rare class, stop by loss": lambda: classifier(early_stopping="loss").fit(X, RARE),
    "a rare class, balanced": lambda: classifier(class_weight="balanced", max_iter=50).fit(X, RARE),
    "a rare class, balanced, stop by score": lambda: classifier(class_weight="balanced", early_stopping=True).fit(
        X, RARE
    ),
    # losses and weights
    "counts": lambda: regressor(loss="poisson", max_iter=50).fit(X, COUNTS),
    "counts, stop by score": lambda: regressor(loss="poisson", early_stopping=True).fit(X, COUNTS),
    "rare counts": lambda: regressor(loss="poisson", max_iter=50).fit(X, RARE_COUNTS),
    "rare counts, lbfgs": lambda: regressor(loss="poisson", alpha=0.001, **LBFGS).fit(X, RARE_COUNTS),
    "medians": lambda: regressor(loss="absolute_error", max_iter=50).fit(X[:1000], SIGNAL[:1000]),
    "outliers": lambda: regressor(loss="huber", huber_delta=0.1, max_iter=50).fit(X[:1000], SIGNAL[:1000]),
    "quantiles, stop by score": lambda: regressor(loss="quantile", quantile=[0.05, 0.5, 0.95], early_stopping=True).fit(
        X[:1000], SIGNAL[:1000]
    ),
    "amounts, lbfgs": lambda: regressor(loss="gamma", **LBFGS).fit(X[:1000], np.exp(SIGNAL[:1000])),
    "smoothed labels": lambda: classifier(label_smoothing=0.2).fit(*LOADED["wine"]),
    "weights": lambda: regressor(max_iter=50).fit(X, SIGNAL, sample_weight=WEIGHTS),
    "tiny weights, stop by loss": lambda: regressor(early_stopping="loss").fit(X, SIGNAL, sample_weight=1e-9 * WEIGHTS),
    "balanced classes": lambda: classifier(class_weight="balanced").fit(*LOADED["wine"]),
    # paths: that their strongest λ leave nothing is what they show
    "path": lambda: classifier().path(*LOADED["wine"], L2_GRID),
    "path of rates": lambda: regressor(loss="poisson", max_iter=30).path(X[:1000], COUNTS[:1000], L2_GRID),
    "path, lbfgs": lambda: regressor(**LBFGS).path(*LOADED["diabetes"], L2_GRID),
    "path, decoupled": lambda: regressor(**COSINE, max_iter=100).path(*LOADED["diabetes"], DECOUPLED_GRID),
    "path, early stopping": lambda: classifier(early_stopping=True).path(*LOADED["iris"], L2_GRID),
    # searches over their own grids
    "search": lambda: MLPClassifierCV(5, **SHORT).fit(*LOADED["breast_cancer"]),
    "search, decoupled": lambda: MLPRegressorCV(5, **COSINE, **SHORT).fit(*LOADED["diabetes"]),
    "search, lbfgs": lambda: MLPRegressorCV(5, cv=3, **LBFGS).fit(*LOADED["diabetes"]),
    "search by halving": lambda: MLPClassifierCV(8, strategy="halving", **SHORT).fit(*LOADED["digits"]),
    "search by screening": lambda: MLPRegressorCV(8, strategy="screening", **COSINE, **SHORT).fit(*LOADED["diabetes"]),
    "quick search": lambda: MLPClassifierCV.quick(random_state=0).fit(*LOADED["iris"]),
    "quick search, values": lambda: MLPRegressorCV.quick(random_state=0).fit(*LOADED["diabetes"]),
    "ensemble": lambda: MLPClassifierCV(5, ensemble=True, **SHORT).fit(*LOADED["wine"]),
    "search for a weak signal": lambda: MLPRegressorCV(4, **COSINE, **SHORT).fit(X, WEAK),
    "search for a rare class": lambda: MLPClassifierCV(4, scoring="neg_log_loss", **SHORT).fit(X, RARE),
    # tables as they are
    "table": lambda: TabularMLPRegressor(**SHORT).fit(*datasets.load_diabetes(return_X_y=True, scaled=False)),
    "table of classes": lambda: TabularMLPClassifier(**SHORT).fit(*datasets.load_wine(return_X_y=True)),
}
