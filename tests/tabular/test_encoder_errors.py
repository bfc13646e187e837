"""What the encoder of tables refuses, and what it says."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.exceptions import NotFittedError

from skl2._tabular.encoder import TabularEncoder

AGE = np.random.default_rng(0).normal(40, 12, 20)


def test_other_columns_are_refused():
    """Other names, another order and another number of columns are scikit-learn's own errors."""
    X = pd.DataFrame({"age": AGE, "job": ["cook", "nurse"] * 10})
    encoder = TabularEncoder().fit(X)
    with pytest.raises(
        ValueError, match=r"The feature names should match those that were passed during fit\.\nFeature n"
    ):
        encoder.transform(X.rename(columns={"age": "years"}))
    with pytest.raises(ValueError, match="Feature names must be in the same order as they were in fit"):
        encoder.transform(X[["job", "age"]])
    with pytest.raises(ValueError, match="X has 1 features, but TabularEncoder is expecting 2 features"):
        TabularEncoder().fit(X.to_numpy()).transform(AGE[:, np.newaxis])


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (pd.DataFrame({"a": [1.0, np.inf]}), ValueError, "Column 'a' of X contains infinity"),
        (pd.DataFrame({"a": [[1], [2]]}), TypeError, "Column 'a' of X holds values of type list; .*drop the column"),
        (np.array([["a"], [{"b": 1}]], object), TypeError, "Column 'x0' of X holds values of type dict"),
        ([["a " * 9], ["b " * 9]], ValueError, "Column 'x0' of X holds sentences, such as 'a a .*drop the column"),
        (csr_array(np.eye(3)), TypeError, "Sparse data was passed for X, but dense data is required"),
        (np.array([[1j]]), ValueError, "Complex data not supported"),
        (pd.DataFrame({"a": [1.0]}).iloc[:0], ValueError, r"Found array with 0 sample\(s\) \(shape=\(0, 1\)\)"),
        (
            pd.DataFrame({"a": [1.0]})[[]],
            ValueError,
            r"0 feature\(s\) \(shape=\(\d, 0\)\) while a minimum of 1 is required",
        ),
        (np.arange(3.0), ValueError, "Expected 2D array, got 1D array"),
    ],
)
def test_bad_input(X, error, message):
    """Errors name the column and say what to do; those of arrays as such are scikit-learn's."""
    with pytest.raises(error, match=message):
        TabularEncoder().fit(X)


def test_a_column_that_has_changed():
    """Words where there were numbers are gaps, with a warning if there is nothing else; dates are an error."""
    encoder = TabularEncoder().fit(pd.DataFrame({"age": AGE}))
    assert encoder.transform(pd.DataFrame({"age": ["unknown", "40"]}))[0] == 0
    with pytest.warns(UserWarning, match="Column 'age' of X held numbers in fit, and none of .* such as 'unknown'"):
        assert encoder.transform(pd.DataFrame({"age": ["unknown"]})).tolist() == [[0]]
    with pytest.raises(ValueError, match="Column 'age' of X held numbers in fit, and now holds dates"):
        encoder.transform(pd.DataFrame({"age": [pd.Timestamp("2023-01-05")]}))


@pytest.mark.parametrize("setting", [{"n_bins": 1}, {"n_bins": 2.0}, {"max_categories": 1}, {"max_categories": None}])
def test_parameters_are_checked(setting):
    """n_bins is None or an integer of at least 2, max_categories such an integer."""
    with pytest.raises(ValueError, match=f"The '{next(iter(setting))}' parameter of TabularEncoder must be"):
        TabularEncoder(**setting).fit([[1]])


def test_not_fitted():
    """What is not fitted neither transforms nor has names."""
    for call in (lambda: TabularEncoder().transform([[1]]), lambda: TabularEncoder().get_feature_names_out()):
        with pytest.raises(NotFittedError):
            call()
