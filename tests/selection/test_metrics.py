"""Accuracy and R² of a search are those of scikit-learn's scorers to the last bit, and other scorers are called."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, get_scorer, make_scorer, r2_score

from skl2._selection.metrics import find_measure

RANDOM = np.random.default_rng(0)
CLASSES = RANDOM.integers(3, size=101)
VALUES = 100 * RANDOM.standard_normal(101)


@pytest.mark.parametrize("n_samples", [1, 2, 7, 101])
@pytest.mark.parametrize(
    "wrap", [np.asarray, pd.Series, np.vectorize("abc".__getitem__)], ids=["array", "series", "text"]
)
def test_accuracy_is_that_of_scikit_learn(wrap, n_samples):
    """Of numbers and of text, in arrays and in series."""
    y, predicted = wrap(CLASSES[:n_samples]), np.asarray(wrap(CLASSES[::-1][:n_samples]))
    score = find_measure(get_scorer("accuracy"), y, {})(predicted)
    assert (score, type(score)) == (accuracy_score(y, predicted), float)


@pytest.mark.parametrize("n_samples", [2, 7, 101])
def test_r_squared_is_that_of_scikit_learn(n_samples):
    """With the same bits."""
    y, predicted = VALUES[:n_samples], 0.9 * VALUES[:n_samples] + 3
    score = find_measure(get_scorer("r2"), y, {})(predicted)
    assert (score, type(score)) == (r2_score(y, predicted), float)


@pytest.mark.parametrize(
    ("y", "predicted"),
    [
        ([1.0], [2.0]),
        ([1.0, 1.0], [1.0, 2.0]),
        ([1.0, 2.0], [1.0, 2.0]),
        ([1, 2, 4], [1.0, 2.0, 3.0]),
        (np.float32([1, 2, 4]), np.float32([1, 2, 3])),
    ],
    ids=["one sample", "equal values", "no error", "integers", "float32"],
)
def test_what_r_squared_leaves_to_scikit_learn(y, predicted):
    """Where it is not defined, or of other dtypes, the measure has no number."""
    assert find_measure(get_scorer("r2"), np.array(y), {})(np.array(predicted)) is None


@pytest.mark.parametrize(
    ("scorer", "y", "params"),
    [
        (get_scorer("balanced_accuracy"), CLASSES, {}),
        (make_scorer(accuracy_score, normalize=False), CLASSES, {}),
        (make_scorer(accuracy_score, greater_is_better=False), CLASSES, {}),
        (make_scorer(accuracy_score, response_method="predict_proba"), CLASSES, {}),
        (lambda estimator, X, y: 1.0, CLASSES, {}),
        (get_scorer("accuracy"), CLASSES, {"sample_weight": np.ones(101)}),
        (get_scorer("accuracy"), CLASSES.tolist(), {}),
        (get_scorer("accuracy"), np.eye(3, dtype=int)[CLASSES], {}),
        (get_scorer("accuracy"), pd.Series(CLASSES, dtype="category"), {}),
    ],
    ids=["other", "arguments", "sign", "method", "callable", "weights", "list", "labels", "categories"],
)
def test_other_scorers_are_called(scorer, y, params):
    """What is not plain accuracy or R² of one column is for the scorer."""
    assert find_measure(scorer, y, params) is None
