"""Raw predictions against the formula."""

import tracemalloc

import numpy as np
import pytest
from scipy.sparse import csr_array

from skl2 import MLPClassifier, MLPRegressor
from skl2._training.prediction import BLOCK_BYTES, _rows, raw_prediction


def test_raw_prediction_is_the_formula():
    """Two layers: relu(X W₁ + b₁) W₂ + b₂, without touching X or the weights."""
    random = np.random.default_rng(0)
    X, W1, b1, W2, b2 = (random.standard_normal(shape) for shape in ((5, 3), (3, 4), 4, (4, 2), 2))
    copies = [array.copy() for array in (X, W1, b1, W2, b2)]
    result = raw_prediction(X, [W1, W2], [b1, b2], "relu")
    np.testing.assert_allclose(result, np.maximum(X @ W1 + b1, 0) @ W2 + b2, rtol=1e-14)
    for array, copy in zip((X, W1, b1, W2, b2), copies, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_without_hidden_layer_it_is_linear():
    """One layer: X W + b, also with the identity, which returns its input."""
    X, W, b = np.eye(3), np.arange(6.0).reshape(3, 2), np.array([10.0, 20.0])
    np.testing.assert_array_equal(raw_prediction(X, [W], [b], "identity"), W + b)
    np.testing.assert_array_equal(X, np.eye(3))


@pytest.mark.parametrize("form", [np.asarray, np.asfortranarray, csr_array], ids=["C", "Fortran", "sparse"])
@pytest.mark.parametrize("n_samples", [1024, 1025, 2500])
def test_blocks_change_nothing_but_memory(n_samples, form, monkeypatch):
    """Predictions in blocks of 1024 rows, the last one smaller, are those of all rows at once to rounding."""
    random = np.random.default_rng(0)
    X, coefs = random.standard_normal((n_samples, 3)), [random.standard_normal(shape) for shape in ((3, 4), (4, 2))]
    intercepts = [np.ones(4), np.arange(2.0)]
    whole = raw_prediction(X, coefs, intercepts, "tanh")
    for name in ("BLOCK_BYTES", "SPARSE_BLOCK_BYTES"):
        monkeypatch.setattr(f"skl2._training.prediction.{name}", 1)
    np.testing.assert_allclose(raw_prediction(form(X), coefs, intercepts, "tanh"), whole, rtol=0, atol=1e-14)


@pytest.mark.parametrize("form", [np.asarray, csr_array], ids=["dense", "sparse"])
def test_rows_are_views(form):
    """Rows of a block, also one that ends beyond X, are those of a slice, and share the memory of X."""
    X = form(np.arange(15.0).reshape(5, 3) % 4)
    for start, stop in [(0, 2), (2, 4), (4, 6)]:
        rows = _rows(X, start, stop)
        expected = X[start:stop]
        assert rows.shape == expected.shape
        np.testing.assert_array_equal(rows @ np.eye(3), expected @ np.eye(3))
        ours, theirs = (rows, X) if form is np.asarray else (rows.data, X.data)
        assert np.shares_memory(ours, theirs)


@pytest.mark.parametrize("network", [np.float32, np.float64])
@pytest.mark.parametrize("data", [np.float32, np.float64])
def test_precision_is_that_of_the_more_precise(data, network, monkeypatch):
    """The dtype is the larger of X and network, in blocks and in one."""
    X, layers = np.ones((1100, 2), data), ([np.ones((2, 1), network)], [np.ones(1, network)])
    assert raw_prediction(X, *layers, "relu").dtype == np.result_type(data, network)
    monkeypatch.setattr("skl2._training.prediction.BLOCK_BYTES", 1)
    assert raw_prediction(X, *layers, "relu").dtype == np.result_type(data, network)


def test_memory_does_not_grow_with_the_hidden_layers():
    """Beyond its result a prediction for many rows takes the blocks of two layers, and not n_samples times units."""
    X, n_units = np.zeros((100_000, 2)), 50
    coefs, intercepts = [np.zeros((2, n_units)), np.zeros((n_units, 1))], [np.zeros(n_units), np.zeros(1)]
    tracemalloc.start()
    try:
        result = raw_prediction(X, coefs, intercepts, "relu")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < result.nbytes + 2 * BLOCK_BYTES + 2**20


@pytest.mark.parametrize("method", ["predict", "score"])
@pytest.mark.parametrize("kind", ["linear", "two layers", "poisson"])
def test_a_prediction_that_overflows_is_refused(kind, method):
    """Where the sum of a unit, or the exponential of a count, is no number, the samples are called too large."""
    settings = {"linear": {}, "two layers": {"hidden_layer_sizes": (2,)}, "poisson": {"loss": "poisson"}}[kind]
    model = MLPRegressor(**{"hidden_layer_sizes": ()} | settings, optimizer="lbfgs", random_state=0)
    model.fit([[0.0], [1.0]], [1.0, 2.0])
    for coef in model.coefs_:
        coef[:] = 1e200
    arguments = [[[1e200]], [1.0]][: 2 if method == "score" else 1]
    with pytest.raises(ValueError, match=r"^Predictions overflow float64: .* Scale X as the samples"):
        getattr(model, method)(*arguments)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
def test_a_label_of_numbers_that_overflow_is_refused(method):
    """No class is chosen, and no probability is NaN, where the outputs are no numbers."""
    model = MLPClassifier(hidden_layer_sizes=(), optimizer="lbfgs", dtype="float32")
    model.fit(np.float32([[0], [1], [2]]), [0, 1, 2])
    model.coefs_[0][:] = 1e30
    with pytest.raises(ValueError, match=r"^Predictions overflow float32"):
        getattr(model, method)(np.float32([[1e30]]))
