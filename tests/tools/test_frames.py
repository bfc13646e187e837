"""Frames of pandas, polars and pyarrow, with their own types: results of arrays, and names that are checked."""

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import cross_val_score

from skl2 import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV, RegularizationPathDisplay

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((60, 3))
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(60), [-0.5, 0.5])
WORDS = np.array(["a", "b", "c"])[Y]
TARGET = X @ [1.0, -2.0, 0.5]
WEIGHT = RANDOM.uniform(0.5, 2, 60)
NAMES = ["x", "y", "z"]
SMALL = {"hidden_layer_sizes": (5,), "batch_size": 20, "max_iter": 5, "learning_rate_init": 0.05, "random_state": 0}
SEARCH = SMALL | {"alphas": [0, 0.1], "cv": 2}


def pandas_frame(X, dtype="float64"):
    """A frame whose index is not 0 … n - 1."""
    return pd.DataFrame(X, columns=NAMES, index=RANDOM.permutation(len(X)) + 100).astype(dtype)


def polars_frame(X):
    """A frame of polars."""
    return pytest.importorskip("polars").DataFrame(X, schema=NAMES)


def arrow_table(X):
    """A table of pyarrow."""
    return pytest.importorskip("pyarrow").table(dict(zip(NAMES, X.T, strict=True)))


def arrow_backed(X):
    """A frame of pandas that is backed by pyarrow."""
    pytest.importorskip("pyarrow")
    return pandas_frame(X, "double[pyarrow]")


FRAMES = {
    "pandas": pandas_frame,
    "pandas Float64": lambda X: pandas_frame(X, "Float64"),
    "pandas mixed": lambda X: pandas_frame(X, {"x": "Float64"}),
    "pandas pyarrow": arrow_backed,
    "polars": polars_frame,
    "pyarrow": arrow_table,
}
EVERY_FRAME = pytest.mark.parametrize("make", FRAMES.values(), ids=FRAMES)


def polars_series(values, dtype=None):
    """A column of polars."""
    polars = pytest.importorskip("polars")
    return polars.Series("column", values, dtype=dtype and getattr(polars, dtype))


def arrow_array(values):
    """A column of pyarrow."""
    return pytest.importorskip("pyarrow").array(values)


COLUMNS = {
    "list": np.ndarray.tolist,
    "pandas": lambda values: pd.Series(values, index=np.arange(60)[::-1]),
    "polars": polars_series,
    "pyarrow": arrow_array,
}
LABELS = {
    **{f"{name} numbers": (make, Y) for name, make in COLUMNS.items()},
    **{f"{name} words": (make, WORDS) for name, make in COLUMNS.items()},
    "pandas Int64": (lambda y: pd.Series(y, dtype="Int64"), Y),
    "pandas category": (lambda y: pd.Series(y, dtype="category"), Y),
    "pandas category of words": (lambda y: pd.Series(y, dtype="category"), WORDS),
    "pandas string": (lambda y: pd.Series(y, dtype="string"), WORDS),
    "pandas object": (lambda y: pd.Series(y, dtype=object), WORDS),
    "pandas boolean": (lambda y: pd.Series(y, dtype="boolean"), Y > 0),
    "polars category": (lambda y: polars_series(y, "Categorical"), WORDS),
    "polars bool": (polars_series, Y > 0),
}
WEIGHTS = {**COLUMNS, "pandas Float64": lambda values: pd.Series(values, dtype="Float64")}
TARGETS = WEIGHTS | {"pandas Int64": lambda values: pd.Series(np.round(values), dtype="Int64")}


def assert_same(ours, expected):
    """Not to the last bit: BLAS adds in another order where columns of a frame are next to each other in memory."""
    np.testing.assert_allclose(ours, expected, rtol=1e-9)


