"""Frames of pandas, polars and pyarrow, none of which is imported: their columns, and what scikit-learn checks."""

from sklearn.utils import check_array
from sklearn.utils.validation import validate_data


def as_table(X):
    """Return a record batch of pyarrow as a table, and all else as it is.

    Of a batch scikit-learn sees no names, cannot take rows, and its columns are copied to numpy only if told so.
    """
    return X.schema.empty_table().from_batches([X]) if type(X).__name__ == "RecordBatch" else X


def check_columns(estimator, X, reset):
    """Hold names and number of the columns against those of fit; what is in them is for encoders to say."""
    if getattr(X, "ndim", 2) != 2:
        check_array(X, dtype=None)  # says so
    validate_data(estimator, X, skip_check_array=True, reset=reset)


def columns_of_frame(X):
    """Return the columns of a frame of pandas, polars or pyarrow; None of anything else."""
    if len(getattr(X, "shape", ())) != 2:
        return None
    if hasattr(X, "iloc"):
        return [column for _, column in X.items()]
    if hasattr(X, "get_columns"):
        return X.get_columns()
    return X.columns if hasattr(X, "column_names") else None


def check_not_empty(estimator, columns):
    """Raise ValueError for a frame without rows or columns, as scikit-learn does for arrays."""
    shape = (len(columns[0]) if columns else 0, len(columns))
    for size, what in zip(shape[::-1], ("feature", "sample"), strict=True):
        if not size:
            raise ValueError(
                f"Found array with 0 {what}(s) (shape={shape}) while a minimum of 1 is required by "
                f"{type(estimator).__name__}."
            )
