"""Targets of a regression: numbers of any kind train, and what numpy would only make numbers of is refused in words."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from skl2 import MLPClassifier, MLPRegressor, MLPRegressorCV, TabularMLPRegressor
from skl2._inputs.targets import check_real

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

N = 12
NUMBERS = np.arange(N)
X = np.random.default_rng(0).standard_normal((N, 3))
DAYS = np.arange("2020-01-01", "2020-01-13", dtype="datetime64[D]")
WORDS = list("abcabcabcabc")
SMALL = {"hidden_layer_sizes": (2,), "max_iter": 2, "random_state": 0}

DATES = {
    "days": DAYS,
    "nanoseconds": DAYS.astype("datetime64[ns]"),
    "with NaT": np.where(NUMBERS > 3, DAYS, np.datetime64("NaT", "D")),
    "a column": DAYS[:, np.newaxis],
    "a series": pd.Series(DAYS),
    "an index": pd.date_range("2020", periods=N),
    "moments of a zone": pd.Series(pd.date_range("2020", periods=N, tz="UTC")),
    "categories": pd.Series(DAYS).astype("category"),
    "beside numbers": pd.DataFrame({"y": DAYS, "z": NUMBERS}),
    "a list": DAYS.tolist(),
    "a list of numpy's": list(DAYS),
    "a list of pandas'": list(pd.date_range("2020", periods=N)),
    "moments": [datetime(2020, 1, 1, tzinfo=UTC)] * N,
    "one among numbers": np.array([date(2020, 1, 1), *range(N - 1)], object),
}
DURATIONS = {
    "days": DAYS - DAYS[0],
    "a series": pd.Series(DAYS - DAYS[0]),
    "a list": [timedelta(days=1)] * N,
    "a list of pandas'": list(pd.to_timedelta(NUMBERS, unit="D")),
}
TEXT = {
    "words": WORDS,
    "an array": np.array(WORDS),
    "objects": np.array(WORDS, object),
    "one among numbers": np.array(["1", *range(N - 1)], object),
    "numbers": NUMBERS.astype(str),
    "objects of numbers": NUMBERS.astype(str).astype(object),
    "commas": [f"{number},5" for number in NUMBERS],
    "bytes": np.array(WORDS, "S"),
    "bytes of numbers": NUMBERS.astype("S"),
    "pandas' strings": pd.Series(WORDS, dtype="string"),
    "a series of numbers": pd.Series(NUMBERS.astype(str)),
    "categories": pd.Series(WORDS, dtype="category"),
    "categories of numbers": pd.Series(NUMBERS.astype(str), dtype="category"),
    "two columns": pd.DataFrame({"y": NUMBERS.astype(str), "z": NUMBERS}),
    "a word": "abc",
}
OBJECTS = {
    "periods": (pd.period_range("2020", periods=N, freq="D"), "Period"),
    "times": ([time(1)] * N, "time"),
    "dicts": ([{}] * N, "dict"),
    "tuples": (np.array([*[(1, 2)] * (N - 1), None], object), "tuple"),
    "arrays": (np.array([*[np.ones(2)] * (N - 1), None], object), "ndarray"),
    "complex numbers": (np.array([1j] * N, object), "complex"),
    "records": (np.zeros(N, [("a", float), ("b", float)]), "void"),
    "a set": ({1, 2}, "set"),
}
NUMERIC = {
    "ints": NUMBERS,
    "a list": NUMBERS.tolist(),
    "bool": NUMBERS > 3,
    "objects": NUMBERS.astype(object),
    "objects of bool": (NUMBERS > 3).astype(object),
    "Decimal": [Decimal(number) / 2 for number in range(N)],
    "Fraction": [Fraction(number, 3) for number in range(N)],
    "numpy's scalars": np.array([np.float32(0.5), np.int8(1), *range(N - 2)], object),
    "nullable": pd.Series(NUMBERS, dtype="Int64"),
    "categories": pd.Series(NUMBERS % 3, dtype="category"),
    "a frame of both": pd.DataFrame({"y": NUMBERS, "z": NUMBERS > 3}).astype({"z": object}),
}
WAYS = {
    "fit": lambda y: MLPRegressor(**SMALL).fit(X, y),
    "partial_fit": lambda y: MLPRegressor(**SMALL).partial_fit(X, y),
    "path": lambda y: MLPRegressor(**SMALL).path(X, y, [0, 1]),
    "y_val": lambda y: MLPRegressor(**SMALL, early_stopping=True).fit(X, NUMBERS, X_val=X, y_val=y),
    "search": lambda y: MLPRegressorCV([0, 1], cv=2, **SMALL).fit(X, y),
    "table": lambda y: TabularMLPRegressor(cv=2, alphas=[0.1], max_iter=2).fit(X, y),
}


@pytest.mark.parametrize("what", DATES)
def test_dates_are_refused(what):
    """Dates of any kind are named, with what makes numbers of them: numpy would make nanoseconds."""
    words = r"^y holds dates \(of type \w+\), and Any learns real numbers.*\(y - y.min\(\)\) / np.timedelta64\(1, 'D'\)"
    with pytest.raises(ValueError, match=words):
        check_real(DATES[what], "Any")


@pytest.mark.parametrize("what", DURATIONS)
def test_durations_are_refused(what):
    """Durations have no unit once numpy has made numbers of them, and are to be divided by one."""
    with pytest.raises(ValueError, match=r"^y holds durations \(of type \w+\).*y / np.timedelta64\(1, 'D'\) are days"):
        check_real(DURATIONS[what], "Any")


@pytest.mark.parametrize("what", TEXT)
def test_text_is_refused(what):
    """Text is refused also where it spells numbers, and it is said what to do in either case."""
    words = r"^y holds text \(of type \w+\), and Any learns real numbers.*MLPClassifier; .*pd.to_numeric\(y\)"
    with pytest.raises(ValueError, match=words):
        check_real(TEXT[what], "Any")


@pytest.mark.parametrize("what", OBJECTS)
def test_other_objects_are_refused(what):
    """Objects that are no numbers are named by their type."""
    y, kind = OBJECTS[what]
    with pytest.raises(ValueError, match=rf"^y holds objects \(of type {kind}\), and Any learns real numbers"):
        check_real(y, "Any")


def test_rows_of_different_lengths_are_no_targets():
    """What numpy cannot make an array of is refused with numpy's reason."""
    with pytest.raises(ValueError, match=r"^y must hold real numbers, \(n_samples,\).*: setting an array element"):
        MLPRegressor(**SMALL).fit(X, [[1], [1, 2]] * 6)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("y", "words"),
    [(DAYS, "y holds dates"), (DAYS - DAYS[0], "y holds durations"), (TEXT["objects of numbers"], "y holds text")],
    ids=["dates", "durations", "text"],
)
def test_every_regressor_refuses_them(y, words, way):
    """Wherever targets of a regression go in, they are refused in the same words, in the name of the estimator."""
    name = "TabularMLPRegressor" if way == "table" else "MLPRegressor"
    with pytest.raises(ValueError, match=rf"{words} \(of type \w+\), and {name}(CV)? learns real numbers"):
        WAYS[way](y)


@pytest.mark.parametrize("what", NUMERIC)
def test_numbers_of_any_type_train_alike(what):
    """Numbers train as the same numbers in an array of floats, whatever they are kept in."""
    y = NUMERIC[what]
    expected = MLPRegressor(**SMALL).fit(X, np.array(y, np.float64))
    np.testing.assert_allclose(MLPRegressor(**SMALL).fit(X, y).predict(X), expected.predict(X), rtol=1e-6)


def test_a_classifier_takes_text_and_its_kind():
    """Words, and text that spells numbers, are classes."""
    for y in (TEXT["words"], TEXT["numbers"], TEXT["categories"]):
        assert MLPClassifier(**SMALL).fit(X, y).classes_.tolist() == sorted(set(y))


def test_records_are_no_labels():
    """A classifier says that records are none, and what to take of them."""
    y = np.zeros(12, [("a", float), ("b", int)])
    with pytest.raises(ValueError, match=r"^y must hold labels, such as numbers or text; got records of type"):
        MLPClassifier(max_iter=2).fit(np.ones((12, 2)), y)
