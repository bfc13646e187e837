"""Tables of all kinds: what fit and predict take, and what the prediction is."""

import warnings
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import is_classifier
from sklearn.exceptions import ConvergenceWarning

from skl2 import TabularEncoder, TabularMLPClassifier, TabularMLPRegressor
from skl2._inputs.samples import validate_unseen
from skl2._tabular import base

RANDOM = np.random.default_rng(0)
N = 48
AGE = RANDOM.normal(40, 12, N)
JOB = RANDOM.choice(["cook", "nurse", "smith"], N)
Y = AGE / 10 + (JOB == "cook")
NUMBERS = np.column_stack([AGE, RANDOM.uniform(size=N), RANDOM.standard_normal(N)])
NUMBERS[::5, 1] = np.nan
MIXED = pd.DataFrame(
    {
        "age": AGE,
        "count": pd.array(RANDOM.integers(0, 9, N), dtype="Int64"),
        "job": JOB,
        "size": pd.Categorical(RANDOM.choice(["S", "M", "L"], N), ["S", "M", "L"], ordered=True),
        "owner": RANDOM.random(N) < 0.5,
        "since": [datetime(2020, 1, 1) + timedelta(days=int(days)) for days in RANDOM.integers(0, 900, N)],
        "zip": RANDOM.choice(["8001", "3000"], N),
        "title": [f"title {number}" for number in RANDOM.integers(0, 40, N)],
    },
    index=RANDOM.permutation(N) + 5,
)
MIXED.loc[MIXED.index[::7], ["count", "job", "since", "size"]] = None
TRAINING = {"batch_size": 10, "max_iter": 4, "learning_rate_init": 0.05}
SMALL = {"hidden_layer_sizes": (8,), "alphas": 2, "random_state": 0} | TRAINING
BOTH = pytest.mark.parametrize("Model", [TabularMLPClassifier, TabularMLPRegressor])


def target(Model):
    """Classes or values, of the same rows."""
    return Y if Model is TabularMLPRegressor else np.where(Y > 4, "old", "young")


def fitted(Model, X, y=None, **settings):
    """A small model of a table."""
    return Model(**SMALL | settings).fit(X, target(Model) if y is None else y)


def says(model, X):
    """All that a model says of rows."""
    predictions = [model.predict(X)]
    if is_classifier(model):
        return [*predictions, model.predict_proba(X), model.predict_log_proba(X), model.predict_set(X, 0.6)]
    return [*predictions, model.predict_interval(X, 0.6)]


