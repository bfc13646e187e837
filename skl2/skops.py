"""Files of skops, read after an audit: `from skl2.skops import load`. It needs skops: `pip install '.[skops]'`."""

from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from skl2._estimators.classifier import MLPClassifier
from skl2._estimators.regressor import MLPRegressor
from skl2._estimators.regularization_path import RegularizationPath
from skl2._selection.classifier import MLPClassifierCV
from skl2._selection.regressor import MLPRegressorCV
from skl2._tabular.classifier import TabularMLPClassifier
from skl2._tabular.encoder import TabularEncoder
from skl2._tabular.encodings import Numbers, OneHot, Series
from skl2._tabular.level_means import LevelMeans
from skl2._tabular.piecewise import PiecewiseLinearEncoder
from skl2._tabular.regressor import TabularMLPRegressor
from skl2._tabular.target import TargetScale

__all__ = ["TRUSTED_TYPES", "load"]

KINDS = (
    *(MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV, RegularizationPath),
    *(TabularMLPClassifier, TabularMLPRegressor, TabularEncoder, PiecewiseLinearEncoder),
    *(Numbers, OneHot, Series, LevelMeans, TargetScale),  # of which the latter hold their encodings and units
)
TRUSTED_TYPES = tuple(f"{kind.__module__}.{kind.__qualname__}" for kind in KINDS)


def load(file, *, trusted=()):
    """Load what `skops.io.dump` wrote, if nothing in it is of a type other than skops's, scikit-learn's or ours.

    Unlike a pickle, such a file cannot run code: skops makes objects of the types that it trusts, and of those that it
    is told to. This function tells it our estimators and the path, `skl2.skops.TRUSTED_TYPES`, and names what else is
    in the file before any of it is made.

    Parameters
    ----------
    file : str, path-like or binary file
        A file that `skops.io.dump` wrote. It is read once: what is audited is what is loaded.
    trusted : str or array-like of str, default=()
        Further types that you trust, by the names that the error message gives, such as your own scorer.

    Returns
    -------
    model : object
        What was dumped: an estimator, a path, or a pipeline with one. Its state has been checked as that of a pickle.

    Raises
    ------
    TypeError
        If there are other types in the file; they are named, and nothing has been made of them.
    ValueError
        If it is not a file of skops or is damaged.
    ImportError
        If skops is not installed.

    Examples
    --------
    >>> from io import BytesIO
    >>> from skops.io import dump
    >>> from skl2 import MLPRegressor
    >>> from skl2.skops import load
    >>> model = MLPRegressor(hidden_layer_sizes=(), optimizer="lbfgs").fit([[0.0], [1.0]], [0.0, 2.0])
    >>> dump(model, file := BytesIO())
    >>> file.seek(0)
    0
    >>> load(file).predict([[0.5]]).round(3)
    array([1.])
    """
    io = _import_skops()
    trusted = [*TRUSTED_TYPES, *([trusted] if isinstance(trusted, str) else trusted)]
    data = file.read() if hasattr(file, "read") else Path(file).read_bytes()
    with _damage_in_words():
        unknown = set(io.get_untrusted_types(file=BytesIO(data))).difference(trusted)
    if unknown:
        raise TypeError(
            f"The file has types that neither skops nor skl2 knows: {', '.join(sorted(unknown))}. If you know where it "
            "is from and trust them, pass their names: load(file, trusted=[...])."
        )
    with _damage_in_words():
        return io.load(BytesIO(data), trusted=trusted)


@contextmanager
def _damage_in_words():
    """Make one kind of error of the many that zipfile, zlib, json and skops raise of a damaged file."""
    try:
        yield
    except ValueError:
        raise
    except Exception as error:
        raise ValueError(f"This is not a file of skops, or it is damaged ({type(error).__name__}: {error}).") from error


def _import_skops():
    try:
        import skops.io
    except ImportError as error:
        raise ImportError("skl2.skops.load needs skops: pip install skops") from error
    return skops.io
