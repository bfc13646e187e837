"""What is no frame of pandas: its columns, its names, and batches of pyarrow as tables."""

import numpy as np
import pandas as pd
import pytest

from skl2._tabular.encoder import TabularEncoder
from skl2._tabular.frames import as_table, columns_of_frame

COLUMNS = {"age": [1.5, None, 3.0], "job": ["cook", "nurse", None]}


def test_a_batch_becomes_a_table():
    """A record batch of pyarrow is the table of the same columns; everything else stays as it is."""
    pyarrow = pytest.importorskip("pyarrow")
    batch, table = pyarrow.RecordBatch.from_pydict(COLUMNS), pyarrow.table(COLUMNS)
    assert as_table(batch).equals(table)
    for X in (table, pd.DataFrame(COLUMNS), np.ones((2, 2)), [[1, 2]], None):
        assert as_table(X) is X


def test_columns_are_those_of_the_frame():
    """Frames of all libraries give their columns in order, arrays and lists none."""
    pyarrow, polars = pytest.importorskip("pyarrow"), pytest.importorskip("polars")
    for frame in (pd.DataFrame(COLUMNS), polars.DataFrame(COLUMNS), pyarrow.table(COLUMNS)):
        age, job = columns_of_frame(frame)
        assert np.array_equal(np.asarray(age.to_numpy(), float), [1.5, np.nan, 3.0], equal_nan=True)
        assert list(job.to_numpy())[:2] == ["cook", "nurse"]
    assert columns_of_frame(np.ones((2, 2))) is None
    assert columns_of_frame([[1, 2]]) is None


def test_batches_have_names_and_rows():
    """Columns of a batch are held against those of fit by name, and a batch without rows is an error in words."""
    pyarrow = pytest.importorskip("pyarrow")
    encoder = TabularEncoder().fit(pyarrow.RecordBatch.from_pydict(COLUMNS))
    assert encoder.feature_names_in_.tolist() == ["age", "job"]
    with pytest.raises(ValueError, match="Feature names must be in the same order as they were in fit"):
        encoder.transform(pyarrow.RecordBatch.from_pydict(dict(reversed(COLUMNS.items()))))
    with pytest.raises(ValueError, match=r"Found array with 0 sample\(s\)"):
        encoder.transform(pyarrow.RecordBatch.from_pydict(COLUMNS)[:0])
