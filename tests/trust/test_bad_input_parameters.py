"""Hyper-parameters at and beyond each bound, and of every type: by the table of constraints, new ones too."""

import os
import sys
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Real

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.utils._param_validation import Interval

from skl2._inputs.settings import PARAMETER_CONSTRAINTS

ODD = [  # what no parameter is
    b"x", 1j, {"a": 1}, {4}, Fraction(1, 3), Fraction(3, 1), Decimal("0.5"), len, object, slice(3), np.nan, -np.inf,
    "no such name", np.datetime64("2020"), np.timedelta64(3, "D"), pd.NA, np.array([[3, 3]]), np.array(["a"]), [None],
    [[3], [3, 3]], sparse.csr_array([[3]]), -(10**400), np.ma.masked, ...,
]  # fmt: skip
MAY_BE = [  # what some are, in the types that numbers and switches come in
    None, True, False, np.True_, 0, 1, 3, 0.5, 1.0, np.float16(0.5), np.float32(0.5), np.longdouble(0.5), np.int8(3),
    np.uint64(3), np.array(3), np.array(0.5), [], (), [3], np.array([3, 2]), pd.Series([3, 2]), range(2, 4), "auto",
]  # fmt: skip
SWITCHES = ("shuffle", "warm_start", "nesterovs_momentum", "early_stopping")
FAR = {
    Integral: [2**31, sys.maxsize, 2**63, 10**18, 10**30, 10**400],
    Real: [1e18, 1e150, 1e300, 1.7e308, 10**30, 10**400],
}
TINY = [5e-324, 1e-300, 1e-45]


def bounds(constraint):
    """Values at, next to, and far beyond the bounds of an Interval."""
    step = (lambda bound, to: bound + np.sign(to - bound)) if constraint.type is Integral else np.nextafter
    for bound in (constraint.left, constraint.right):
        if bound is not None:
            kind = int if constraint.type is Integral else float
            yield from (kind(bound), kind(step(bound, -(10**6))), kind(step(bound, 10**6)))
    yield from FAR[constraint.type]
    yield from (-value for value in FAR[constraint.type])
    yield from TINY


def values_of(name):
    """What to try for a parameter."""
    intervals = [each for each in PARAMETER_CONSTRAINTS[name] if isinstance(each, Interval)]
    return [*ODD, *MAY_BE, *(value for each in intervals for value in bounds(each))]


# What is legal and needs another setting to end: nothing else would stop so many epochs.
ENDS = {"max_iter": {"tol": 1e9, "n_iter_no_change": 1, "max_fun": 30}, "early_stopping": {"validation_fraction": 0.4}}
BASES = {
    "classifier": [{}, {"early_stopping": True, "validation_fraction": 0.5}],
    "regressor": [
        {"optimizer": "sgd", "dtype": "float32", "decay": "decoupled", "learning_rate": "cosine"},
        {"optimizer": "lbfgs"},
        {"learning_rate": "invscaling", "loss": "poisson"},
        {"learning_rate": "adaptive", "dtype": "float32"},
    ],
    "classifier search": [{"strategy": "halving"}],
    "regressor search": [{"decay": "decoupled"}],
}


def ways(kind, number):
    """Yield (settings, method) in which to try value `number`: in CI they take turns, with SKL2_EXHAUSTIVE=1 all."""
    methods = [fit] if "search" in kind else [fit, path, partial_fit]
    pairs = [(base, method) for base in BASES[kind] for method in methods]
    if os.environ.get("SKL2_EXHAUSTIVE"):
        yield from pairs
    elif "search" not in kind or number % 4 == 0:
        yield pairs[number % len(pairs)]


@pytest.mark.parametrize("kind", BASES)
@pytest.mark.parametrize("name", PARAMETER_CONSTRAINTS)
def test_bad_parameters(name, kind, fitted, attempt):
    """fit, path, partial_fit and the search give finite numbers or one clear error, and the model is what it was."""
    problems = {}
    for number, value in enumerate(values_of(name)):
        for base, method in ways(kind, number):
            model = fitted.copy(kind)
            if name not in model.get_params() or (name == "verbose" and prints(value)):
                continue
            try:
                check(
                    model.set_params(**base | ENDS.get(name, {}) | {name: value}), name, method, fitted, kind, attempt
                )
            except AssertionError as error:
                problems[f"{method.__name__}, {base}, {value!r}"[:100]] = str(error)[:300]
    assert problems == {}