@EVERY_FRAME
def test_frames_train_and_predict_as_arrays(make):
    """A frame gives its names and the predictions of the array; so does the search, with the same scores."""
    for Estimator, settings in ((MLPClassifier, SMALL), (MLPClassifierCV, SEARCH)):
        model, plain = Estimator(**settings).fit(make(X), Y), Estimator(**settings).fit(X, Y)
        assert model.feature_names_in_.tolist() == NAMES
        assert_same(model.predict_proba(make(X)), plain.predict_proba(X))
        assert model.score(make(X), Y) == plain.score(X, Y)
    assert_same(model.cv_results_["mean_test_score"], plain.cv_results_["mean_test_score"])


@EVERY_FRAME
def test_names_are_checked(make):
    """Columns in another order are refused in predict, in score of a path and in X_val."""
    other = make(X)
    other = other.select(NAMES[::-1]) if hasattr(other, "select") else other[NAMES[::-1]]
    path = MLPRegressor(**SMALL).path(make(X), TARGET, [0, 0.1])
    early = MLPRegressor(**SMALL, early_stopping=True)
    for refused in (
        lambda: path[0].predict(other),
        lambda: path.score(other, TARGET),
        lambda: early.fit(make(X), TARGET, X_val=other, y_val=TARGET),
    ):
        with pytest.raises(ValueError, match="Feature names must be in the same order"):
            refused()


@EVERY_FRAME
def test_validation_sets_are_frames(make):
    """X_val may be a frame, whose targets and weights are columns."""
    early, own = MLPClassifier(**SMALL, early_stopping=True), {"X_val": X[:20], "y_val": Y[:20]}
    expected = early.fit(X, Y, **own, sample_weight_val=WEIGHT[:20]).validation_scores_
    own = {"X_val": make(X[:20]), "y_val": pd.Series(Y[:20]), "sample_weight_val": pd.Series(WEIGHT[:20])}
    assert early.fit(make(X), Y, **own).validation_scores_ == expected


@EVERY_FRAME
def test_paths_and_their_display(make):
    """A path of a frame is that of the array, and its display scores on frames."""
    path, plain = (MLPRegressor(**SMALL).path(given, TARGET, [0.01, 1]) for given in (make(X), X))
    display = RegularizationPathDisplay.from_path(path, make(X), pd.Series(TARGET))
    expected = RegularizationPathDisplay.from_path(plain, X, TARGET)
    assert_same(display.scores, expected.scores)


@EVERY_FRAME
def test_parts_are_frames(make):
    """partial_fit takes frames."""
    model, plain = MLPClassifier(**SMALL), MLPClassifier(**SMALL)
    for part in (slice(0, 20), slice(20, 60)):
        model.partial_fit(make(X[part]), Y[part], classes=[0, 1, 2])
        plain.partial_fit(X[part], Y[part], classes=[0, 1, 2])
    assert_same(model.predict_proba(make(X)), plain.predict_proba(X))


@pytest.mark.parametrize("labels", LABELS)
def test_labels_of_every_kind(labels):
    """Labels from a column come back as they were, of fit, path, early stopping and the search."""
    make, y = LABELS[labels]
    column, frame = make(y), pandas_frame(X)
    model, plain = MLPClassifier(**SMALL).fit(frame, column), MLPClassifier(**SMALL).fit(X, y)
    np.testing.assert_array_equal(model.predict(frame), plain.predict(X))
    assert_same(model.predict_proba(frame), plain.predict_proba(X))
    assert model.score(frame, column) == plain.score(X, y)
    assert model.path(frame, column, [0, 1]).score(frame, column).shape == (2,)
    early = MLPClassifier(**SMALL, early_stopping=True)
    assert early.fit(X, column).validation_scores_ == early.fit(X, y).validation_scores_
    search, expected = MLPClassifierCV(**SEARCH).fit(frame, column), MLPClassifierCV(**SEARCH).fit(X, y)
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], expected.cv_results_["mean_test_score"])
    scores = cross_val_score(MLPClassifier(**SMALL), frame, column, cv=2, error_score="raise")
    np.testing.assert_array_equal(scores, cross_val_score(MLPClassifier(**SMALL), X, y, cv=2))


