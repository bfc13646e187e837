"""The piecewise-linear encoding of numbers."""

from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, _fit_context
from sklearn.utils import gen_batches
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted, validate_data

from skl2._inputs.weights import validate_weights
from skl2._tabular.quantiles import quantiles

BLOCK = 4096  # rows of one feature encoded at once: their bins stay in a core's cache


def quantile_edges(values, n_bins, weights=None):
    """Return the distinct quantiles of a vector without gaps that cut it into at most n_bins parts."""
    return np.unique(quantiles(values, np.linspace(0, 1, n_bins + 1), weights))


def n_bins_between(edges):
    """Return the number of columns that a feature with these edges gives: a single bin would be the number itself."""
    return edges.size - 1 if edges.size > 2 else 0


def encode_piecewise(values, edges, out):
    """Write 2·((x - b_t) / (b_{t+1} - b_t), held) - 1 into column t of out (n_samples, n_bins)."""
    starts, widths = 0.5 * edges[:-1, np.newaxis], np.diff(0.5 * edges)[:, np.newaxis]  # halves do not overflow
    lowest, highest = np.zeros_like(starts), np.ones_like(starts)
    lowest[0], highest[-1] = -1, 2  # open at both ends, for one more width of a bin
    for rows in gen_batches(len(values), BLOCK):
        part = 0.5 * values[np.newaxis, rows].astype(np.float64) - starts
        with np.errstate(over="ignore"):
            part /= widths
        np.clip(part, lowest, highest, out=part)
        part *= 2
        part -= 1
        out[rows] = part.T


class PiecewiseLinearEncoder(TransformerMixin, BaseEstimator):
    """Piecewise-linear encoding: a number as the bins of its feature, each filled from -1 to 1.

    `fit` cuts each feature at its quantiles b₀ < … < b_T, those that are distinct of `n_bins` + 1. Bin t of a number x
    is (Gorishniy, Rubachev & Babenko, 2022)::

        v = (x - b_t) / (b_{t+1} - b_t),     held to 0 ≤ v ≤ 1,     result = 2v - 1

    so that bins below that of x give 1, bins above -1, and its own bin a number between. The first bin is open below
    and the last one above, as far as -1 ≤ v ≤ 2. A linear layer on top is a piecewise linear function of x.

    Parameters
    ----------
    n_bins : int, default=8
        Bins of each feature at most, at least 2. A feature whose quantiles are fewer than 3 distinct numbers, such as
        a constant, has no bins and gives no columns.

    Attributes
    ----------
    bin_edges_ : list of ndarray of shape (n_edges,)
        Distinct quantiles of each feature.
    n_features_in_ : int
        Number of features. Their names are in `feature_names_in_`, an ndarray of as many str, if X had any.

    References
    ----------
    Gorishniy, Rubachev & Babenko, "On Embeddings for Numerical Features in Tabular Deep Learning", NeurIPS 2022,
    arXiv:2203.05556.

    Examples
    --------
    >>> from skl2 import PiecewiseLinearEncoder
    >>> encoder = PiecewiseLinearEncoder(n_bins=2).fit([[0.0], [1.0], [4.0]])
    >>> encoder.bin_edges_
    [array([0., 1., 4.])]
    >>> encoder.transform([[0.5], [1.0], [2.5]])
    array([[ 0., -1.],
           [ 1., -1.],
           [ 1.,  0.]])
    """

    _parameter_constraints: dict = {"n_bins": [Interval(Integral, 2, None, closed="left")]}

    def __init__(self, n_bins=8):
        self.n_bins = n_bins

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None, sample_weight=None):
        """Find the edges of the bins.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Finite numbers.
        y : None
            Not used.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights: quantiles are those of the weight, so that a row of weight 2 is two rows.

        Returns
        -------
        self : object
            The encoder.

        Raises
        ------
        ValueError
            If X holds NaN or infinity, or `n_bins` is not an integer of at least 2.

        Examples
        --------
        >>> from skl2 import PiecewiseLinearEncoder
        >>> PiecewiseLinearEncoder(n_bins=4).fit([[0.0], [1.0], [8.0]]).bin_edges_
        [array([0., 1., 8.])]
        """
        X = self._validate(X, reset=True)
        weights = None if sample_weight is None else validate_weights(sample_weight, X)
        if weights is not None:
            X, weights = X[weights > 0], weights[weights > 0]
        columns = (column.astype(np.float64, copy=False) for column in X.T)
        self.bin_edges_ = [quantile_edges(column, self.n_bins, weights) for column in columns]
        return self

    def transform(self, X):
        """Encode numbers by the bins of their features.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Finite numbers.

        Returns
        -------
        X_encoded : ndarray of shape (n_samples, n_features_out)
            The bins of the first feature, then those of the next; in float32 if X is, else in float64.

        Raises
        ------
        ValueError
            If X holds NaN or infinity, or has other features than in `fit`.

        Examples
        --------
        >>> from skl2 import PiecewiseLinearEncoder
        >>> PiecewiseLinearEncoder(n_bins=2).fit([[0.0], [1.0], [4.0]]).transform([[-9.0], [9.0]])
        array([[-3., -1.],
               [ 1.,  3.]])
        """
        check_is_fitted(self)
        X = self._validate(X, reset=False)
        ends = np.cumsum([0, *map(n_bins_between, self.bin_edges_)])
        encoded = np.empty((X.shape[0], ends[-1]), X.dtype)
        for column, edges, start, end in zip(X.T, self.bin_edges_, ends[:-1], ends[1:], strict=True):
            if end > start:
                encode_piecewise(column, edges, encoded[:, start:end])
        return encoded

    def get_feature_names_out(self, input_features=None):
        """Return the names of the columns that `transform` gives.

        Parameters
        ----------
        input_features : array-like of str of shape (n_features,), default=None
            Names of the features, if X had none in `fit`; else they must be those of X.

        Returns
        -------
        feature_names_out : ndarray of shape (n_features_out,)
            The name of each feature with _bin0, _bin1 and so on.

        Examples
        --------
        >>> from skl2 import PiecewiseLinearEncoder
        >>> PiecewiseLinearEncoder(n_bins=2).fit([[0.0], [1.0], [4.0]]).get_feature_names_out()
        array(['x0_bin0', 'x0_bin1'], dtype=object)
        """
        check_is_fitted(self)
        names = _check_feature_names_in(self, input_features)
        bins = zip(names, map(n_bins_between, self.bin_edges_), strict=True)
        return np.array([f"{name}_bin{number}" for name, n_bins in bins for number in range(n_bins)], dtype=object)

    def _validate(self, X, reset):
        """Return X as an array of finite numbers."""
        with np.errstate(invalid="ignore"):  # scikit-learn sums X, and ∞ - ∞ may come of large numbers
            return validate_data(self, X, dtype=[np.float64, np.float32], reset=reset)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
