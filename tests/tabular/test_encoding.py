"""A table in one encoding."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array, issparse
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skl2 import MLPRegressor
from skl2._inputs.samples import Given
from skl2._selection.scoring import OWN_SCORERS, Scoring
from skl2._tabular.encoding import encode_table, without_names

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((20, 2))
Y = X[:, 0]
WEIGHT = RANDOM.integers(0, 3, 20).astype(float)


def encode(encoder, X=X, weight=None):
    """The Encoding of X."""
    return encode_table(
        encoder, MLPRegressor(dtype="float32"), Given(X, Y, weight), Scoring(OWN_SCORERS["loss"], None, Y, {})
    )


def test_weights_are_for_encoders_that_take_them():
    """An encoder with weights in fit gets them, and another does not."""
    encoding = encode(StandardScaler(), weight=WEIGHT)
    expected = StandardScaler().fit(X, sample_weight=WEIGHT)
    np.testing.assert_array_equal(encoding.encoder.mean_, expected.mean_)
    np.testing.assert_allclose(encoding.samples.X, expected.transform(X), rtol=1e-6)
    np.testing.assert_array_equal(encoding.samples.sample_weight, WEIGHT)
    levels = encode(OneHotEncoder(), X.round(), WEIGHT)
    np.testing.assert_array_equal(levels.samples.X.toarray(), OneHotEncoder().fit_transform(X.round()).toarray())


@pytest.mark.parametrize("output", ["default", "pandas"])
def test_frames_lose_their_names(output):
    """What an encoder gives is scored and trained on as an array, whatever set_output says; a sparse matrix as such."""
    encoding = encode(StandardScaler().set_output(transform=output))
    assert isinstance(encoding.samples.X, np.ndarray)
    assert encoding.scoring.X is encoding.samples.X
    assert not hasattr(encoding.estimator, "feature_names_in_")
    assert encoding.estimator.n_features_in_ == 2
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": [3, 4]})
    np.testing.assert_array_equal(without_names(frame), [[1, 3], [2, 4]])
    assert issparse(without_names(csr_array(X)))


def test_bad_output_is_an_error():
    """NaN in what an encoder gives is scikit-learn's error."""
    with pytest.raises(ValueError, match="Input X contains NaN"):
        encode(StandardScaler(), np.where(X > 1, np.nan, X))
