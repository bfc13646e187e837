"""Bad X, at every public entry point that takes one."""

import datetime

import numpy as np
import pandas as pd
import pytest
import sklearn
from packaging.version import Version
from scipy import sparse

R = np.random.default_rng(0).standard_normal((12, 3))
SPIKE = np.where(np.arange(36).reshape(12, 3) == 5, 1.0, 0.0)
NAN, INF = np.where(SPIKE, np.nan, R), np.where(SPIKE, np.inf, R)

KNOWS_FRAMES = Version(sklearn.__version__) >= Version("1.9")  # reads their names with narwhals, which wants each once
REFUSED, WORKS, EITHER = "refused", "works", "either"
VALUES = {  # what → (how it is made, its fate): a generator or a memory view is made anew for each attempt
    # types
    "None": (lambda: None, REFUSED),
    "str": (lambda: "abc", REFUSED),
    "bytes": (lambda: b"abc", REFUSED),
    "number": (lambda: 3.5, REFUSED),
    "dict": (lambda: {"a": [1] * 12}, REFUSED),
    "set": (lambda: {1, 2, 3}, REFUSED),
    "generator": (lambda: (row for row in R), REFUSED),
    "iterator": (lambda: iter(R.tolist()), REFUSED),
    "range": (lambda: range(12), REFUSED),
    "function": (lambda: len, REFUSED),
    "type": (lambda: float, REFUSED),
    "object": (object, REFUSED),
    "ellipsis": (lambda: ..., REFUSED),
    "list of dicts": (lambda: [{"a": 1}] * 12, REFUSED),
    "memory view": (lambda: memoryview(R), EITHER),
    "list": (R.tolist, WORKS),
    "np.matrix": (lambda: np.matrix(R), REFUSED),
    "masked": (lambda: np.ma.masked_array(R, SPIKE), REFUSED),
    "mask of nothing": (lambda: np.ma.masked_array(R), WORKS),
    # dtypes
    "objects: strings": (lambda: np.full((12, 3), "a", object), REFUSED),
    "objects: None": (lambda: np.where(SPIKE, None, R), REFUSED),
    "objects: pd.NA": (lambda: np.where(SPIKE, pd.NA, R), REFUSED),
    "objects: dicts": (lambda: np.array([{}] * 36, object).reshape(12, 3), REFUSED),
    "objects: numbers": (lambda: R.astype(object), WORKS),
    "objects: huge ints": (lambda: np.full((12, 3), 10**400, object), REFUSED),
    "complex": (lambda: R + 1j, REFUSED),
    "complex without imaginary part": (lambda: R + 0j, REFUSED),
    "dates": (lambda: [[datetime.date(2020, 1, 1)] * 3] * 12, REFUSED),
    "strings": (lambda: np.full((12, 3), "a"), REFUSED),
    "byte strings": (lambda: np.full((12, 3), b"a"), REFUSED),
    "void": (lambda: np.zeros((12, 3), "V8"), REFUSED),
    "records": (lambda: np.zeros(12, [("a", float), ("b", float)]), REFUSED),
    "bool": (lambda: R > 0, WORKS),
    "int": (lambda: (R * 10).astype(int), WORKS),
    "uint8": (lambda: np.abs(R * 10).astype(np.uint8), WORKS),
    "float16": (lambda: R.astype(np.float16), WORKS),
    "longdouble": (lambda: R.astype(np.longdouble), WORKS),
    "foreign byte order": (lambda: R.astype(">f4"), WORKS),
    # layouts
    "Fortran order": (lambda: np.asfortranarray(R), WORKS),
    "reversed": (lambda: R[::-1, ::-1], WORKS),
    "broadcast": (lambda: np.broadcast_to(R[:1], (12, 3)), WORKS),
    "read-only": (lambda: np.lib.stride_tricks.as_strided(R, writeable=False), WORKS),
    # frames
    "frame": (lambda: pd.DataFrame(R), WORKS),
    "frame of Float64": (lambda: pd.DataFrame(R).astype("Float64"), WORKS),
    "frame of Float64 with NA": (lambda: pd.DataFrame(R).astype("Float64").mask(SPIKE == 1), REFUSED),
    "frame of Int64 with NA": (lambda: pd.DataFrame(R).round().astype("Int64").mask(SPIKE == 1), REFUSED),
    "frame of strings": (lambda: pd.DataFrame(np.full((12, 3), "a")), REFUSED),
    "frame of categories": (lambda: pd.DataFrame(np.full((12, 3), "a")).astype("category"), REFUSED),
    "frame with time zones": (
        lambda: pd.DataFrame({name: pd.date_range("2020", periods=12, tz="UTC") for name in "abc"}),
        REFUSED,
    ),
    "frame with names of mixed types": (lambda: pd.DataFrame(R, columns=["a", 0, 1]), REFUSED),
    "frame with a name twice": (lambda: pd.DataFrame(R, columns=list("aab")), REFUSED if KNOWS_FRAMES else WORKS),
    "empty frame": (pd.DataFrame, REFUSED),
    "series": (lambda: pd.Series(R[:, 0]), REFUSED),
    # shapes
    "0-d": (lambda: np.array(1.0), REFUSED),
    "1-d": (lambda: R[:, 0], REFUSED),
    "3-d": (lambda: R[:, :, np.newaxis], REFUSED),
    "transposed": (lambda: R.T, REFUSED),
    "ragged": (lambda: [[1.0, 2, 3]] * 11 + [[1.0, 2]], REFUSED),
    "ragged inside": (lambda: [[[1], 2, 3]] * 12, REFUSED),
    "no rows": (lambda: R[:0], REFUSED),
    "no columns": (lambda: R[:, :0], REFUSED),
    "nothing": (lambda: R[:0, :0], REFUSED),
    "empty list": (list, REFUSED),
    "list of empty lists": (lambda: [[]] * 12, REFUSED),
    "a row": (lambda: R[:1], EITHER),  # as many as y for predict only
    "a row less": (lambda: R[:11], EITHER),
    "a row more": (lambda: np.vstack([R, R[:1]]), EITHER),
    "a feature less": (lambda: R[:, :2], EITHER),  # fit may begin anew with them
    "a feature more": (lambda: np.hstack([R, R[:, :1]]), EITHER),
    # values
    "NaN": (lambda: NAN, REFUSED),
    "NaN in a list": (NAN.tolist, REFUSED),
    "NaN in float32": (lambda: NAN.astype(np.float32), REFUSED),
    "all NaN": (lambda: R * np.nan, REFUSED),
    "inf": (lambda: INF, REFUSED),
    "-inf": (lambda: -INF, REFUSED),
    "inf in float32": (lambda: INF.astype(np.float32), REFUSED),
    "1.7e308": (lambda: np.where(R > 0, 1.7e308, -1.7e308), EITHER),
    "1e300": (lambda: R * 1e300, EITHER),
    "one 1e300": (lambda: R + 1e300 * SPIKE, EITHER),
    "1e150": (lambda: R * 1e150, EITHER),
    "1e39, beyond float32": (lambda: R * 1e39, EITHER),
    "the largest float32": (lambda: np.where(R > 0, 3.4e38, -3.4e38).astype(np.float32), EITHER),
    "1e-300": (lambda: R * 1e-300, WORKS),
    "denormal": (lambda: np.full((12, 3), 5e-324), WORKS),
    "denormal in float32": (lambda: np.full((12, 3), 1e-45, np.float32), WORKS),
    "ints of 10**30": (lambda: [[10**30] * 3] * 12, EITHER),
    "ints of 10**400": (lambda: [[10**400] * 3] * 12, REFUSED),
    "the largest int64": (lambda: np.full((12, 3), 2**63 - 1), EITHER),
    "constant": (lambda: np.full((12, 3), 5.0), WORKS),
    "zero": (lambda: np.zeros((12, 3)), WORKS),
    "sparse, of NaN": (lambda: sparse.csr_array(NAN), REFUSED),
    "sparse, complex": (lambda: sparse.csr_array(R + 1j), REFUSED),
    "list of sparse rows": (lambda: [sparse.csr_array(R[:1])] * 12, REFUSED),
}


