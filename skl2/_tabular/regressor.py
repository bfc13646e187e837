"""The regressor that takes a table as it is."""

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils.validation import check_is_fitted

from skl2._estimators.regressor import MLPRegressor
from skl2._estimators.values import ScoreMixin
from skl2._selection.conformal import check_coverage, predict_interval
from skl2._tabular.base import CONSTRAINTS, _TabularMLP
from skl2._tabular.target import InUnitsOfTarget, constant_loss, fit_scale


class TabularMLPRegressor(ScoreMixin, RegressorMixin, _TabularMLP):
    """A multilayer perceptron regressor for tables as they are, with text, dates and gaps.

    `fit` encodes the columns (`TabularEncoder`), chooses λ by short trainings on folds, and keeps a network of each
    fold at the λ chosen. Predictions are their mean: `MLPRegressorCV` with `ensemble=True`, on several encodings and a
    standardised target.

    The networks have decoupled decay under a cosine, in float32, by formulas of the number of rows n::

        mini-batch      32 rows; with n > 20,000 twice as many for each doubling, at most 256
        epochs          40 · √(5000/n), between 5 and 40; 400 steps at least
        units           (96, 96); from 50,000 rows on (128, 128)
        folds           6, of which 3 choose λ; from 50,000 rows on 4, of which 1 does
        bins            16 of each number, from 50,000 rows on 8; with many columns 640 / columns, at least 4
        λ               D / Σ_t η_t, with a total shrinkage D from 0.028 to 0.85 times √steps

    To choose, networks of two thirds of the units train for a quarter of the epochs, at each λ on two encodings: with
    the piecewise-linear bins of numbers, and without. An encoding whose score is within 15 % of the better one's takes
    part: encodings take turns from fold to fold. Up to 100 rows, all rows are one mini-batch, in float64.

    Parameters
    ----------
    loss : {'squared_error', 'absolute_error', 'huber', 'quantile', 'poisson', 'gamma'}, default='squared_error'
        As in `MLPRegressor`. The target may be in any unit: for the networks it is standardised, and for 'poisson' and
        'gamma' divided by its mean.
    quantile : float or array-like of shape (n_quantiles,), default=0.5
        Which quantile `loss='quantile'` predicts, or several of them, rising, of one y.
    huber_delta : float, default=1.35
        Where `loss='huber'` turns from squared to absolute, in standard deviations of y.
    encoder : transformer, list of transformers or None, default=None
        What makes numbers of X; of a list, those that take part take turns as above. None: `TabularEncoder`, with
        bins and without.
    hidden_layer_sizes : int, array-like of int or None, default=None
        Units of each hidden layer; None: see above.
    activation : str, default='relu'
        Activation of the hidden layers: see `MLPRegressor`.
    alphas : int or array-like of shape (n_alphas,), default=4
        Values of λ to choose from; an int asks for so many in the range above.
    batch_size : int or None, default=None
        Samples per mini-batch; None: see above.
    learning_rate_init : float, default=0.01
        Learning rate of Adam at the start of the cosine.
    max_iter : int or None, default=None
        Epochs of the networks that are kept; None: see above.
    dtype : {'float32', 'float64', None}, default=None
        Arithmetic of training; None: see above.
    cv : int, cross-validation generator, iterable or None, default=None
        Folds, each with a network; None: as above, shuffled. A splitter such as `RepeatedKFold` gives more
        networks, one such as `GroupKFold` or `TimeSeriesSplit` keeps apart what belongs together.
    scoring : str, callable or None, default=None
        What λ and the encoding are chosen by, as in `GridSearchCV`; None is the negative loss.
    store_predictions : bool, default=False
        Whether to keep, for each sample, what the networks that have not seen it say of it: `cv_predictions_`.
    n_jobs : int, default=None
        How many threads, or workers of the backend that `joblib.parallel_config` chose, share the folds and values of
        λ; None is 1 outside such a context, -1 all processors. The result does not depend on it.
    random_state : int, RandomState instance or None, default=None
        Folds, initial weights and the order of samples.
    verbose : int, default=0
        1 shows a progress bar, with the best score so far.

    Attributes
    ----------
    best_score_ : float
        Mean score of the networks on the samples that they have not seen: R², if
        `scoring` is None, or D², the share of the loss of the best constant that they avoid.
    best_score_error_ : float
        Its standard error, over the folds.
    alpha_ : float
        λ chosen: where a parabola through the best of `alphas_` and its neighbours, in log λ, has its top; of `alphas`
        that you give, one of them. `grid_` says what they mean.
    cv_results_ : dict of ndarray
        What the short trainings scored, under the keys of `GridSearchCV`, with a row for each encoder and λ.
    encoders_ : list of transformers
        The encoders that take part, fitted.
    estimators_ : list of MLPRegressor
        The networks that are averaged, one for each fold: first those on the first encoder's output.
    cv_predictions_ : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        With `store_predictions=True`.
    n_features_in_, n_outputs_, n_splits_, n_iter_ : int
        Columns of X, outputs, folds, and epochs of the networks that are kept. `feature_names_in_` has the names of the
        columns, if all of them are str.

    References
    ----------
    Holzmüller, Grinsztajn & Steinwart, "Better by Default: Strong Pre-Tuned MLPs and Boosted Trees on Tabular Data",
    NeurIPS 2024, arXiv:2407.04491. Loshchilov & Hutter, "Decoupled Weight Decay Regularization", ICLR 2019,
    arXiv:1711.05101.

    Examples
    --------
    >>> import pandas as pd
    >>> from skl2 import TabularMLPRegressor
    >>> table = pd.DataFrame({"km": [3.0, 9.0, None, 2.0, 8.0, 7.0] * 20, "town": ["Bern", "Basel", "Bern"] * 40})
    >>> price = 1000 * table["km"].fillna(5) + 2000 * (table["town"] == "Bern")
    >>> model = TabularMLPRegressor(random_state=0).fit(table, price)
    >>> model.predict(table[:3]).round(-2)
    array([5000., 9000., 7000.])
    """

    _Estimator = MLPRegressor
    _parameter_constraints: dict = CONSTRAINTS | {
        name: MLPRegressor._parameter_constraints[name] for name in ("loss", "quantile", "huber_delta")
    }

    def __init__(
        self,
        *,
        loss="squared_error",
        quantile=0.5,
        huber_delta=1.35,
        encoder=None,
        hidden_layer_sizes=None,
        activation="relu",
        alphas=4,
        batch_size=None,
        learning_rate_init=0.01,
        max_iter=None,
        dtype=None,
        cv=None,
        scoring=None,
        store_predictions=False,
        n_jobs=None,
        random_state=None,
        verbose=0,
    ):
        self.loss = loss
        self.quantile = quantile
        self.huber_delta = huber_delta
        self.encoder = encoder
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.alphas = alphas
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.dtype = dtype
        self.cv = cv
        self.scoring = scoring
        self.store_predictions = store_predictions
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def predict_interval(self, X, coverage=0.9):
        """Predict intervals that hold the true value with a given probability (CV+).

        As `MLPRegressorCV.predict_interval`, which has the equation and the guarantee.

        Parameters
        ----------
        X : {array-like, frame} of shape (n_samples, n_features)
            The columns of `fit`, in their order.
        coverage : float, default=0.9
            Between 0 and 1.

        Returns
        -------
        interval : ndarray of shape (n_samples, 2) or (n_samples, n_outputs, 2)
            Lower and upper bound, for several outputs of each by itself; infinite where so few samples cannot tell
            (coverage above n / (n + 1)), and with 'poisson' and 'gamma' not below 0.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before `fit`.
        ValueError, TypeError
            As for `predict`; if coverage is not between 0 and 1.

        Examples
        --------
        >>> import pandas as pd
        >>> from skl2 import TabularMLPRegressor
        >>> table = pd.DataFrame({"km": [3.0, 9.0, None, 2.0, 8.0, 7.0] * 20, "town": ["Bern", "Basel", "Bern"] * 40})
        >>> price = 1000 * table["km"].fillna(5) + 2000 * (table["town"] == "Bern")
        >>> model = TabularMLPRegressor(random_state=0).fit(table, price)
        >>> low, high = model.predict_interval(table, coverage=0.9).T
        >>> bool(((low <= price) & (price <= high)).mean() >= 0.9)
        True
        """
        check_is_fitted(self)
        check_coverage(coverage, "predict_interval")
        blocks = []
        for block in self._say(X):
            block = [prediction.reshape(-1, self.n_outputs_) for prediction in block]
            blocks.append(predict_interval(block, self._fold_scores, coverage))
        interval = np.stack([self._scale.invert(bound) for bound in np.moveaxis(np.concatenate(blocks), 2, 0)], axis=2)
        if self.out_activation_ == "exp":
            interval = np.maximum(interval, 0)
        return interval[:, 0] if interval.shape[1] == 1 else interval

    def _read_target(self, y):
        network = MLPRegressor(**self._own_params())
        values = network._targets(y, continues=False, incremental=False)
        network._output_layer(values)  # says what is wrong
        return values[:, 0] if values.shape[1] == 1 else values

    def _own_params(self):
        return {"loss": self.loss, "quantile": self.quantile, "huber_delta": self.huber_delta}

    def _to_networks(self, y, sample_weight):
        self._scale = fit_scale(y, self.loss, sample_weight)
        z = self._scale.apply(y)
        if self.loss == "gamma":  # which takes no 0, as which constants come
            z = np.where(self._scale.scale > 0, z, 1.0)
        self._constant_loss = constant_loss(z, self, sample_weight)
        return z

    def _in_units(self, scorer):
        return scorer if self.scoring is None else InUnitsOfTarget(scorer, self._scale)

    def _from_networks(self, z):
        return self._scale.invert(z)

    def _unit_of_score(self):
        """Return (R² or D² of no loss, what a unit of loss takes from it): the loss of the best constant is 1."""
        if self.scoring is not None:
            return 0.0, 1.0
        return 1.0, 1 / self._constant_loss if self._constant_loss else 0.0  # a constant is predicted as it is

    def _decide(self, z):
        return self._scale.invert(z)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
