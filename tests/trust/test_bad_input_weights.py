"""Bad weights: sample_weight, sample_weight_val and class_weight, of every method that takes them."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

ONES = np.ones(12)
FIRST = np.eye(12)[0]

WEIGHTS = {  # what → (how it is made, whether training takes it; None: one of both may happen)
    "None": (lambda: None, True),
    "one for all": (lambda: 2.0, True),
    "an int for all": (lambda: 3, True),
    "numpy's number": (lambda: np.float32(2), True),
    "inf for all": (lambda: np.inf, False),
    "NaN for all": (lambda: np.nan, False),
    "-1 for all": (lambda: -1, False),
    "0 for all": (lambda: 0, False),
    "10**400 for all": (lambda: 10**400, False),
    "1e300 for all": (lambda: 1e300, None),
    "1e-300 for all": (lambda: 1e-300, None),
    "str": (lambda: "balanced", False),
    "dict": (lambda: {0: 1.0}, False),
    "generator": (lambda: (1.0 for _ in range(12)), False),
    "function": (lambda: len, False),
    "complex": (lambda: ONES + 1j, False),
    "objects": (lambda: np.array([None] * 12, object), False),
    "objects: numbers": (lambda: ONES.astype(object), True),
    "strings": (lambda: ["a"] * 12, False),
    "bool": (lambda: FIRST < 1, True),
    "uint8": (lambda: ONES.astype(np.uint8), True),
    "float16": (lambda: ONES.astype(np.float16), True),
    "masked": (lambda: np.ma.masked_array(ONES, FIRST), False),
    "series": (lambda: pd.Series(ONES, index=range(50, 62)), True),
    "series with NA": (lambda: pd.Series([1, pd.NA, 2] * 4, dtype="Int64"), False),
    "sparse": (lambda: sparse.csr_array(ONES[:, np.newaxis]), False),
    "too few": (lambda: ONES[:11], False),
    "too many": (lambda: np.ones(13), False),
    "one of one": (lambda: ONES[:1], False),
    "empty": (list, False),
    "column": (lambda: ONES[:, np.newaxis], False),
    "3-d": (lambda: ONES.reshape(12, 1, 1), False),
    "ragged": (lambda: [[1], [1, 2]] * 6, False),
    "NaN": (lambda: np.where(FIRST, np.nan, ONES), False),
    "inf": (lambda: np.where(FIRST, np.inf, ONES), False),
    "-1": (lambda: ONES - 2 * FIRST, False),
    "-1e-300": (lambda: ONES - (1 + 1e-300) * FIRST * 1e-300 - FIRST, None),
    "-0.0": (lambda: ONES - FIRST * 1.0 + FIRST * -0.0, True),
    "zeros": (lambda: 0 * ONES, False),
    "all but one 0": (lambda: FIRST, None),  # of which a fold, or a validation set, may have none
    "1.7e308": (lambda: 1.7e308 * ONES, None),
    "denormal": (lambda: 5e-324 * ONES, None),
    "1e300 and 1e-300": (lambda: np.where(FIRST, 1e300, 1e-300), None),
}
SETTINGS = {
    "adam": {},
    "sgd in float32": {"optimizer": "sgd", "dtype": "float32", "decay": "decoupled"},
    "lbfgs": {"optimizer": "lbfgs"},
    "early stopping": {"early_stopping": True, "validation_fraction": 0.5},
}
BALANCED = {"balanced": {"class_weight": "balanced"}, "huge classes": {"class_weight": {0: 1e300, 1: 1e-300, 2: 1}}}


@pytest.mark.parametrize("kind", ["classifier", "regressor"])
@pytest.mark.parametrize("what", WEIGHTS)
def test_bad_sample_weights(what, kind, fitted, attempt):
    """Every training gives finite predictions, or one clear error and a model that is what it was."""
    make, trains = WEIGHTS[what]
    X, y, search = fitted.X, fitted.y(kind), fitted.copy(f"{kind} search")
    calls = {name: {**settings} for name, settings in (SETTINGS | (BALANCED if kind == "classifier" else {})).items()}
    problems = {}
    for name, settings in calls.items():
        model = fitted.copy(kind).set_params(**settings)
        result, error = attempt(lambda weight, model=model: model.fit(X, y, weight).predict(X), make(), fitted=model)
        problems |= judge(name, result, error, trains)
    model = fitted.copy(kind)
    act = attempt(lambda w: model.path(X, y, [0, 0.1], w).predict(X), make(), fitted=model)
    problems |= judge("path", *act, trains)
    problems |= judge("search", *attempt(lambda w: search.fit(X, y, w).predict(X), make(), fitted=search), trains)
    act = attempt(lambda w: model.partial_fit(X, y, w).predict(X), make(), fitted=model)
    problems |= judge("partial_fit", *act, trains)
    early = fitted.copy(kind).set_params(early_stopping=True)
    own = {"X_val": X, "y_val": y}
    act = attempt(lambda w: early.fit(X, y, **own, sample_weight_val=w).predict(X), make(), fitted=early)
    problems |= judge("sample_weight_val", *act, trains)
    assert problems == {}


def judge(name, result, error, trains):
    """Return {name: what is wrong} if a call did not end as the table says."""
    if trains is not None and (error is None) != trains:
        return {name: repr(error)}
    return {} if error is not None or np.all(np.isfinite(result)) else {name: result}


@pytest.mark.parametrize("kind", ["classifier", "regressor"])
@pytest.mark.parametrize("what", WEIGHTS)
def test_bad_weights_of_scores(what, kind, fitted, attempt):
    """score of networks, paths and searches gives a number, or one clear error."""
    make, _ = WEIGHTS[what]
    for name in (kind, f"{kind} path", f"{kind} search"):
        model, X, y = fitted.copy(name), fitted.X, fitted.y(kind)
        score, error = attempt(lambda w, m=model, X=X, y=y: m.score(X, y, w), make(), fitted=model, is_ours=False)
        assert error is not None or np.asarray(score).dtype == np.float64


CLASS_WEIGHTS = {  # of the classes 0, 1, 2 → whether it trains
    "None": (None, True),
    "balanced": ("balanced", True),
    "other string": ("even", False),
    "number": (2.0, False),
    "list": ([1, 2, 3], False),
    "list of dicts": ([{0: 1}] * 3, False),
    "array": (ONES[:3], False),
    "dict": ({0: 1, 1: 2, 2: 3}, True),
    "dict of some": ({0: 5}, True),
    "empty dict": ({}, True),
    "dict of others": ({7: 5}, False),
    "dict of strings as labels": ({"0": 1, "1": 1, "2": 1}, False),
    "0 for one": ({0: 0, 1: 1, 2: 1}, True),
    "0 for all": ({0: 0, 1: 0, 2: 0}, False),
    "-1": ({0: -1}, False),
    "NaN": ({0: np.nan}, False),
    "inf": ({0: np.inf}, False),
    "None in it": ({0: None}, False),
    "str in it": ({0: "a"}, False),
    "list in it": ({0: [1, 2]}, False),
    "complex in it": ({0: 1j}, False),
    "10**400 in it": ({0: 10**400}, False),
    "1.7e308 in it": ({0: 1.7e308, 1: 1.7e308}, True),
    "1e300 and 1e-300": ({0: 1e300, 1: 1e-300}, True),
    "denormal": ({0: 5e-324, 1: 5e-324, 2: 5e-324}, True),
    "bool": ({0: True, 1: False}, True),
}


@pytest.mark.parametrize("what", CLASS_WEIGHTS)
def test_bad_class_weights(what, fitted, attempt):
    """class_weight is 'balanced' or finite numbers for labels, and the message says so, with what was given."""
    weight, trains = CLASS_WEIGHTS[what]
    X, y = fitted.X, fitted.y("classifier")
    for kind, method in (("classifier", "fit"), ("classifier", "path"), ("classifier search", "fit")):
        for sample_weight in (None, 1e300 * ONES):
            model = fitted.copy(kind).set_params(class_weight=weight)
            arguments = {"sample_weight": sample_weight}
            _, error = attempt(lambda model=model, m=method, a=arguments: getattr(model, m)(X, y, **a), fitted=model)
            assert (error is None) == trains, error
            assert error is None or "class_weight" in str(error)