def assert_same(model, X, other, X_other):
    """Two models say the same of the same rows."""
    for ours, theirs in zip(says(model, X[:9]), says(other, X_other[:9]), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@BOTH
def test_the_prediction_is_the_mean_of_the_networks(Model):
    """It is the mean over estimators_ of what each says of the output of its encoder, of encoders_ in turn."""
    model = fitted(Model, MIXED, cv=4)
    per_encoder = 4 // len(model.encoders_)
    parts = []
    for number, network in enumerate(model.estimators_):
        encoded = model.encoders_[number // per_encoder].transform(MIXED)
        parts.append(getattr(network, "predict_proba" if is_classifier(model) else "predict")(encoded))
    assert len(parts) == 4
    mean = np.mean(parts, axis=0)
    if is_classifier(model):
        np.testing.assert_allclose(model.predict_proba(MIXED), mean)
        np.testing.assert_array_equal(model.predict(MIXED), model.classes_[mean.argmax(axis=1)])
    else:
        np.testing.assert_allclose(model.predict(MIXED), mean * Y.std() + Y.mean())


@BOTH
def test_rows_are_encoded_and_validated_once(Model, monkeypatch):
    """Each encoding of the rows is made once and validated once, however many networks are on it."""
    model, encoded, validated = fitted(Model, MIXED, cv=6), [], []
    transform = TabularEncoder.transform
    monkeypatch.setattr(TabularEncoder, "transform", lambda *given: encoded.append(1) or transform(*given))
    monkeypatch.setattr(
        "skl2._estimators.base.validate_unseen", lambda *given: validated.append(1) or validate_unseen(*given)
    )
    says(model, MIXED)
    n_calls = len(says(model, MIXED[:1]))
    assert len(encoded) == len(validated) == 2 * n_calls * len(model.encoders_)


@BOTH
def test_predictions_out_of_fold(Model):
    """What cv_predictions_ has of a row is said by the network of the fold that held it out."""
    halves = np.split(np.arange(N), 2)
    model = fitted(Model, NUMBERS, cv=[halves, halves[::-1]], store_predictions=True)
    for test, network, number in zip(halves[::-1], model.estimators_, model._encoder_numbers, strict=True):
        encoded = model.encoders_[number].transform(NUMBERS[test])
        said = network.predict_proba(encoded) if is_classifier(model) else network.predict(encoded) * Y.std() + Y.mean()
        np.testing.assert_allclose(model.cv_predictions_[test], said, rtol=1e-6)


@BOTH
@pytest.mark.parametrize("table", [MIXED, NUMBERS, NUMBERS.tolist()], ids=["frame", "array", "list"])
def test_blocks_of_rows(Model, table, monkeypatch):
    """Rows predicted in blocks have the predictions that they have together."""
    model, few = fitted(Model, table), table[:10]
    expected = says(model, few)
    for rows in (1, 7):
        monkeypatch.setattr(base, "BLOCK_ROWS", rows)
        for ours, theirs in zip(says(model, few), expected, strict=True):
            if ours.dtype.kind == "f":
                np.testing.assert_allclose(ours, theirs, rtol=1e-6)
            else:
                np.testing.assert_array_equal(ours, theirs)


@BOTH
def test_frames_arrays_and_lists(Model):
    """The same numbers give the same model as an array with NaN, a list, an array of objects, or a frame."""
    model = fitted(Model, NUMBERS)
    for X in (NUMBERS.tolist(), NUMBERS.astype(object), np.asfortranarray(NUMBERS), pd.DataFrame(NUMBERS)):
        assert_same(fitted(Model, X), X, model, NUMBERS)
    assert model.n_features_in_ == 3
    assert not hasattr(model, "feature_names_in_")


@BOTH
def test_frames_of_polars(Model):
    """A frame of polars, with its own y, is what the frame of pandas is; so are a table and a batch of pyarrow."""
    polars, pyarrow = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    X = MIXED.drop(columns="size")
    model, y = fitted(Model, X), target(Model)
    table = pyarrow.Table.from_pandas(X, preserve_index=False)
    batch = table.combine_chunks().to_batches()[0]
    for frame, own in [(polars.from_pandas(X), polars.Series(y)), (table, y), (batch, y)]:
        other = fitted(Model, frame, own)
        assert_same(other, frame, model, X)
        assert other.feature_names_in_.tolist() == list(X)


@BOTH
def test_other_columns_at_predict(Model):
    """Another order or name is scikit-learn's error, an array where there was a frame its warning."""
    X = MIXED[["age", "owner"]]
    model = fitted(Model, X)
    with pytest.raises(ValueError, match="Feature names must be in the same order as they were in fit"):
        model.predict(X[["owner", "age"]])
    with pytest.raises(ValueError, match="Feature names seen at fit time, yet now missing:\n- owner"):
        model.predict(X[["age"]])
    with pytest.raises(ValueError, match=r"X has 2 features, but .* is expecting 3 features as input"):
        fitted(Model, NUMBERS).predict(NUMBERS[:, :2])
    with pytest.warns(UserWarning, match="X does not have valid feature names, but Tab"):
        model.predict(X.to_numpy())


@BOTH
def test_levels_and_gaps_that_fit_has_not_seen(Model):
    """At predict there may be other levels, gaps in any column, and words among numbers."""
    model = fitted(Model, MIXED)
    later = MIXED[:4].astype(object)
    later["job"], later["title"], later["size"] = "astronaut", "title new", None
    later.iloc[2:] = None
    later.iloc[0, 1] = "unknown"
    for said in says(model, later):
        assert len(said) == 4
        assert said.dtype.kind != "f" or np.all(np.isfinite(said))


@BOTH
def test_columns_that_say_nothing(Model):
    """Constants, empty columns and identifiers do no harm; if there is nothing else, a warning says so."""
    X = pd.DataFrame({"one": 1, "empty": None, "nan": np.nan, "id": [f"id {number}" for number in range(N)]})
    message = "has learned nothing.* no column of X varies: look at how X is made"
    with pytest.warns(ConvergenceWarning, match=message):
        model = fitted(Model, X[["one", "empty", "nan"]])
    assert len(np.unique(model.predict(X[["one", "empty", "nan"]]))) == 1
    with pytest.warns(ConvergenceWarning, match=message):
        assert len(fitted(Model, X).predict(X)) == N
    assert len(fitted(Model, X.assign(age=AGE)).predict(X.assign(age=AGE))) == N


@BOTH
def test_columns_that_are_missing_in_a_fold(Model):
    """A column that is empty in the rows of a fold is no problem, nor a level that only one fold has."""
    half = np.arange(N) < N // 2
    X = pd.DataFrame({"age": np.where(half, np.nan, AGE), "job": np.where(half, None, JOB), "when": date(2020, 1, 1)})
    X["level"] = np.where(half, "a", "b")
    model = fitted(
        Model, X, cv=[(np.flatnonzero(half), np.flatnonzero(~half)), (np.flatnonzero(~half), np.flatnonzero(half))]
    )
    assert len(model.predict(X)) == N


@pytest.mark.filterwarnings("ignore:The search has learned nothing")  # of one row that a fold trains on
@BOTH
@pytest.mark.parametrize("n_rows", [2, 3, 5])
def test_few_rows(Model, n_rows):
    """A handful of rows is enough, by default settings too, but for the time."""
    model = Model(max_iter=4).fit(MIXED[:n_rows], target(Model)[:n_rows])
    assert model.n_splits_ == 2
    assert len(model.predict(MIXED)) == N


@BOTH
@pytest.mark.parametrize("output", ["pandas", "polars"])
def test_global_output_of_transformers(Model, output):
    """scikit-learn's transform_output changes nothing, at fit or at predict."""
    pytest.importorskip(output)
    model = fitted(Model, MIXED, scoring="neg_log_loss" if Model is TabularMLPClassifier else "r2")
    expected = says(model, MIXED)
    with config_context(transform_output=output):
        other = fitted(Model, MIXED, scoring="neg_log_loss" if Model is TabularMLPClassifier else "r2")
        inside = says(other, MIXED)
    for plain, within, outside in zip(expected, inside, says(other, MIXED), strict=True):
        np.testing.assert_array_equal(plain, within)
        np.testing.assert_array_equal(plain, outside)


@BOTH
def test_nothing_warns(Model):
    """By default settings a frame of all kinds of columns is encoded, trained and predicted in silence."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        says(Model(max_iter=2, verbose=0).fit(MIXED, target(Model)), MIXED)
    assert seen == []
