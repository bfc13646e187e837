"""Samples: what is no error and no warning, and what is one on each of the two ways to predictions."""

import os
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_array, csc_array, csr_array, csr_matrix

import skl2._inputs.samples
from skl2 import MLPClassifier
from skl2._inputs.samples import FLOATS, validate_input, validate_unseen


@pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT", "0") != "0", reason="uncompiled kernels warn as numpy does")
def test_large_numbers_of_both_signs_are_no_warning():
    """X of numbers near the bounds of float32, whose sum is ∞ - ∞, says nothing before training does."""
    X = np.resize(np.float32([3e38, -3e38]), (64, 4))
    y = np.arange(64) % 2
    with pytest.raises(ValueError, match="Training diverged"):
        MLPClassifier((4,), batch_size=10, max_iter=6, learning_rate_init=0.05, random_state=0, optimizer="sgd").fit(
            np.asfortranarray(X), y
        )


DENSE = np.array([[0.5, -1.0, 0.0], [0.0, 2.0, 3.0]])


class Subclass(np.ndarray):
    """What numpy itself hands on, and scikit-learn makes an ndarray of."""


def replaced(**arrays):
    """A CSR matrix of shape (2, 3) with the arrays (1, 2), (0, 2), (0, 1, 2), but for those given."""
    X = csr_array((np.array([1.0, 2.0]), np.array([0, 2], np.int32), np.array([0, 1, 2], np.int32)), shape=(2, 3))
    for name, array in arrays.items():
        setattr(X, name, array)
    return X


def dense_with(value, dtype=float):
    """Samples of a dtype, one number of which is replaced."""
    X = DENSE.astype(dtype)
    X[1, 1] = value
    return X


PLAIN = {
    "float64": DENSE,
    "float32": DENSE.astype(np.float32),
    "Fortran": np.asfortranarray(DENSE),
    "strided": np.repeat(DENSE, 2, axis=1)[:, ::2],
    "csr_array": csr_array(DENSE),
    "csr_matrix": csr_matrix(DENSE.astype(np.float32)),
    "empty rows": csr_array((2, 3)),
}
OTHERS = {
    "list": DENSE.tolist(),
    "frame": pd.DataFrame(DENSE),
    "names": pd.DataFrame(DENSE, columns=list("abc")),
    "integers": np.arange(6).reshape(2, 3),
    "objects": DENSE.astype(object),
    "float16": DENSE.astype(np.float16),
    "longdouble": DENSE.astype(np.longdouble),
    "swapped bytes": DENSE.astype(DENSE.dtype.newbyteorder()),
    "complex": DENSE.astype(complex),
    "text": DENSE.astype(str),
    "fields": np.zeros((2, 3), [("a", float)]),
    "subclass": DENSE.view(Subclass),
    "masked": np.ma.masked_equal(DENSE, 2.0),
    "nothing masked": np.ma.masked_array(DENSE),
    "one dimension": DENSE[0],
    "no dimension": DENSE[0, 0],
    "three dimensions": DENSE[np.newaxis],
    "no rows": DENSE[:0],
    "no columns": DENSE[:, :0],
    "fewer columns": DENSE[:, :2],
    "more columns": np.hstack([DENSE, DENSE]),
    "NaN": dense_with(np.nan),
    "inf": dense_with(np.inf),
    "-inf": dense_with(-np.inf, np.float32),
    "sum of no number": np.array([[np.inf, -np.inf, 0.0]]),
    "sum too large": np.full((2, 3), 1e308),
    "differences too large": np.float32([[3e38, 3e38, -3e38], [-3e38, -3e38, 3e38]]),
    "None": None,
    "number": 1.0,
    "csc": csc_array(DENSE),
    "coo": coo_array(DENSE),
    "sparse integers": csr_array(DENSE.astype(int)),
    "sparse NaN": csr_array(dense_with(np.nan)),
    "sparse inf": csr_matrix(dense_with(np.inf)),
    "sparse fewer columns": csr_array(DENSE[:, :2]),
    "sparse no rows": csr_array((0, 3)),
    "index too large": replaced(indices=np.array([0, 3], np.int32)),
    "index negative": replaced(indices=np.array([-1, 2], np.int32)),
    "index unsigned": replaced(indices=np.array([0, 2], np.uint32)),
    "index float": replaced(indices=np.array([0.0, 2.0])),
    "indices of two types": replaced(indices=np.array([0, 2])),
    "fewer indices": replaced(indices=np.array([0], np.int32)),
    "rows from 1": replaced(indptr=np.array([1, 1, 2], np.int32)),
    "rows backwards": replaced(indptr=np.array([0, 2, 1], np.int32)),
    "rows beyond": replaced(indptr=np.array([0, 1, 3], np.int32)),
    "rows negative": replaced(indptr=np.array([0, -1, 2], np.int32)),
    "a row lacks": replaced(indptr=np.array([0, 2], np.int32)),
    "data of two dimensions": replaced(data=np.ones((2, 1))),
    "data in a list": replaced(data=[1.0, 2.0]),
    "indices in a list": replaced(indices=[0, 2]),
}
if coo_array(DENSE[0]).ndim == 1:  # scipy before 1.13 makes a row of it
    OTHERS["sparse one dimension"] = coo_array(DENSE[0]).tocsr()


def answer(validate, estimator, X):
    """What comes of a validation: (an error, or X as a type, a dtype and numbers; warnings)."""
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")
        try:
            checked = validate(estimator, X)
            dense = checked if isinstance(checked, np.ndarray) else checked.toarray()
            result = checked is X, type(checked), checked.dtype, dense.tolist()
        except Exception as error:
            result = type(error), str(error)
    return result, [str(warning.message) for warning in record]


def validate_as_scikit_learn(estimator, X):
    """The long way, for whatever X."""
    return validate_input(estimator, X, dtype=FLOATS, reset=False)


@pytest.fixture(params=["without names", "with names"])
def estimator(request):
    """An estimator that knows three features, and perhaps their names."""
    network = MLPClassifier()
    network.n_features_in_ = 3
    if request.param == "with names":
        network.feature_names_in_ = np.array(list("abc"), dtype=object)
    return network


@pytest.mark.parametrize("X", [pytest.param(X, id=name) for name, X in (PLAIN | OTHERS).items()])
def test_the_short_way_says_what_the_long_one_says(X, estimator):
    """Errors, warnings, the type, the dtype and the numbers are the same, and whether X itself is returned."""
    assert answer(validate_unseen, estimator, X) == answer(validate_as_scikit_learn, estimator, X)


def test_what_is_plain_goes_the_short_way(monkeypatch):
    """Floats as an ndarray or in CSR are not handed to scikit-learn; all else is, and all where names are known."""
    asked = []
    monkeypatch.setattr(skl2._inputs.samples, "validate_input", lambda estimator, X, **how: asked.append(X))
    network = MLPClassifier()
    network.n_features_in_ = 3
    for X in PLAIN.values():
        assert validate_unseen(network, X) is X
    assert asked == []
    for X in OTHERS.values():
        validate_unseen(network, X)
    assert len(asked) == len(OTHERS)
    network.feature_names_in_ = np.array(list("abc"), dtype=object)
    validate_unseen(network, DENSE)
    assert len(asked) == len(OTHERS) + 1
