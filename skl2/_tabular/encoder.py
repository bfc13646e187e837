"""A frame of numbers, categories and dates as one array of numbers."""

from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, _fit_context
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from skl2._inputs.weights import validate_weights
from skl2._tabular.columns import read_column, split_columns
from skl2._tabular.encodings import fit_numbers, fit_one_hot
from skl2._tabular.level_means import fit_level_means, to_targets

MEAN_ROWS_OF_LEVELS = 2  # with fewer, levels are names or identifiers, and their means noise
FEW = 5  # rows with a gap, and rows without, that make a flag worth a column


class TabularEncoder(TransformerMixin, BaseEstimator):
    """A frame of numbers, categories and dates, with gaps, as numbers of one scale for a network.

    `fit` finds out what each column is:

    - *Numbers*: integers, floats, decimals, booleans (0 and 1), time spans (in days), and text all of which can be
      read as numbers. The output is x with median and interquartile range of its column, z = (x - median) / IQR,
      smoothly held between -3 and 3 (Holzmüller, Grinsztajn & Steinwart, 2024)::

          z / √(1 + (z/3)²)

      and with `n_bins` also the piecewise-linear encoding of x (`PiecewiseLinearEncoder`). A column with two values
      gives -1 and 1. A gap gives what the median gives (with two values 0), and a column of flags, 0 or 1, says where
      gaps are: if in `fit` at least 5 rows had one and 5 had none, and no earlier column has gaps in the same rows.
    - *Dates*: dates, times (those of a zone in UTC), and text all of which is ISO 8601, such as 2023-01-05 10:20. The
      output is days since 1970, and sine and cosine of the hour of the day, the weekday and, if they span more than 60
      days, the day of the year, each where it varies; all of them as numbers.
    - *Categories*: all other text, and what is declared categorical. The output is a column of 0 and 1 for each level;
      gaps are a level of their own. Levels of fewer than 4 rows (of 2, in a table of less than 100) and the rarest of
      more than `max_categories` share a column, in which levels that `fit` has not seen are too. If there is none,
      those give 0. Two levels give one column of -1 and 1, a column in which no level is frequent, such as names or
      identifiers, gives nothing. If `fit` has y, a category of more than `max_categories` levels, of two rows or more
      on average, is instead the mean of y where the level is, drawn to the mean of all (scikit-learn's TargetEncoder),
      or of each class of y; in `fit_transform` that of other rows.

    Gaps are None, NaN, NaT, pandas.NA and text of blanks. Constant columns give nothing. If nothing is left, the
    output is a single column of zeros.

    Parameters
    ----------
    n_bins : int, default=None
        Bins of the piecewise-linear encoding of a number or date at most, at least 2; None: no such encoding.
    max_categories : int, default=30
        Output columns of a categorical column at most, at least 2.

    Attributes
    ----------
    kinds_ : list of str
        What each column of X is: 'number', 'date' or 'category'.
    column_groups_ : ndarray of int of shape (n_features_out,)
        For each column of the output the number of the column of X that it comes from: `column_groups` of networks
        whose penalty='group_l1' then takes or leaves columns of X.
    n_features_in_ : int
        Number of columns. Their names are in `feature_names_in_`, an ndarray of as many str, if X had any.

    References
    ----------
    Holzmüller, Grinsztajn & Steinwart, "Better by Default: Strong Pre-Tuned MLPs and Boosted Trees on Tabular Data",
    NeurIPS 2024, arXiv:2407.04491.

    Examples
    --------
    >>> import pandas as pd
    >>> from skl2 import TabularEncoder
    >>> people = pd.DataFrame({"age": [20, 30, 40, None, 50, 60], "job": ["cook", "nurse", "smith"] * 2})
    >>> encoder = TabularEncoder().set_output(transform="pandas")
    >>> encoder.fit_transform(people).round(2)
        age  job_cook  job_nurse  job_smith
    0 -0.95       1.0        0.0        0.0
    1 -0.49       0.0        1.0        0.0
    2  0.00       0.0        0.0        1.0
    3  0.00       1.0        0.0        0.0
    4  0.49       0.0        1.0        0.0
    5  0.95       0.0        0.0        1.0
    """

    _parameter_constraints: dict = {
        "n_bins": [None, Interval(Integral, 2, None, closed="left")],
        "max_categories": [Interval(Integral, 2, None, closed="left")],
    }

    def __init__(self, *, n_bins=None, max_categories=30):
        self.n_bins = n_bins
        self.max_categories = max_categories

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None, sample_weight=None):
        """Find out what each column is, and learn its encoding.

        Parameters
        ----------
        X : {array-like, frame} of shape (n_samples, n_features)
            Numbers, text and dates: a frame of pandas, polars or pyarrow, an array, or a list of lists.
        y : array-like of shape (n_samples,), default=None
            Values (floats) or classes, for categories of many levels.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights: quantiles are those of the weight, so that a row of weight 2 is two rows.

        Returns
        -------
        self : object
            The encoder.

        Raises
        ------
        ValueError
            If a number is infinite or most cells of a column are sentences; the column is named.
        TypeError
            If a cell is no number, text or date, but a list, say; the column is named. If X is sparse.

        Examples
        --------
        >>> from skl2 import TabularEncoder
        >>> TabularEncoder().fit([[1.5, "yes"], [None, "no"], [2.5, "no"]]).kinds_
        ['number', 'category']
        """
        self._fit(X, y, sample_weight)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_transform(self, X, y=None, sample_weight=None):
        """Fit, and encode the same rows: means of the target are then those of other rows.

        Parameters
        ----------
        X, y, sample_weight : see `fit`
            The table.

        Returns
        -------
        X_encoded : ndarray of shape (n_samples, n_features_out)
            As of `transform`, but for categories of many levels.

        Examples
        --------
        >>> from skl2 import TabularEncoder
        >>> TabularEncoder().fit_transform([["a", 1.0], ["b", 3.0], ["a", 5.0], ["b", 3.0]])
        array([[-1.       , -0.9486833],
               [ 1.       ,  0.       ],
               [-1.       ,  0.9486833],
               [ 1.       ,  0.       ]], dtype=float32)
        """
        means, kept = self._fit(X, y, sample_weight)
        out = self.transform(X)
        for columns, values in means:
            out[kept, columns] = values
        return out

    def _fit(self, X, y, sample_weight):
        """Fit; return ([(output columns, their means of the target in training)], which rows of fit these are)."""
        columns = split_columns(self, X, reset=True)
        n_samples, targets = len(columns[0][1]), to_targets(y)
        weights = None if sample_weight is None else validate_weights(sample_weight, np.empty((n_samples, 1)))
        kept = np.arange(n_samples) if weights is None else np.flatnonzero(weights)  # the others might not be there
        weights = weights if weights is None else weights[kept]
        self.kinds_, self._encodings, masks, means, start = [], [], set(), [], 0
        for name, column in columns:
            values = read_column(name, column).take(kept)
            self.kinds_.append(values.kind)
            if values.kind != "category":
                encoding = fit_numbers(values.kind, values.data, self.n_bins, weights)
                encoding = encoding._replace(flag=_is_new_mask(np.isnan(values.data), masks))
            elif targets is not None and self.max_categories < values.data.count() <= len(kept) / MEAN_ROWS_OF_LEVELS:
                encoding, in_training = fit_level_means(values.data, targets[kept])
                means.append((slice(start, start + in_training.shape[1]), in_training))
            else:
                encoding = fit_one_hot(values.data, self.max_categories)
            self._encodings.append(encoding)
            start += len(encoding.suffixes)
        return means, kept

    def transform(self, X):
        """Encode the columns.

        Parameters
        ----------
        X : {array-like, frame} of shape (n_samples, n_features)
            Columns as in `fit`, in their order. Text that is no number in a column of numbers, or no date in one of
            dates, is a gap, whatever the other rows hold; if none of a column can be read, a warning says so.

        Returns
        -------
        X_encoded : ndarray of shape (n_samples, n_features_out)
            In float32: for each column what the class says, numbers first, then their bins, then their flag.

        Raises
        ------
        ValueError, TypeError
            As for `fit`, if there are other columns than in `fit`, or if one of numbers holds dates, and one of dates
            numbers; the column is named.

        Examples
        --------
        >>> from skl2 import TabularEncoder
        >>> encoder = TabularEncoder().fit([["a", 1.0], ["b", 3.0], ["a", 4.0], ["b", 5.0]])
        >>> encoder.transform([["b", 3.0], ["a", None], ["c", 1e300]])
        array([[ 1.,  0.],
               [-1.,  0.],
               [ 0.,  3.]], dtype=float32)
        """
        check_is_fitted(self)
        columns = split_columns(self, X, reset=False)
        widths = [len(encoding.suffixes) for encoding in self._encodings]
        out = np.zeros((len(columns[0][1]), max(1, sum(widths))), np.float32)
        ends = np.cumsum(widths)
        for (name, column), kind, encoding, start, end in zip(
            columns, self.kinds_, self._encodings, ends - widths, ends, strict=True
        ):
            if end > start:
                encoding.write(read_column(name, column, kind).data, out[:, start:end])
        return out

    def get_feature_names_out(self, input_features=None):
        """Return the names of the columns that `transform` gives.

        Parameters
        ----------
        input_features : array-like of str of shape (n_features,), default=None
            Names of the columns, if X had none in `fit`; else they must be those of X.

        Returns
        -------
        feature_names_out : ndarray of shape (n_features_out,)
            The name of the column with what its part is called; 'constant' if X has nothing else.

        Examples
        --------
        >>> from skl2 import TabularEncoder
        >>> TabularEncoder(n_bins=2).fit([[1.0], [3.0], [4.0]]).get_feature_names_out(["age"])
        array(['age', 'age_bin0', 'age_bin1'], dtype=object)
        """
        check_is_fitted(self)
        names = _check_feature_names_in(self, input_features)
        encodings = zip(names, self._encodings, strict=True)
        return _distinct_names([f"{name}{suffix}" for name, encoding in encodings for suffix in encoding.suffixes])

    @property
    def column_groups_(self):
        """Return for each column that `transform` gives the number of the column of X that it comes from."""
        check_is_fitted(self)
        counts = [len(encoding.suffixes) for encoding in self._encodings]
        return np.repeat(np.arange(len(counts)), counts) if any(counts) else np.zeros(1, int)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.transformer_tags.preserves_dtype = []
        return tags


def _is_new_mask(mask, masks):
    """Return whether a mask of gaps deserves a flag, and add it to the set of masks that have one."""
    n_gaps, key = np.count_nonzero(mask), np.packbits(mask).tobytes()
    if min(n_gaps, mask.size - n_gaps) < FEW or key in masks:
        return False
    masks.add(key)
    return True


def _distinct_names(names):
    """Return names as an array, those that come again with an underscore more: a level may be called 'missing'."""
    seen = {}
    for name in names or ["constant"]:
        while name in seen:
            name += "_"
        seen[name] = None
    return np.array(list(seen), dtype=object)
