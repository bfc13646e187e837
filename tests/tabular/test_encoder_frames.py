"""A table is encoded alike in every container, whole or in parts, by the rules of scikit-learn."""

import pickle
import tracemalloc
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

from skl2._tabular.encoder import TabularEncoder

RANDOM = np.random.default_rng(0)
N = 240
HOLED = np.where(RANDOM.random(N) < 0.1, np.nan, RANDOM.normal(40, 12, N))
COUNT = RANDOM.integers(0, 9, N)
JOB = RANDOM.choice(["cook", "nurse", "smith", "baker"], N)
MOMENT = np.array([datetime(2020, 1, 1) + timedelta(hours=int(hours)) for hours in RANDOM.integers(0, 20_000, N)])
MIXED = {
    "age": [None if np.isnan(age) else float(age) for age in HOLED],
    "count": COUNT.tolist(),
    "flag": [None, *(COUNT[1:] > 4).tolist()],
    "job": [None if number % 9 == 0 else str(job) for number, job in enumerate(JOB)],
    "text": [" ", *map(str, COUNT[1:])],
    "when": [None, *MOMENT[1:].tolist()],
    "iso": [moment.date().isoformat() for moment in MOMENT],
}


def pandas_frame(columns):
    """A frame of pandas whose index is not 0 … n - 1."""
    return pd.DataFrame(columns, index=RANDOM.permutation(len(next(iter(columns.values())))) + 9)


def polars_frame(columns):
    """A frame of polars."""
    return pytest.importorskip("polars").DataFrame(columns)


def arrow_table(columns):
    """A table of pyarrow."""
    return pytest.importorskip("pyarrow").table(columns)


def arrow_batch(columns):
    """A record batch of pyarrow, as files of parquet are read."""
    return arrow_table(columns).to_batches()[0]


def arrow_backed(columns):
    """A frame of pandas that is backed by pyarrow."""
    return arrow_table(columns).to_pandas(types_mapper=pd.ArrowDtype)


def array_of_objects(columns):
    """An array of objects."""
    return np.array([*columns.values()], object).T


def list_of_lists(columns):
    """Rows as lists."""
    return array_of_objects(columns).tolist()


@pytest.mark.parametrize(
    "make", [polars_frame, arrow_table, arrow_batch, arrow_backed, array_of_objects, list_of_lists]
)
def test_every_container_gives_the_same(make):
    """The same columns have the same kinds and encodings in frames of pandas, polars and pyarrow, arrays and lists."""
    expected = TabularEncoder(n_bins=3).fit(pandas_frame(MIXED))
    encoder = TabularEncoder(n_bins=3).fit(make(MIXED))
    assert encoder.kinds_ == ["number", "number", "number", "category", "number", "date", "date"]
    np.testing.assert_array_equal(encoder.transform(make(MIXED)), expected.transform(pandas_frame(MIXED)))


def test_batches_do_not_matter():
    """A row is encoded alike alone, in a few and among all."""
    X = pandas_frame(MIXED)
    encoder = TabularEncoder(n_bins=3).fit(X)
    whole = encoder.transform(X)
    assert len(np.unique(whole, axis=0)) == N
    for size in (1, 7, 100):
        parts = [encoder.transform(X.iloc[start : start + size]) for start in range(0, N, size)]
        np.testing.assert_array_equal(np.vstack(parts), whole)


MESSY = {
    "age": ["unknown", "41", 42, True, None, " ", 7.5, "nan", "n/a", "-"],
    "count": [3, "many", "few", None, 5, np.float32(0.1), False, timedelta(2), " 8", pd.NA],
    "job": ["cook", "new", 7, True, None, " ", "7", 7.0, "nurse", date(2020, 1, 1)],
    "when": ["soon", datetime(2021, 5, 1), "2021-05-02", date(2021, 5, 3), None, "7", pd.NaT, "2021", "", "2021-05-04"],
}


@pytest.mark.filterwarnings("ignore:Column .* none of its texts here is one:UserWarning")
@pytest.mark.parametrize("make", [pandas_frame, array_of_objects, list_of_lists])
def test_batches_of_messy_rows_do_not_matter(make):
    """So is a row of texts among numbers and dates, of levels not seen and of gaps, with a y and without."""
    columns = ["age", "count", "job", "when"]
    X, later = (make({name: table[name] for name in columns}) for table in (MIXED, MESSY))
    for how, y in [({}, None), ({"n_bins": 3}, None), ({"max_categories": 3}, COUNT.astype(float))]:
        encoder = TabularEncoder(**how).fit(X, y)
        whole = encoder.transform(later)
        for size in (1, 3):
            parts = [encoder.transform(later[start : start + size]) for start in range(0, 10, size)]
            np.testing.assert_array_equal(np.vstack(parts), whole)


def test_masked_cells_are_gaps():
    """What a masked array hides is a gap."""
    masked = np.ma.masked_invalid(HOLED[:, np.newaxis])
    np.testing.assert_array_equal(TabularEncoder().fit_transform(masked), TabularEncoder().fit_transform(masked.data))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.parametrize("n_bins", [None, 4])
def test_contract(n_bins):
    """It passes scikit-learn's checks."""
    check_estimator(TabularEncoder(n_bins=n_bins))


def test_pickles_and_clones():
    """A pickle encodes alike, and a clone of it in a pipeline is fitted anew."""
    X = pandas_frame(MIXED)
    encoder = TabularEncoder(n_bins=3).fit(X)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(encoder)).transform(X), encoder.transform(X))
    np.testing.assert_array_equal(make_pipeline(clone(encoder)).fit_transform(X), encoder.transform(X))


def test_names():
    """Names are those of the frame, or x0, x1, …, or what is given, with what the part is called."""
    X = pandas_frame({"age": HOLED, "job": JOB})
    suffixes = ["", "_missing", *(f"_{job}" for job in sorted(set(JOB)))]
    for given, first, second in ((None, "x0", "x1"), (["a", "b"], "a", "b")):
        names = TabularEncoder().fit(X.to_numpy(dtype=object)).get_feature_names_out(given)
        assert list(names) == [first + suffix for suffix in suffixes[:2]] + [second + suffix for suffix in suffixes[2:]]
    assert list(TabularEncoder().fit(X).get_feature_names_out())[:2] == ["age", "age_missing"]


def test_names_are_distinct():
    """A level that is called like the gaps, or like another column, has another name, so that frames can be made."""
    columns = {"a": ["missing", "rare", None, "x"] * 30, "a_x": COUNT[:120]}
    frame = polars_frame(columns)
    names = TabularEncoder().set_output(transform="polars").fit_transform(frame).columns
    assert names == ["a_missing", "a_rare", "a_x", "a_missing_", "a_x_"]


@pytest.mark.parametrize("n_bins", [None, 8])
def test_memory(n_bins):
    """Beside its result, transform needs no more than a few columns, and fit nothing more than they."""
    X = RANDOM.standard_normal((40_000, 30))
    encoder = TabularEncoder(n_bins=n_bins).fit(X[:200])
    peaks = []
    for call in (encoder.transform, clone(encoder).fit):
        tracemalloc.start()
        call(X)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    size = 4 * 40_000 * len(encoder.get_feature_names_out())
    assert peaks[0] < size + X.nbytes / 4
    assert peaks[1] < X.nbytes / 4
