"""dask collections as samples, and dask-ml's wrappers. Clusters as workers are in test_backends.py."""

import numpy as np
import pandas as pd
import pytest

from skl2 import MLPClassifier, MLPClassifierCV

dask_array = pytest.importorskip("dask.array")

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((60, 3))
Y = np.digitize(X[:, 0] + 0.5 * RANDOM.standard_normal(60), [-0.5, 0.5])
WEIGHT = RANDOM.uniform(0.5, 2, 60)
SMALL = {"hidden_layer_sizes": (5,), "batch_size": 20, "max_iter": 5, "learning_rate_init": 0.05, "random_state": 0}
SEARCH = SMALL | {"alphas": [0, 0.1], "cv": 2}
PARTS = dask_array.from_array(X, chunks=(20, 3))
LABELS = dask_array.from_array(Y, chunks=20)


@pytest.mark.parametrize(("Estimator", "settings"), [(MLPClassifier, SMALL), (MLPClassifierCV, SEARCH)])
def test_arrays_are_computed(Estimator, settings):
    """dask arrays of samples, labels and weights are computed, and train as what they stand for."""
    weight = dask_array.from_array(WEIGHT, chunks=30)
    model, plain = Estimator(**settings).fit(PARTS, LABELS, weight), Estimator(**settings).fit(X, Y, WEIGHT)
    np.testing.assert_array_equal(model.predict_proba(PARTS), plain.predict_proba(X))
    assert model.score(PARTS, LABELS, weight) == pytest.approx(plain.score(X, Y, WEIGHT), rel=1e-12)


def test_arrays_of_a_path():
    """So does a path."""
    path = MLPClassifier(**SMALL).path(PARTS, LABELS, [0, 1])
    np.testing.assert_array_equal(path.score(PARTS, LABELS), MLPClassifier(**SMALL).path(X, Y, [0, 1]).score(X, Y))


def test_frames_are_computed():
    """So do dask frames; a search wants them computed before, and says so."""
    dask_frame = pytest.importorskip("dask.dataframe")
    frame = dask_frame.from_pandas(pd.DataFrame(X, columns=list("abc")), npartitions=3)
    labels = dask_frame.from_pandas(pd.Series(Y, name="y"), npartitions=3)
    model, plain = MLPClassifier(**SMALL).fit(frame, labels), MLPClassifier(**SMALL).fit(X, Y)
    np.testing.assert_allclose(model.predict_proba(frame), plain.predict_proba(X), rtol=1e-9)
    with pytest.raises(TypeError, match=r"rows of X, and a dask DataFrame gives none.* of dask X\.compute\(\)"):
        MLPClassifierCV(**SEARCH).fit(frame, Y)
    with pytest.raises(TypeError, match="rows of y, and a dask Series gives none"):
        MLPClassifierCV(**SEARCH).fit(X, labels)
    search = MLPClassifierCV(**SEARCH).fit(frame.compute(), labels.compute())
    assert search.feature_names_in_.tolist() == list("abc")
    assert search.best_score_ == MLPClassifierCV(**SEARCH).fit(X, Y).best_score_


def test_predictions_in_parts():
    """ParallelPostFit predicts lazily, part by part."""
    wrappers = pytest.importorskip("dask_ml.wrappers")
    model = wrappers.ParallelPostFit(MLPClassifier(**SMALL)).fit(X, Y)
    probability = model.predict_proba(PARTS)
    assert isinstance(probability, dask_array.Array)
    expected = MLPClassifier(**SMALL).fit(X, Y).predict_proba(X)
    np.testing.assert_allclose(probability.compute(), expected, rtol=1e-12)


def test_training_in_parts():
    """Incremental is partial_fit on one part after the other."""
    wrappers = pytest.importorskip("dask_ml.wrappers")
    model = wrappers.Incremental(MLPClassifier(**SMALL), shuffle_blocks=False).fit(PARTS, LABELS, classes=[0, 1, 2])
    plain = MLPClassifier(**SMALL)
    for start in (0, 20, 40):
        plain.partial_fit(X[start : start + 20], Y[start : start + 20], classes=[0, 1, 2])
    np.testing.assert_array_equal(model.estimator_.coefs_[0], plain.coefs_[0])
