"""Raw predictions against the formula."""

import numpy as np

from skl2._prediction import raw_prediction


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