@pytest.mark.parametrize("targets", TARGETS)
def test_targets_of_every_kind(targets):
    """Targets from a column train as the array of their values."""
    y = np.round(TARGET) if targets == "pandas Int64" else TARGET
    for Estimator, settings in ((MLPRegressor, SMALL), (MLPRegressorCV, SEARCH)):
        model = Estimator(**settings).fit(pandas_frame(X), TARGETS[targets](TARGET))
        expected = Estimator(**settings).fit(X, y)
        assert_same(model.predict(pandas_frame(X)), expected.predict(X))
    assert model.best_score_ == pytest.approx(expected.best_score_, rel=1e-9)


@pytest.mark.parametrize("weights", WEIGHTS)
def test_weights_of_every_kind(weights):
    """So do weights: in fit, in a path, in the search and in scores."""
    weight, frame = WEIGHTS[weights](WEIGHT), polars_frame(X) if weights == "polars" else pandas_frame(X)
    for Estimator, settings in ((MLPClassifier, SMALL), (MLPClassifierCV, SEARCH)):
        model, plain = Estimator(**settings).fit(frame, Y, weight), Estimator(**settings).fit(X, Y, WEIGHT)
        assert_same(model.predict_proba(frame), plain.predict_proba(X))
        assert model.score(frame, Y, weight) == pytest.approx(plain.score(X, Y, WEIGHT), rel=1e-12)
    assert model.best_score_ == pytest.approx(plain.best_score_, rel=1e-12)
    path, plain = (MLPClassifier(**SMALL).path(F, Y, [0, 1], w) for F, w in ((frame, weight), (X, WEIGHT)))
    assert_same(path.score(frame, Y, weight), plain.score(X, Y, WEIGHT))


@pytest.mark.parametrize("make", [pandas_frame, polars_frame], ids=["pandas", "polars"])
def test_frames_of_targets(make):
    """Several outputs, and several labels, are the columns of a frame."""
    for Estimator, settings in ((MLPRegressor, SMALL), (MLPRegressorCV, SEARCH)):
        assert_same(Estimator(**settings).fit(X, make(X)).predict(X), Estimator(**settings).fit(X, X).predict(X))
    labels = (X > 0).astype(int)
    for Estimator, settings in ((MLPClassifier, SMALL), (MLPClassifierCV, SEARCH)):
        model, plain = Estimator(**settings).fit(X, make(labels)), Estimator(**settings).fit(X, labels)
        np.testing.assert_array_equal(model.predict(X), plain.predict(X))


def test_missing_values_are_refused():
    """NA of pandas and null of polars are missing values, in X, y and sample_weight."""
    frame, weight = pandas_frame(X, "Float64"), pd.Series(WEIGHT, dtype="Float64")
    frame.iloc[3, 1] = weight[3] = pd.NA
    labels = pd.Series(Y, dtype="Int64")
    labels[3] = pd.NA
    for name, given in (("X", (frame, Y)), ("y", (X, labels)), ("sample_weight", (X, Y, weight))):
        for model in (MLPClassifier(**SMALL), MLPClassifierCV(**SEARCH), MLPRegressor(**SMALL)):
            with pytest.raises(ValueError, match=f"Input {name} contains NaN"):
                model.fit(*given)
    with pytest.raises(ValueError, match="Input X contains NaN"):
        MLPClassifier(**SMALL).fit(polars_frame(np.where(X > 2, np.nan, X)), Y)


def test_columns_that_are_not_numbers_are_refused():
    """Words among the features are an error that shows one of them."""
    for frame in (pandas_frame(X).assign(x=WORDS), polars_frame(X).with_columns(x=polars_series(WORDS))):
        with pytest.raises(ValueError, match=r"could not convert string to float: '[abc]'"):
            MLPClassifier(**SMALL).fit(frame, Y)
