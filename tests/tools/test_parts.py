"""Tables in parts: record batches of parquet files, and partitions of dask, encoded and trained on one by one."""

import datetime

import numpy as np
import pandas as pd
import pytest

from skl2 import MLPClassifier, MLPRegressor, TabularEncoder

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:The inplace keyword in"),  # which dask 2026.8 calls pandas 3.1 with
]

RANDOM = np.random.default_rng(0)
N, PART, N_SAMPLE = 360, 60, 150
SIZE = RANDOM.normal(50, 9, N)
START = datetime.datetime(2024, 1, 1)
TABLE = pyarrow.table(
    {
        "size": [None if gap else size for size, gap in zip(SIZE, RANDOM.random(N) < 0.1, strict=True)],
        "rooms": [None if number % 11 == 0 else int(size / 10) for number, size in enumerate(SIZE)],
        "is_new": [bool(value) for value in RANDOM.random(N) < 0.5],
        "town": ["Bern", "Basel", "Chur", None] * (N // 4 - 20) + ["Genf", "Bern", "Sion", "Basel"] * 20,  # two are new
        "kind": pyarrow.array(["flat", None, "house"] * (N // 3)).dictionary_encode(),
        "seen": [START + datetime.timedelta(hours=int(hours)) for hours in RANDOM.integers(0, 9999, N)],
        "day": pyarrow.array([None, *range(19_000, 19_000 + N - 1)], pyarrow.date32()),
        "code": [f"{number % 7}" for number in range(N)],
    }
)
Y = SIZE / 10 + RANDOM.normal(0, 0.5, N)
LABELS = np.where(Y > 5, "dear", "cheap")
SMALL = {"hidden_layer_sizes": (6,), "batch_size": 25, "learning_rate": "cosine", "max_iter": 12, "random_state": 0}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A file of six row groups."""
    path = tmp_path_factory.mktemp("parts") / "houses.parquet"
    parquet.write_table(TABLE.append_column("y", [Y]), path, row_group_size=PART)
    return path


def batches(path):
    """Yield the record batches of the file."""
    yield from parquet.ParquetFile(path).iter_batches(batch_size=PART)


def scanned(path):
    """Yield those of a dataset, which may be many files."""
    dataset = pytest.importorskip("pyarrow.dataset")
    yield from dataset.dataset(path).to_batches(batch_size=PART, use_threads=False)


def frames(path):
    """Yield frames of pandas."""
    yield from (batch.to_pandas() for batch in batches(path))


def arrow_backed_frames(path):
    """Yield frames of pandas that are backed by pyarrow."""
    yield from (batch.to_pandas(types_mapper=pd.ArrowDtype) for batch in batches(path))


def polars_frames(path):
    """Yield frames of polars."""
    polars = pytest.importorskip("polars")
    yield from map(polars.from_arrow, batches(path))


def partitions(path):
    """Yield the partitions of a frame of dask."""
    frame = pytest.importorskip("dask.dataframe").read_parquet(path, split_row_groups=1)
    yield from (part.compute(scheduler="synchronous") for part in frame.partitions)


READERS = [batches, scanned, frames, arrow_backed_frames, polars_frames, partitions]


def split(part):
    """Return the columns of a part of any kind, and its target as an array."""
    if hasattr(part, "drop_columns"):
        return part.drop_columns("y"), part["y"].to_numpy()
    return part.drop("y") if hasattr(part, "get_columns") else part.drop(columns="y"), part["y"].to_numpy()


@pytest.mark.parametrize("read", READERS)
def test_parts_are_encoded_as_the_table(read, path):
    """An encoder that has seen a sample encodes parts of any kind as it does the table, bit for bit."""
    encoder = TabularEncoder(n_bins=4).fit(TABLE[:N_SAMPLE])
    assert encoder.kinds_ == ["number", "number", "number", "category", "category", "date", "date", "number"]
    parts = [encoder.transform(split(part)[0]) for part in read(path)]
    assert len(parts) == N // PART
    np.testing.assert_array_equal(np.vstack(parts), encoder.transform(TABLE), strict=True)


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("Model", [MLPClassifier, MLPRegressor])
def test_training_on_parts_is_that_on_slices(Model, read, path):
    """partial_fit over two passes of encoded parts gives the network of slices of one encoded array, bit for bit."""
    encoder = TabularEncoder(n_bins=4).fit(TABLE[:N_SAMPLE])
    classes = {"classes": ["cheap", "dear"]} if Model is MLPClassifier else {}
    ours, expected = Model(**SMALL), Model(**SMALL)
    X, y = encoder.transform(TABLE), LABELS if classes else Y
    for _ in range(2):
        for start, part in zip(range(0, N, PART), read(path), strict=True):
            columns, target = split(part)
            target = np.where(target > 5, "dear", "cheap") if classes else target
            ours.partial_fit(encoder.transform(columns), target, **classes)
            expected.partial_fit(X[start : start + PART], y[start : start + PART], **classes)
    for layer, other in zip(ours.coefs_, expected.coefs_, strict=True):
        np.testing.assert_array_equal(layer, other)
    assert ours.t_ == 2 * N


def test_levels_that_the_sample_lacks_are_as_rare_ones(path):
    """A level of later parts shares the column of rare ones, or, where the sample has none, is 0 in all columns."""
    encoder = TabularEncoder().fit(TABLE.select(["town"])[:N_SAMPLE])
    for part in batches(path):
        new = np.isin(part["town"].to_numpy(zero_copy_only=False), ["Genf", "Sion"])
        encoded = encoder.transform(part.select(["town"]))
        assert not np.any(encoded[new])
        np.testing.assert_array_equal(encoded[~new].sum(axis=1), 1)


def test_a_part_without_any_value_is_gaps(path):
    """A part in which a column is empty throughout, of whatever type its file has then, is encoded as gaps."""
    encoder = TabularEncoder().fit(TABLE[:N_SAMPLE])
    for column in ("size", "town", "seen", "code"):
        place = TABLE.column_names.index(column)
        empty = TABLE[:PART].set_column(place, column, pyarrow.nulls(PART))
        typed = TABLE[:PART].set_column(place, column, pyarrow.nulls(PART, TABLE.schema.field(column).type))
        np.testing.assert_array_equal(encoder.transform(empty), encoder.transform(typed))
        frame = typed.to_pandas()
        np.testing.assert_array_equal(encoder.transform(frame), encoder.transform(typed))