def check(model, name, method, fitted, kind, attempt):
    """Attempt a method of a model with one strange parameter."""
    X, y = fitted.X, np.abs(fitted.y(kind))
    result, error = attempt(lambda: method(model, X, y), fitted=model)
    named = (name, "diverged", "No alpha", "Cannot cast scalar from dtype('<m8[D]')")  # the last is scikit-learn's own
    assert error is None or any(each in str(error) for each in named), error
    assert error is not None or np.all(np.isfinite(result))


def prints(value):
    """Whether verbose may print, or is a timedelta, which scikit-learn's own check of it cannot compare."""
    is_int = isinstance(value, (bool, np.bool_, int, np.integer))
    return isinstance(value, np.timedelta64) or (is_int and value > 0)


def predictions(model, X):
    """Predictions, or 0 where the weights are so large that they are refused: the model is fitted all the same."""
    try:
        return model.predict(X)
    except ValueError as error:
        if "Predictions overflow" not in str(error):
            raise
        return 0.0


def fit(model, X, y):
    """Predictions after fit."""
    return predictions(model.fit(X, y), X)


def path(model, X, y):
    """Norms of the networks of a path that did not diverge."""
    trained = model.path(X, y, [0, 0.1])
    return trained.weight_norms[trained.status != "diverged"]


def partial_fit(model, X, y):
    """Predictions after partial_fit; what has none says so as scikit-learn's methods do."""
    if not hasattr(model, "partial_fit") or model.early_stopping is True:
        return 0.0
    return predictions(model.partial_fit(X, y), X)


HUGE = [
    (10**9, 10**9),
    (10**5, 10**5),
    (10**10,),
    (2**31, 2**31),
    (2**32, 2**32),
    (2**62,),
    (2**63,),
    (10**30,),
    10**18,
    10**30,
]
NO_LAYERS = [
    "33", b"33", {3: 1}, {}, {3}, set(), np.array(3), np.array([3.0]), np.array([[3]]), pd.DataFrame([[3]]), (3.0,),
    ("a",), (None,), (True,), ((3,),), [[3]], (0,), (-1,), (np.nan,), (Fraction(3, 1),), (np.timedelta64(3, "s"),),
    sparse.csr_array([[3]]),
    (unit for unit in [3]),
]  # fmt: skip


@pytest.mark.parametrize("kind", ["classifier", "regressor", "classifier search"])
@pytest.mark.parametrize("sizes", HUGE, ids=str)
def test_a_network_beyond_memory_is_refused_at_once(sizes, kind, fitted, attempt):
    """What no machine that runs this test can hold is an error that shows hidden_layer_sizes, before any allocation."""
    model = fitted.copy(kind).set_params(hidden_layer_sizes=sizes)
    for method in ("fit",) if "search" in kind else ("fit", "path"):
        _, error = attempt(lambda method=method: getattr(model, method)(fitted.X, fitted.y(kind)), fitted=model)
        assert isinstance(error, (MemoryError, ValueError))
        assert "hidden_layer_sizes=" in str(error)
        assert str(sizes) in str(error)


@pytest.mark.parametrize("kind", ["classifier", "regressor", "classifier search"])
@pytest.mark.parametrize("sizes", NO_LAYERS, ids=lambda sizes: repr(sizes)[:20])
def test_what_is_no_list_of_layers_is_refused(sizes, kind, fitted, attempt):
    """Mappings, sets, tables and numbers that are no positive integers are no hidden layers."""
    model = fitted.copy(kind).set_params(hidden_layer_sizes=sizes)
    _, error = attempt(lambda: model.fit(fitted.X, fitted.y(kind)), fitted=model)
    assert isinstance(error, ValueError)
    assert "hidden_layer_sizes" in str(error)


def test_many_epochs_and_large_batches_end_as_soon_as_they_should(fitted, attempt):
    """max_iter=10**18 with a loss that stalls, and batch_size=10**18, are no more work than 3 epochs of 12 samples."""
    for schedule in ("constant", "invscaling", "adaptive", "cosine"):
        settings = {"learning_rate": schedule, "max_iter": 10**18, "batch_size": 10**18, "n_iter_no_change": 1}
        model = fitted.copy("regressor").set_params(**settings, tol=1e9, learning_rate_init=1e-5, decay="decoupled")
        for call in (lambda m: m.fit(fitted.X, fitted.y("regressor")), lambda m: m.path(fitted.X, m.predict(fitted.X))):
            _, error = attempt(lambda call=call, model=model: call(model), fitted=model)
            assert error is None
