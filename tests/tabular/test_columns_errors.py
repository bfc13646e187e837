"""What a column may not hold: sentences, infinity, what is no cell, and another kind than in `fit`."""

from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from skl2._tabular.columns import read_column

SENTENCES = [f"The parcel number {number} came late, and the box was open at one side." for number in range(9)]


def objects(cells):
    """A column of an array of objects."""
    return np.array(cells, object)


def column_of_lists():
    """A column of polars whose cells are lists."""
    return pytest.importorskip("polars").Series([[1], [2]])


def column_of_records():
    """A column of polars whose cells are records."""
    return pytest.importorskip("polars").Series([{"a": 1}])


def complex_column():
    """A column of pandas of complex numbers."""
    return pd.Series([1j])


def test_sentences_are_refused():
    """A column of sentences is an error that names it, shows one, and says what to do."""
    message = "Column 'note' of X holds sentences, such as 'The parcel number 0 came late, and the b…'.*TfidfVectorizer"
    with pytest.raises(ValueError, match=message):
        read_column("note", objects([*SENTENCES, None]))


@pytest.mark.parametrize(
    "column",
    [
        np.array([1, np.inf]),
        np.array([-np.inf], np.float32),
        objects([1, np.nan, np.inf]),
        objects([10**400, 1]),
        objects(["1", "-inf"]),
        objects([Decimal("Infinity")]),
        np.array([np.longdouble(1e300) * np.longdouble(1e300)]),
    ],
)
@pytest.mark.parametrize("kind", [None, "number"])
def test_infinity_is_refused(column, kind):
    """Infinity, and what float64 cannot hold, is an error that names the column."""
    with pytest.raises(ValueError, match="Column 'size' of X contains infinity or a number that float64 cannot hold"):
        read_column("size", column, kind)


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ([1], "list"),
        ({"a": 1}, "dict"),
        ({1}, "set"),
        ((1, 2), "tuple"),
        (([],), "tuple"),
        (np.ones(2), "ndarray"),
        (1j, "complex"),
    ],
)
def test_what_is_no_cell_is_refused(cell, kind):
    """A list, a dict, a set, a tuple, an array or a complex number in a cell is an error that names the column."""
    column = np.empty(3, object)
    column[0], column[2] = "a", cell
    message = f"Column 'c' of X holds values of type {kind}; a cell of the argument must be a string, a number, a date"
    with pytest.raises(TypeError, match=message):
        read_column("c", column)


@pytest.mark.parametrize("make", [column_of_lists, column_of_records, complex_column])
def test_columns_of_what_is_no_cell_are_refused(make):
    """So are columns whose own type says that they hold lists, records or complex numbers."""
    with pytest.raises(TypeError, match="Column 'c' of X holds values of type"):
        read_column("c", make())


@pytest.mark.parametrize(
    ("column", "kind", "now"),
    [
        (pd.Series(["a", None], dtype="category"), "number", "text that is no number"),
        (np.array(["2023-01-05"], "M8[D]"), "number", "dates"),
        (objects([date(2023, 1, 5), None]), "number", "dates"),
        (objects([1, "a", date(2023, 1, 5)]), "number", "dates"),
        (np.array([1.0]), "date", "numbers"),
        (objects([True]), "date", "numbers"),
        (objects([date(2023, 1, 5), "soon", 7]), "date", "numbers"),
    ],
)
def test_another_kind_than_in_fit_is_refused(column, kind, now):
    """Dates or categories for numbers, or numbers for dates, also beside texts, are an error that names the column."""
    with pytest.raises(ValueError, match=f"Column 'c' of X held {kind}s in fit, and now holds {now}. Give it {kind}s"):
        read_column("c", column, kind)
