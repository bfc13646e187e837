"""The columns of a frame or an array: what each is, a number, a date or a category, and its values as numpy.

pandas, polars and pyarrow are never imported: their columns know `to_numpy`.
"""

import re
import warnings
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import repeat
from numbers import Real
from typing import NamedTuple

import numpy as np
from scipy.sparse import issparse
from sklearn.utils.validation import validate_data

from skl2._tabular.frames import as_table, check_not_empty, columns_of_frame

DAY = np.timedelta64(1, "D")
ISO = r"\d{4}-\d\d-\d\d([T ].+)?"
SENTENCE = 8  # words
DECLARED = ("category", "Categorical", "Enum", "dictionary")  # dtypes of pandas, of polars twice, and of pyarrow


class Levels(NamedTuple):
    """A column of text: its distinct values, and of each row the number of its value, -1 for a gap."""

    texts: list
    codes: np.ndarray

    def count(self):
        """Return how many levels there are, gaps among them."""
        return np.unique(self.codes).size

    def translated(self, values, dtype):
        """Return an array (n_samples,) with values[i] where the text is texts[i], and NaN or NaT for gaps."""
        return np.array([*values, None], dtype)[self.codes]


class Values(NamedTuple):
    """A column of a kind: float64 with NaN ('number'), datetime64[us] with NaT ('date') or Levels ('category')."""

    kind: str
    data: object

    def take(self, rows):
        """Return the Values of some rows."""
        taken = self.data._replace(codes=self.data.codes[rows]) if self.kind == "category" else self.data[rows]
        return self._replace(data=taken)


def split_columns(estimator, X, reset):
    """Return a list of (name, column) of X, validated by scikit-learn; those of an array are x0, x1 and so on."""
    X = as_table(X)
    columns = columns_of_frame(X)
    if columns is None:
        if isinstance(X, np.ma.MaskedArray):
            X = np.where(np.ma.getmaskarray(X), None, X.data.astype(object))
        # Of a list numpy would make text as soon as one cell holds text.
        dtype = None if hasattr(X, "dtype") or issparse(X) else object
        columns = validate_data(estimator, X, dtype=dtype, ensure_all_finite=False, reset=reset).T
    else:
        validate_data(estimator, X, skip_check_array=True, reset=reset)
        check_not_empty(estimator, columns)
    names = getattr(estimator, "feature_names_in_", [f"x{number}" for number in range(len(columns))])
    return list(zip(names, columns, strict=True))


def read_column(name, column, kind=None):
    """Return the Values of a column; of the kind found in `fit`, if one is given.

    Raises
    ------
    TypeError
        If cells hold something other than numbers, text, dates and gaps.
    ValueError
        If a number is infinite, a text is a sentence, or the column is of another kind than in `fit`.
    """
    cells = _to_numpy(name, column)
    if kind == "category" or _dtype_name(column).startswith(DECLARED):
        values = Values("category", _texts(_as_objects(cells)))
    elif cells.dtype.kind in "iufb":
        values = Values("number", _as_numbers(name, cells))
    elif cells.dtype.kind == "m":
        values = Values("number", cells / DAY)
    elif cells.dtype.kind == "M":
        values = Values("date", cells.astype("datetime64[us]"))
    else:
        values = _read_cells(name, cells.tolist(), kind)
    return values if kind in (None, values.kind) else _of_other_kind(name, values, kind)


def _dtype_name(column):
    """Return the name of a dtype that is not numpy's, else ''; of numpy's it would take long."""
    dtype = getattr(column, "dtype", getattr(column, "type", None))  # the latter of pyarrow
    return "" if isinstance(dtype, np.dtype) else str(dtype)


