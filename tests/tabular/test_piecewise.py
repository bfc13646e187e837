"""The piecewise-linear encoding of numbers."""

from itertools import pairwise

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.utils.estimator_checks import check_estimator

from skl2._tabular.piecewise import PiecewiseLinearEncoder

RANDOM = np.random.default_rng(0)
NUMBERS = np.column_stack([RANDOM.standard_normal(300), RANDOM.exponential(1e9, 300), RANDOM.integers(0, 5, 300)])


def by_definition(x, fitted, n_bins):
    """The formula, number by number and bin by bin."""
    edges = sorted(set(np.quantile(fitted, np.linspace(0, 1, n_bins + 1), method="inverted_cdf")))
    rows = []
    for number in x:
        row = []
        for t, (start, end) in enumerate(pairwise(edges)):
            v = (number - start) / (end - start)
            v = v if t == 0 else max(v, 0)
            v = v if t == len(edges) - 2 else min(v, 1)
            row.append(2 * min(max(v, -1), 2) - 1)
        rows.append(row)
    return np.array(rows)


@pytest.mark.parametrize("n_bins", [2, 3, 8, 50])
def test_formula(n_bins):
    """Each feature gives its bins by the definition, those of ties and of numbers beyond the edges too."""
    encoder = PiecewiseLinearEncoder(n_bins).fit(NUMBERS[:200])
    X = np.vstack([NUMBERS, [[9, 1e12, 9], [-9, -1e12, -9], [-1.5, 0, 2.5]]])
    expected = [by_definition(x, x[:200], n_bins) for x in X.T]
    np.testing.assert_array_equal(encoder.transform(X), np.hstack(expected))


def test_edges_are_quantiles():
    """The edges are the distinct quantiles of each feature."""
    for edges, x in zip(PiecewiseLinearEncoder(4).fit(NUMBERS).bin_edges_, NUMBERS.T, strict=True):
        np.testing.assert_array_equal(edges, np.unique(np.quantile(x, [0, 0.25, 0.5, 0.75, 1], method="inverted_cdf")))


def test_a_linear_model_becomes_piecewise_linear():
    """A linear model of the bins fits a function that bends at the edges exactly."""
    x = np.linspace(0, 4, 101)[:, np.newaxis]
    y = np.interp(x[:, 0], [0, 1, 2, 3, 4], [0, 5, -1, 2, 2])
    bins = PiecewiseLinearEncoder(4).fit_transform(x)
    np.testing.assert_allclose(LinearRegression().fit(bins, y).predict(bins), y, atol=1e-12)


def test_features_without_bins_give_nothing():
    """Constants and features of two numbers have no bins, and their neighbours keep theirs."""
    X = np.column_stack([np.ones(9), np.arange(9.0), np.arange(9) % 2])
    encoder = PiecewiseLinearEncoder(2).fit(X)
    np.testing.assert_array_equal(encoder.transform(X), PiecewiseLinearEncoder(2).fit_transform(X[:, 1:2]))
    assert list(encoder.get_feature_names_out()) == ["x1_bin0", "x1_bin1"]
    assert PiecewiseLinearEncoder().fit_transform(X[:, :1]).shape == (9, 0)


def test_precision_follows_X():
    """float32 gives float32, and the numbers of float64."""
    single = NUMBERS.astype(np.float32)
    encoded = PiecewiseLinearEncoder().fit_transform(single)
    assert encoded.dtype == np.float32
    np.testing.assert_allclose(encoded, PiecewiseLinearEncoder().fit_transform(single.astype(float)), rtol=1e-6)


def test_huge_numbers_do_not_overflow():
    """Edges and numbers near the largest of all give finite bins, without a warning."""
    X = np.array([[-1.7e308], [-1e300], [0], [1e300], [1.7e308]])
    encoded = PiecewiseLinearEncoder(4).fit(X).transform(X)
    np.testing.assert_array_equal(encoded, np.where(np.tri(5, k=-1)[:, :4] > 0, 1, -1))
    both = PiecewiseLinearEncoder(2).fit(np.tile(X, 2)).transform([[1.7e308, -1.7e308]] * 9)
    np.testing.assert_array_equal(both, [[1, 1, -1, -1]] * 9)
    narrow = PiecewiseLinearEncoder(2).fit([[0.0], [1e-300], [2e-300]])
    np.testing.assert_array_equal(narrow.transform([[1.7e308], [-1.7e308]]), [[1, 3], [-3, -1]])


def test_batches_do_not_matter():
    """A row is encoded alike alone and among 10 000, which is more than is worked on at once."""
    X = RANDOM.standard_normal((10_000, 1))
    encoder = PiecewiseLinearEncoder().fit(X)
    rows = [0, 4095, 4096, 9999]
    np.testing.assert_array_equal(np.vstack([encoder.transform(X[[row]]) for row in rows]), encoder.transform(X)[rows])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.parametrize("n_bins", [2, 8])
def test_contract(n_bins):
    """It passes scikit-learn's checks."""
    check_estimator(PiecewiseLinearEncoder(n_bins))


def test_names_follow_the_frame():
    """Names are those of the features with the number of the bin; frames come out where they are asked for."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"age": [1.0, 2.0, 5.0]})
    encoded = PiecewiseLinearEncoder(2).set_output(transform="pandas").fit_transform(frame)
    assert list(encoded) == ["age_bin0", "age_bin1"]


@pytest.mark.parametrize("n_bins", [1, 0, 2.5, None, "8"])
def test_n_bins_is_checked(n_bins):
    """n_bins is an integer of at least 2."""
    with pytest.raises(ValueError, match="'n_bins' parameter of PiecewiseLinearEncoder must be an int in the range"):
        PiecewiseLinearEncoder(n_bins).fit(NUMBERS)


def test_gaps_are_refused():
    """NaN and infinity are errors of scikit-learn, and what is not fitted does not transform."""
    for bad in (np.nan, np.inf):
        with pytest.raises(ValueError, match="Input X contains"):
            PiecewiseLinearEncoder().fit([[1.0], [bad]])
    with pytest.raises(NotFittedError):
        PiecewiseLinearEncoder().transform(NUMBERS)
