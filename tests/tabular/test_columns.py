"""What a column is, and its values: the same for pandas, polars, pyarrow and arrays of objects."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from skl2._tabular.columns import read_column

NAN = float("nan")
NAMES = ["Juan Carlos de la Cruz y Aragón", "Mary Ann Smith", "Bob Lee", "Wolfgang Amadeus Mozart"]
ADDRESSES = ["12 Upper High Street, 90210 Beverly Hills", "Flat 3, 7 Mill Lane, Oxford", "1 Rue de Rivoli, Paris"]
SENTENCES = [f"The parcel number {number} came late, and the box was open at one side." for number in range(9)]


def pandas_column(cells, dtype=None):
    """A column of pandas whose index is not 0 … n - 1."""
    return pd.Series(cells, index=range(5, 5 + len(cells)), dtype=dtype)


def arrow_backed(cells, dtype):
    """A column of pandas that is backed by pyarrow."""
    pytest.importorskip("pyarrow")
    return pandas_column(cells, f"{dtype}[pyarrow]")


def polars_column(cells, dtype=None):
    """A column of polars, of a dtype that is chosen from its module."""
    polars = pytest.importorskip("polars")
    return polars.Series(cells, dtype=dtype and dtype(polars))


def arrow_column(cells):
    """A column of a table of pyarrow."""
    return pytest.importorskip("pyarrow").table({"column": cells})["column"]


def objects(cells):
    """A column of an array of objects."""
    column = np.empty(len(cells), object)
    column[:] = cells
    return column


def cells_of(values):
    """Values as a list: None for gaps, and text for levels."""
    if values.kind == "category":
        return [None if code < 0 else values.data.texts[code] for code in values.data.codes]
    return [None if np.isnan(value) else value.item() for value in values.data]


def check(column, kind, expected, fitted=None):
    """Compare the kind and the values of a column, read as of the kind that fit has found."""
    values = read_column("c", column, fitted)
    assert (values.kind, cells_of(values)) == (kind, expected)
    if kind == "number":
        assert values.data.dtype == np.float64


@pytest.mark.parametrize(
    "make",
    [
        lambda: np.array([1, np.nan, 3]),
        lambda: np.array([1, np.nan, 3], np.float32),
        lambda: objects([1, None, 3.0]),
        lambda: objects([Decimal(1), Decimal("NaN"), Fraction(3)]),
        lambda: objects([True, pd.NA, np.int8(3)]),
        lambda: objects(["1", " ", "3.0"]),
        lambda: objects([1, "", " 3e0 "]),
        lambda: np.array(["1", "", "3"]),
        lambda: np.array([1, "NaT", 3], "timedelta64[D]"),
        lambda: objects([timedelta(1), None, np.timedelta64(72, "h")]),
        lambda: pandas_column([1, None, 3]),
        lambda: pandas_column([1, None, 3], "Int64"),
        lambda: pandas_column([1, None, 3], "Float64"),
        lambda: pandas_column([1, NAN, 3], "Sparse[float]"),
        lambda: pandas_column(["1", None, "3"]),
        lambda: pandas_column([timedelta(1), None, timedelta(3)]),
        lambda: arrow_backed([1, None, 3], "int64"),
        lambda: arrow_backed([1, None, 3], "double"),
        lambda: arrow_backed(["1", "nan", "3"], "string"),
        lambda: arrow_backed([timedelta(1), None, timedelta(3)], "duration[us]"),
        lambda: polars_column([1, None, 3]),
        lambda: polars_column([1.0, NAN, 3.0]),
        lambda: polars_column([1, None, 3], lambda polars: polars.UInt8),
        lambda: polars_column([Decimal(1), None, Decimal(3)]),
        lambda: polars_column(["1", None, "3"]),
        lambda: polars_column([timedelta(1), None, timedelta(3)]),
        lambda: arrow_column([1, None, 3]),
        lambda: arrow_column(["1", None, "3"]),
    ],
)
def test_numbers(make):
    """Integers, floats, decimals, fractions, time spans in days, and text that says numbers, are numbers."""
    check(make(), "number", [1, None, 3])


@pytest.mark.parametrize(
    "make",
    [
        lambda: objects([True, None, False]),
        lambda: objects([np.True_, NAN, False]),
        lambda: pandas_column([True, None, False]),
        lambda: pandas_column([True, None, False], "boolean"),
        lambda: arrow_backed([True, None, False], "bool"),
        lambda: polars_column([True, None, False]),
        lambda: arrow_column([True, None, False]),
    ],
)
def test_booleans_are_numbers(make):
    """True is 1, False is 0, with gaps or without."""
    check(make(), "number", [1, None, 0])
    check(np.array([True, False]), "number", [1, 0])


DAYS = [date(2023, 1, 5), None, date(1960, 2, 29)]


@pytest.mark.parametrize(
    "make",
    [
        lambda: np.array(["2023-01-05", "NaT", "1960-02-29"], "datetime64[D]"),
        lambda: np.array(["2023-01-05", "NaT", "1960-02-29"], "datetime64[ns]"),
        lambda: objects(DAYS),
        lambda: objects([datetime(2023, 1, 5), pd.NaT, np.datetime64("1960-02-29")]),
        lambda: objects([pd.Timestamp("2023-01-05"), np.datetime64("NaT", "s"), date(1960, 2, 29)]),
        lambda: objects(["2023-01-05", "", "1960-02-29 00:00"]),
        lambda: objects(["2023-01-05T00:00", None, date(1960, 2, 29)]),
        lambda: pandas_column(DAYS),
        lambda: pandas_column(DAYS, "datetime64[s]"),
        lambda: pandas_column(DAYS, "datetime64[ns]"),
        lambda: pandas_column(["2023-01-05", None, " 1960-02-29T00:00:00Z"]),
        lambda: pd.Series(pd.PeriodIndex(["2023-01-05", None, "1960-02-29"], freq="D")),
        lambda: arrow_backed(DAYS, "date32"),
        lambda: arrow_backed([datetime(2023, 1, 5), None, datetime(1960, 2, 29)], "timestamp[us]"),
        lambda: polars_column(DAYS),
        lambda: polars_column([datetime(2023, 1, 5), None, datetime(1960, 2, 29)]),
        lambda: polars_column(["2023-01-05", None, "1960-02-29"]),
        lambda: arrow_column(DAYS),
    ],
)
def test_dates(make):
    """Dates and times of any kind, and text of ISO 8601, are dates."""
    check(make(), "date", [datetime(2023, 1, 5), None, datetime(1960, 2, 29)])


EAST = timezone(timedelta(hours=2))
MOMENTS = [datetime(2023, 7, 5, 1, 30, tzinfo=EAST), datetime(2023, 1, 5, 10, 20, tzinfo=EAST), None]


@pytest.mark.parametrize(
    "make",
    [
        lambda: objects(MOMENTS),
        lambda: objects(["2023-07-05 01:30+02:00", "2023-01-05T08:20Z", None]),
        lambda: pandas_column(MOMENTS, "datetime64[us, UTC]"),
        lambda: pandas_column(MOMENTS, "datetime64[ns, UTC]").dt.tz_convert("Asia/Tokyo"),
        lambda: pandas_column(MOMENTS, "datetime64[us, UTC]").astype(object),
        lambda: arrow_backed(MOMENTS, "timestamp[us, tz=Europe/Berlin]"),
        lambda: polars_column([moment and moment.astimezone(UTC) for moment in MOMENTS]),
        lambda: polars_column(MOMENTS, lambda polars: polars.Datetime("us", "Asia/Tokyo")),
        lambda: arrow_column(MOMENTS),
    ],
)
def test_times_of_a_zone_are_in_utc(make):
    """Times of a zone are the same moments in UTC."""
    check(make(), "date", [datetime(2023, 7, 4, 23, 30), datetime(2023, 1, 5, 8, 20), None])


@pytest.mark.parametrize(
    "make",
    [
        lambda: objects(["b", None, "a", "b"]),
        lambda: objects(["b", NAN, "a", "b"]),
        lambda: objects(["b", pd.NA, "a", "b"]),
        lambda: objects(["b", "  ", "a", "b"]),
        lambda: np.array(["b", "", "a", "b"]),
        lambda: pandas_column(["b", None, "a", "b"]),
        lambda: pandas_column(["b", None, "a", "b"], object),
        lambda: pandas_column(["b", None, "a", "b"], "string[python]"),
        lambda: pandas_column(["b", None, "a", "b"], "category"),
        lambda: arrow_backed(["b", None, "a", "b"], "string"),
        lambda: polars_column(["b", None, "a", "b"]),
        lambda: polars_column(["b", None, "a", "b"], lambda polars: polars.Categorical),
        lambda: polars_column(["b", None, "a", "b"], lambda polars: polars.Enum(["a", "b", "c"])),
        lambda: arrow_column(["b", None, "a", "b"]),
    ],
)
def test_categories(make):
    """Text is a category, None, NaN, NA and blanks are its gaps."""
    check(make(), "category", ["b", None, "a", "b"])


def test_declared_categories_stay():
    """A categorical of numbers or dates is a category, whatever its text could be read as."""
    check(pandas_column([1, None, 2], "category"), "category", ["1", None, "2"])
    check(pandas_column(["1", None, "2"], "category"), "category", ["1", None, "2"])
    check(polars_column(["2023-01-05", None], lambda polars: polars.Categorical), "category", ["2023-01-05", None])
    numbers = arrow_column([3, 1, None, 3]).dictionary_encode()  # what a column of pandas' categories is in a file
    check(numbers, "category", ["3", "1", None, "3"])
    check(numbers.to_pandas(), "category", ["3", "1", None, "3"])
    check(arrow_column(["b", None, "a"]).dictionary_encode(), "category", ["b", None, "a"])
    check(pandas_column(np.array(["2023-01-05"], "M8[ns]")).astype("category"), "category", ["2023-01-05 00:00:00"])
    check(pandas_column(SENTENCES, "category"), "category", SENTENCES)


def test_mixed_cells_are_text():
    """In a column of mixed cells each is its text: a boolean is no 1, but 1 and 1.0 are one level."""
    check(
        objects([1, True, "a", 1.0, 2.5, None, date(2023, 1, 5)]),
        "category",
        ["1", "True", "a", "1", "2.5", None, "2023-01-05"],
    )
    check(objects([time(1), None]), "category", ["01:00:00", None])


@pytest.mark.parametrize(
    "words",
    [["1", "two"], ["2023-01-05", "soon"], ["2023-13-05"], ["2023-01"], ["nan", "inf"], ["0001-01-01 00:00+05:00"]],
)
def test_one_word_makes_a_category(words):
    """Text of which one cell is neither a number nor a date is a category."""
    check(objects(words), "category", words)


@pytest.mark.parametrize(
    "column", [objects([None, NAN, pd.NA, pd.NaT, " "]), np.full(3, np.nan), pandas_column([None])]
)
def test_gaps_alone(column):
    """A column of gaps is one of numbers, and of any kind later."""
    check(column, "number", [None] * len(column))
    for kind in ("number", "date", "category"):
        check(column, kind, [None] * len(column), fitted=kind)
    check(np.array(["NaT"], "M8[us]"), "number", [None], fitted="number")


def test_the_kind_of_fit_is_kept():
    """Text that cannot be read as what fit has found is a gap; numbers and booleans of categories are text."""
    check(objects(["1", "two", None, 3]), "number", [1, None, None, 3], fitted="number")
    check(objects(["soon", "2023-01-05", None]), "date", [None, datetime(2023, 1, 5), None], fitted="date")
    with pytest.warns(UserWarning, match="Column 'c' of X held dates in fit, and none of its texts here is one, such "):
        check(objects(["soon"]), "date", [None], fitted="date")
    check(np.array([1.0, 2.5, np.nan]), "category", ["1", "2.5", None], fitted="category")
    check(objects([True, 7]), "category", ["True", "7"], fitted="category")
    check(objects(SENTENCES), "category", SENTENCES, fitted="category")


@pytest.mark.parametrize("people", [NAMES, ADDRESSES, SENTENCES[:1] * 3 + SENTENCES[:2] * 2])
def test_names_and_repeated_sentences_pass(people):
    """Names, addresses, and sentences of which most come again, are categories."""
    check(objects(people), "category", people)


@pytest.mark.parametrize(
    ("cells", "kind", "first"),
    [
        (["", "two", "three", None], "number", "two"),
        ([b"12"], "number", "b'12'"),
        (["soon", "5", " "], "date", "soon"),
        (["2023-13-05"], "date", "2023-13-05"),
    ],
)
def test_texts_of_which_none_can_be_read(cells, kind, first):
    """Texts of which none is a number, or a date, are gaps, and a warning has the column, the kind and the first."""
    with pytest.warns(UserWarning, match="Column 'c' of X held") as seen:
        check(objects(cells), kind, [None] * len(cells), fitted=kind)
    assert [str(warning.message) for warning in seen] == [
        f"Column 'c' of X held {kind}s in fit, and none of its texts here is one, such as {first!r}: all of them are "
        "gaps."
    ]


@pytest.mark.filterwarnings("ignore:Column 'c' of X held:UserWarning")
@pytest.mark.parametrize(
    ("kind", "cells", "expected"),
    [
        (
            "number",
            ["two", "3", " 4e1 ", 5, 2.5, True, np.True_, np.float32(0.1), Fraction(1, 3), Decimal("0.2"), None, NAN],
            [None, 3, 40, 5, 2.5, 1, 1, np.float32(0.1).item(), 1 / 3, 0.2, None, None],
        ),
        (
            "number",
            [timedelta(2), np.timedelta64(36, "h"), "2 days", 10**30, "nan", time(1), b"7", True],
            [2, 1.5, None, 1e30, None, None, None, 1],
        ),
        (
            "date",
            ["soon", "2023-01-05", date(2023, 1, 6), MOMENTS[0], np.datetime64("2020"), "7", pd.NaT, time(1)],
            [
                None,
                datetime(2023, 1, 5),
                datetime(2023, 1, 6),
                datetime(2023, 7, 4, 23, 30),
                datetime(2020, 1, 1),
                None,
                None,
                None,
            ],
        ),
    ],
)
def test_a_cell_is_alone_what_it_is_among_others(kind, cells, expected):
    """Whatever the other cells are, a cell of a column of numbers or dates is read in the same way."""
    check(objects(cells), kind, expected, fitted=kind)
    for cell, value in zip(cells, expected, strict=True):
        check(objects([cell]), kind, [value], fitted=kind)