def _to_numpy(name, column):
    """Return the cells of a column, (n_samples,); times of a zone in UTC."""
    if isinstance(column, np.ndarray):
        cells = column
    elif hasattr(column, "dtype") and hasattr(column.dtype, "tz"):  # of pandas, which else makes objects
        cells = column.to_numpy(dtype="datetime64[us]")
    elif _dtype_name(column).startswith("period"):
        cells = column.dt.to_timestamp().to_numpy()
    elif hasattr(column, "combine_chunks") and _dtype_name(column).startswith("dictionary"):
        cells = column.cast(column.type.value_type).to_numpy()  # else pyarrow makes another level of each gap
    else:
        cells = column.to_numpy()
    if cells.ndim != 1 or cells.dtype.kind not in "iufbmMOUST":
        raise _not_a_cell(name, _dtype_name(column) or cells.dtype)
    return cells


def _as_objects(cells):
    """Return cells as a list of Python's objects."""
    if cells.dtype.kind in "mM":  # of nanoseconds numpy makes integers
        cells = cells.astype(f"{cells.dtype.kind}8[us]")
    return cells.tolist()


def _as_numbers(name, cells):
    """Return numbers as a contiguous float64 array, with NaN for gaps."""
    with np.errstate(over="ignore"):  # of numbers that only a longdouble can hold
        numbers = np.ascontiguousarray(cells, np.float64)
    if np.isinf(numbers).any():
        raise ValueError(
            f"Column {name!r} of X contains infinity or a number that float64 cannot hold. Replace it by the largest "
            "number that makes sense, or by NaN or None for a gap."
        )
    return numbers


def _read_cells(name, cells, kind):
    """Return the Values of a list of Python's objects."""
    levels = _distinct(name, cells)
    family = _family(name, levels.texts)
    if family == "text":
        is_read = kind is not None or all(isinstance(text, str) for text in levels.texts)
        return _read_text(name, levels if is_read else _texts(cells), kind)
    if family == "date":
        return Values("date", levels.translated(map(_in_utc, levels.texts), "datetime64[us]"))
    if family == "duration":
        return Values("number", levels.translated(levels.texts, "timedelta64[us]") / DAY)
    try:
        numbers = levels.translated(map(float, levels.texts), np.float64)
    except OverflowError:  # of a large int
        numbers = np.array([np.inf])
    return Values("number", _as_numbers(name, numbers))


def _distinct(name, cells):
    """Return the distinct values of a list of objects as Levels, gaps left out."""
    try:
        values = [value for value in dict.fromkeys(cells) if not is_gap(value)]
    except TypeError:
        kinds = {type(cell).__name__ for cell in cells if not _is_hashable(cell)}
        raise _not_a_cell(name, ", ".join(sorted(kinds))) from None
    numbers = {value: number for number, value in enumerate(values)}
    return Levels(values, np.fromiter(map(numbers.get, cells, repeat(-1)), np.intp, len(cells)))


def _is_hashable(value):
    try:
        hash(value)
    except TypeError:
        return False
    return True


def is_gap(value):
    """Return whether a cell is empty: None, NaN, NaT, pandas.NA, or text of blanks."""
    if isinstance(value, str):
        return not value or value.isspace()
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float | np.floating | Decimal | np.datetime64 | np.timedelta64) and bool(value != value)


def _family(name, values):
    """Return what distinct values are: 'number', 'date', 'duration', or if they are anything else or mixed 'text'."""
    families = set()
    for kind in set(map(type, values)):
        if issubclass(kind, date | np.datetime64):
            families.add("date")
        elif issubclass(kind, timedelta | np.timedelta64):  # before numbers: numpy's is an integer
            families.add("duration")
        elif issubclass(kind, Real | np.bool_ | Decimal):
            families.add("number")
        elif issubclass(kind, complex | np.complexfloating) or (
            issubclass(kind, Collection) and not issubclass(kind, str | bytes)
        ):
            raise _not_a_cell(name, kind.__name__)
        else:
            families.add("text")
    return families.pop() if len(families) == 1 else "text" if families else "number"