def predicts(model, X):
    """Whether a model predicts finite numbers, for X or for some other samples if its features are other ones."""
    features = X if getattr(model, "n_features_in_", 3) == 3 else np.zeros((2, model.n_features_in_))
    return bool(np.all(np.isfinite(model.predict(features))))


ENTRIES = {  # how X enters, for a fitted model of a kind
    "fit": lambda model, X, data, y: predicts(model.fit(X, y), data),
    "predict": lambda model, X, data, y: np.all(np.isfinite(model.predict(X))),
    "score": lambda model, X, data, y: not np.any(np.isnan(model.score(X, y))),
}
OF_NETWORKS = {
    "partial_fit": lambda model, X, data, y: predicts(model.partial_fit(X, y), data),
    "path": lambda model, X, data, y: len(model.path(X, y, [0, 0.1])) == 2,
    "fit with X_val": lambda model, X, data, y: predicts(model.fit(data, y, X_val=X, y_val=y), data),
}
OF_CLASSIFIERS = {
    "predict_proba": lambda model, X, data, y: np.all(np.isfinite(model.predict_proba(X))),
    "predict_log_proba": lambda model, X, data, y: not np.any(np.isnan(model.predict_log_proba(X))),
}
SETTINGS = {  # of fits
    "sgd": {"optimizer": "sgd", "learning_rate": "adaptive"},
    "lbfgs": {"optimizer": "lbfgs"},
    "float32": {"dtype": "float32", "decay": "decoupled"},
    "early stopping": {"early_stopping": True, "validation_fraction": 0.5},
}
CALLS = [
    *((kind, name, {}) for kind in ("classifier", "regressor") for name in {**ENTRIES, **OF_NETWORKS}),
    *((kind, name, {}) for kind in ("classifier search", "regressor search") for name in ENTRIES),
    *((f"{kind} path", name, {}) for kind in ("classifier", "regressor") for name in ("predict", "score")),
    *((kind, name, {}) for kind in ("classifier", "classifier search") for name in OF_CLASSIFIERS),
    ("classifier path", "predict_proba", {}),
    *((kind, "fit", settings) for kind in ("classifier", "regressor") for settings in SETTINGS.values()),
]


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("what", VALUES)
def test_bad_samples(what, fitted, attempt):
    """At every entry X gives finite results or one clear error, and the model then predicts what it did."""
    problems = {}
    for call in CALLS:
        try:
            check(call, what, fitted, attempt)
        except AssertionError as error:
            problems[str(call)] = str(error)[:200]
    assert problems == {}


def check(call, what, fitted, attempt):
    """Attempt one call with one X."""
    (kind, entry, settings), (make, fate) = call, VALUES[what]
    model, X = fitted.copy(kind), make()
    if entry == "fit with X_val":
        settings = {"early_stopping": True}
        fate = EITHER if X is None or fate == WORKS else fate  # one value for all samples has no score
    if settings:
        model.set_params(**settings)
    act = {**ENTRIES, **OF_NETWORKS, **OF_CLASSIFIERS}[entry]
    data, y = fitted.X, fitted.y(kind)
    result, error = attempt(lambda X: act(model, X, data, y), X, fitted=model)
    assert (error is None) == (fate == WORKS) or fate == EITHER, error
    if error is None:
        assert result or (entry == "score" and fate == EITHER)  # R² of huge numbers is -inf, or no number
    else:
        np.testing.assert_array_equal(model.predict(data), fitted.predictions[kind])
