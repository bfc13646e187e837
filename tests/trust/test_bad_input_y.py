"""Bad y, y_val and classes, at every public entry point that takes them."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from packaging.version import Version

LABELS = np.arange(12) % 3
REALS = np.random.default_rng(0).standard_normal(12)
TWO = np.c_[LABELS > 0, LABELS > 1].astype(int)
GAP = np.where(LABELS > 1, np.nan, LABELS)

# What → (how it is made, whether a classifier and a regressor train with it; None: one of both may happen).
REFUSES_BYTES = Version(sklearn.__version__) >= Version("1.7")  # as labels; before, scikit-learn warns of it
VALUES = {
    # types
    "None": (lambda: None, False, False),
    "str": (lambda: "abcabcabcabc", False, False),
    "number": (lambda: 1.0, False, False),
    "dict": (lambda: dict(enumerate(LABELS)), False, False),
    "set": (lambda: set(range(12)), False, False),
    "generator": (lambda: (label for label in LABELS), False, False),
    "function": (lambda: len, False, False),
    "ellipsis": (lambda: ..., False, False),
    "range": (lambda: range(12), None, True),
    "objects: mixed": (lambda: np.array([1, "a"] * 6, object), False, False),
    "objects: None": (lambda: np.array([None, 1, 0] * 4, object), False, False),
    "objects: all None": (lambda: [None] * 12, False, False),
    "objects: dicts": (lambda: [{}] * 12, False, False),
    "objects: ints": (lambda: LABELS.astype(object), False, True),
    "objects: strings and NaN": (lambda: np.array(["a", np.nan, "b"] * 4, object), False, False),
    "np.matrix": (lambda: np.matrix(LABELS).T, False, False),
    "masked": (lambda: np.ma.masked_array(LABELS, LABELS > 1), False, False),
    # dtypes
    "complex": (lambda: LABELS + 1j, False, False),
    "void": (lambda: np.zeros(12, "V8"), False, False),
    "records": (lambda: np.zeros(12, [("a", float), ("b", float)]), False, False),
    "strings": (lambda: np.array(list("abcabcabcabc")), True, False),
    "strings of numbers": (lambda: LABELS.astype(str), True, False),
    "strings of inf and nan": (lambda: ["inf", "nan", "1"] * 4, True, False),
    "byte strings": (lambda: np.array([b"a", b"b", b"c"] * 4), False if REFUSES_BYTES else None, False),
    "dates": (lambda: LABELS.astype("datetime64[D]"), None, False),
    "durations": (lambda: LABELS.astype("timedelta64[D]"), None, False),
    "bool": (lambda: LABELS > 0, True, True),
    "uint8": (lambda: LABELS.astype(np.uint8), True, True),
    "float16": (lambda: LABELS.astype(np.float16), True, True),
    "longdouble": (lambda: LABELS.astype(np.longdouble), True, True),
    "the largest uint64": (lambda: np.where(LABELS > 0, np.uint64(2**64 - 1), np.uint64(0)), True, None),
    "the smallest int64": (lambda: np.where(LABELS > 0, -(2**63), 5), True, None),
    "ints of 10**30": (lambda: [10**30 + int(label) for label in LABELS], False, None),
    "ints of 10**400": (lambda: [10**400 + int(label) for label in LABELS], False, False),
    "floats of ints": (lambda: LABELS.astype(float), True, True),
    "floats": (lambda: REALS, False, True),
    # series
    "series": (lambda: pd.Series(LABELS, index=range(100, 112)), True, True),
    "series of categories": (lambda: pd.Series(list("abcabcabcabc"), dtype="category"), True, False),
    "series of categories with NA": (lambda: pd.Series(["a", None, "b"] * 4, dtype="category"), False, False),
    "series of Int64": (lambda: pd.Series(LABELS, dtype="Int64"), True, True),
    "series of Int64 with NA": (lambda: pd.Series([1, pd.NA, 0] * 4, dtype="Int64"), False, False),
    "series of bool with NA": (lambda: pd.Series([True, pd.NA, False] * 4, dtype="boolean"), False, False),
    "series of strings with NA": (lambda: pd.Series(["a", pd.NA, "b"] * 4, dtype="string"), False, False),
    "frame of one": (lambda: pd.DataFrame({"y": LABELS}), True, True),
    "frame of two": (lambda: pd.DataFrame({"y": LABELS, "z": LABELS}), False, True),
    # shapes
    "0-d": (lambda: np.array(1), False, False),
    "column": (lambda: LABELS[:, np.newaxis], True, True),
    "row": (lambda: LABELS[np.newaxis], False, False),
    "two columns of labels": (lambda: np.c_[LABELS, LABELS], False, True),
    "indicator": (lambda: TWO, True, True),
    "indicator of floats": (lambda: TWO.astype(float), True, True),
    "indicator of -1 and 1": (lambda: 2 * TWO - 1, False, True),
    "indicator of halves": (lambda: 0.5 * TWO, False, True),
    "indicator of NaN": (lambda: np.where(TWO, np.nan, 1.0), False, False),
    "indicator of nothing": (lambda: 0 * TWO, True, True),
    "3-d": (lambda: np.zeros((12, 2, 2), int), False, False),
    "no columns": (lambda: np.zeros((12, 0)), False, False),
    "empty": (list, False, False),
    "a sample less": (lambda: LABELS[:11], False, False),
    "a sample more": (lambda: np.r_[LABELS, 1], False, False),
    "one": (lambda: LABELS[:1], False, False),
    "ragged": (lambda: [[1], [1, 2]] * 6, False, False),
    "list of empty lists": (lambda: [[]] * 12, False, False),
    # values
    "NaN": (lambda: GAP, False, False),
    "NaN in a list": (GAP.tolist, False, False),
    "NaN in float32": (lambda: GAP.astype(np.float32), False, False),
    "inf": (lambda: np.where(LABELS > 1, np.inf, LABELS), False, False),
    "-inf": (lambda: np.where(LABELS > 1, -np.inf, LABELS), False, False),
    "one class": (lambda: np.zeros(12, int), None, True),  # two folds train; the search has something to say
    "one class of strings": (lambda: ["a"] * 12, None, False),
    "a class of one sample": (lambda: np.r_[0, np.ones(11, int)], None, True),
    "as many classes as samples": (lambda: np.arange(12), None, True),
    "constant": (lambda: np.full(12, 3.5), False, True),
    "1.7e308": (lambda: np.where(REALS > 0, 1.7e308, -1.7e308), False, None),
    "1e300": (lambda: REALS * 1e300, False, None),
    "one 1e300": (lambda: np.where(np.arange(12) == 5, 1e300, REALS), False, None),
    "1e150": (lambda: REALS * 1e150, False, None),
    "1e39, beyond float32": (lambda: REALS * 1e39, False, None),
    "the largest float32": (lambda: np.where(REALS > 0, 3.4e38, -3.4e38).astype(np.float32), None, None),
    "classes of 0 and 1e300": (lambda: 1e300 * (LABELS > 0), None, None),
    "1e-300": (lambda: REALS * 1e-300, False, True),
    "denormal": (lambda: np.full(12, 5e-324), False, True),
}
FIT_SETTINGS = {
    "fit": {},
    "sgd in float32": {"optimizer": "sgd", "dtype": "float32", "decay": "decoupled"},
    "lbfgs in float32": {"optimizer": "lbfgs", "dtype": "float32"},
    "early stopping by loss": {"early_stopping": "loss", "validation_fraction": 0.5},
}
OF_KIND = {
    "classifier": {"balanced": {"class_weight": "balanced"}},
    "regressor": {"poisson": {"loss": "poisson"}},
}


def check(attempt, call, y, fate, model):
    """Attempt a call; return an error message if it did not end as the table says."""
    result, error = attempt(call, y, fitted=model)
    assert fate is None or (error is None) == fate, error
    if error is None and getattr(result, "dtype", None) is not None and result.dtype.kind == "f":
        assert np.all(np.isfinite(result))


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("kind", ["classifier", "regressor"])
@pytest.mark.parametrize("what", VALUES)
def test_bad_targets(what, kind, fitted, attempt):
    """Whatever y is, fit, path and the search give finite predictions or one clear error, and leave the model whole."""
    make, *fates = VALUES[what]
    fate, X = fates[kind == "regressor"], fitted.X
    for name, settings in (FIT_SETTINGS | OF_KIND[kind]).items():
        model = fitted.copy(kind).set_params(**settings)
        may_fail = name == "poisson" or (name.startswith("early") and what in ("series of categories", "one class"))
        check(
            attempt,
            lambda y, model=model: model.fit(X, y).predict(X),
            make(),
            None if may_fail and fate else fate,
            model,
        )
    model = fitted.copy(kind)
    check(attempt, lambda y: model.path(X, y, [0, 0.1]).n_iter, make(), None if fate is None else fate, model)
    model = fitted.copy(f"{kind} search")
    check(attempt, lambda y: model.fit(X, y).predict(X), make(), fate, model)


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("kind", ["classifier", "regressor"])
@pytest.mark.parametrize("what", VALUES)
def test_bad_targets_of_a_model_that_is_fitted(what, kind, fitted, attempt):
    """partial_fit, a warm start, y_val and score take y that fits to what they know, or say that it does not."""
    make, *fates = VALUES[what]
    X, known = fitted.X, fitted.y(kind)
    fate = False if fates[kind == "regressor"] is False else None
    warm = fitted.copy(kind).set_params(warm_start=True)
    early = fitted.copy(kind).set_params(early_stopping=True)
    by_loss = fitted.copy(kind).set_params(early_stopping="loss")
    plain, path, search = fitted.copy(kind), fitted.copy(f"{kind} path"), fitted.copy(f"{kind} search")
    check(attempt, lambda y: warm.fit(X, y).predict(X), make(), fate, warm)
    check(attempt, lambda y: plain.partial_fit(X, y).predict(X), make(), fate, plain)
    for model in (early, by_loss):
        check(attempt, lambda y, model=model: model.fit(X, known, X_val=X, y_val=y).predict(X), make(), fate, model)
    for model in (plain, path, search):
        attempt(lambda y, model=model: model.score(X, y), make(), fitted=model, is_ours=False)


CLASSES = {  # of a first partial_fit with the labels 0, 1, 2 → whether it trains
    "None": (None, False),
    "a number": (3, False),
    "a string": ("abc", False),
    "empty": ([], False),
    "those of y": ([0, 1, 2], True),
    "unsorted, and one twice": ([2, 1, 1, 0], True),
    "more than those of y": ([0, 1, 2, 3], True),
    "some of y": ([0, 1], False),
    "one": ([0], False),
    "strings": (["0", "1", "2"], False),
    "floats": ([0.0, 1.0, 2.0], True),
    "halves": ([0.5, 1.5], False),
    "NaN": ([0, 1, 2, np.nan], False),
    "inf": ([0, 1, 2, np.inf], False),
    "None among them": ([0, 1, 2, None], False),
    "of two types": ([0, 1, "a"], False),
    "2-d": ([[0, 1, 2]], False),
    "indicator": ([[0, 1], [1, 0]], False),
    "complex": ([0, 1, 2j], False),
    "a dict": ({0: 1, 1: 1}, False),
    "ints of 10**30": ([0, 1, 2, 10**30], False),
    "a function": (len, False),
}


@pytest.mark.parametrize("what", CLASSES)
def test_bad_classes(what, fitted, attempt):
    """classes that are none, or not those of y, are refused; a model that is fitted takes those it knows only."""
    classes, trains = CLASSES[what]
    X, y = fitted.X, fitted.y("classifier")
    model = type(fitted.copy("classifier"))(hidden_layer_sizes=(3,))
    _, error = attempt(lambda classes: model.partial_fit(X, y, classes=classes).predict(X), classes, fitted=model)
    assert (error is None) == trains, error
    known = fitted.copy("classifier")
    _, error = attempt(lambda classes: known.partial_fit(X, y, classes=classes).predict(X), classes, fitted=known)
    assert (error is None) == (classes is None or (trains and what != "more than those of y")), error