def _not_a_cell(name, kind):
    """Return the TypeError for cells that hold what is no cell."""
    return TypeError(
        f"Column {name!r} of X holds values of type {kind}; a cell of the argument must be a string, a number, a date "
        "or a gap (None or NaN). Make columns of the parts of these values, or drop the column."
    )


def _texts(cells):
    """Return Levels of cells as text, whatever they are; 1, 1.0 and '1' are one level."""
    texts = [value if isinstance(value, str) else None if is_gap(value) else _text(value) for value in cells]
    return _distinct("", texts)


def _text(value):
    """Return a cell as text: a whole number without a point, since a gap makes floats of a column of ints."""
    return str(int(value)) if isinstance(value, float | np.floating) and value.is_integer() else str(value)


def _read_text(name, levels, kind):
    """Return the Values of text: numbers or dates if in `fit` all of it can be read so, or if that is its kind."""
    found = kind or _kind_of_text(levels.texts)
    if found == "category":
        _check_no_sentences(name, levels)
        return Values(found, levels)
    parsed = [_parsed(name, cell, found) for cell in levels.texts]
    if parsed and all(value is None for value in parsed):  # no error: a row would mean other things alone
        warnings.warn(
            f"Column {name!r} of X held {found}s in fit, and none of its texts here is one, such as "
            f"{str(levels.texts[0])!r}: all of them are gaps.",
            UserWarning,
            stacklevel=2,
        )
    if found == "date":
        return Values(found, levels.translated(parsed, "datetime64[us]"))
    return Values(found, _as_numbers(name, levels.translated(parsed, np.float64)))


def _kind_of_text(texts):
    """Return the kind of distinct texts: that of the first reader which can read all of them."""
    for kind, read in READERS.items():
        try:
            values = list(map(read, texts))
        except (ValueError, OverflowError):  # the latter of a date that has no UTC
            continue
        if kind == "date" or np.isfinite(values).any():  # 'nan' and 'inf' alone may be words
            return kind
    return "category"


def _read_date(text):
    """Return the date or time that a text of ISO 8601 says, or raise ValueError."""
    if not re.fullmatch(ISO, text.strip()):
        raise ValueError(text)
    return _in_utc(datetime.fromisoformat(text.strip()))


READERS = {"number": float, "date": _read_date}


def _parsed(name, cell, kind):
    """Return what a cell of a column of a kind says, or None: a text by its reader, all else as it would alone."""
    if not isinstance(cell, str) and _family(name, [cell]) != "text":
        return read_column(name, np.array([cell], object), kind).data[0]
    try:
        return READERS[kind](str(cell))
    except (ValueError, OverflowError):
        return None


def _check_no_sentences(name, levels):
    """Raise ValueError for a column of text in which most cells differ and are of many words: levels say nothing."""
    texts = levels.texts
    n_words = sum(len(text.split()) for text in texts)
    if 2 * len(texts) > np.count_nonzero(levels.codes >= 0) and n_words >= SENTENCE * len(texts):
        start = texts[0] if len(texts[0]) <= 40 else f"{texts[0][:40]}…"
        raise ValueError(
            f"Column {name!r} of X holds sentences, such as {start!r}, and not categories. Make numbers of it first, "
            "for example with TfidfVectorizer and TruncatedSVD in a ColumnTransformer, or drop the column."
        )


def _of_other_kind(name, values, kind):
    """Return the gaps of a column that holds nothing else, as Values of the kind found in `fit`; else ValueError."""
    if values.kind != "category" and np.isnan(values.data).all():
        return Values(kind, np.full(values.data.shape, None, np.float64 if kind == "number" else "datetime64[us]"))
    now = {"category": "text that is no number", "number": "numbers", "date": "dates"}[values.kind]
    raise ValueError(
        f"Column {name!r} of X held {kind}s in fit, and now holds {now}. Give it {kind}s, and NaN or None for gaps; "
        "or fit again if the column has changed its meaning."
    )


def _in_utc(value):
    """Return a date or time without a zone."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value
