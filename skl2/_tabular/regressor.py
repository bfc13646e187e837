"""The regressor that takes a table as it is."""

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils.validation import _check_y, check_is_fitted

from skl2._estimators.regressor import MLPRegressor
from skl2._selection.conformal import check_coverage, predict_interval
from skl2._tabular.base import CONSTRAINTS, _TabularMLP
from skl2._tabular.target import InUnitsOfTarget, constant_loss, fit_scale


class TabularMLPRegressor(RegressorMixin, _TabularMLP):
    """DOC."""

    _Estimator = MLPRegressor
    _method = "predict"
    _parameter_constraints: dict = {**CONSTRAINTS, "loss": MLPRegressor._parameter_constraints["loss"]}

    def __init__(
        self,
        *,
        loss="squared_error",
        encoder=None,
        hidden_layer_sizes=None,
        activation="relu",
        alphas=4,
        batch_size=None,
        learning_rate_init=0.01,
        max_iter=None,
        cv=None,
        scoring=None,
        store_predictions=False,
        n_jobs=None,
        random_state=None,
        verbose=0,
    ):
        self.loss = loss
        self.encoder = encoder
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.alphas = alphas
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
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
            (coverage above n / (n + 1)), and with `loss='poisson'` not below 0.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before `fit`.
        ValueError, TypeError
            As for `predict`; if coverage is not between 0 and 1.
        """
        check_is_fitted(self)
        check_coverage(coverage, "predict_interval")
        blocks = []
        for block in self._say(X, "predict"):
            block = [prediction.reshape(-1, self.n_outputs_) for prediction in block]
            blocks.append(predict_interval(block, self._fold_scores, coverage))
        interval = np.stack([self._scale.invert(bound) for bound in np.moveaxis(np.concatenate(blocks), 2, 0)], axis=2)
        if self.loss == "poisson":
            interval = np.maximum(interval, 0)
        return interval[:, 0] if self.n_outputs_ == 1 else interval

    def _check_target(self, X, y):
        y = _check_y(y, multi_output=True, y_numeric=True, estimator=self)
        values = MLPRegressor(loss=self.loss)._targets(y, continues=False, incremental=False)
        return values[:, 0] if values.shape[1] == 1 else values

    def _own_params(self):
        return {"loss": self.loss}

    def _to_networks(self, y, sample_weight):
        self._scale = fit_scale(y, self.loss, sample_weight)
        z = self._scale.apply(y)
        self._constant_loss = constant_loss(z, self.loss, sample_weight)
        return z

    def _in_units(self, scorer):
        return scorer if self.scoring is None else InUnitsOfTarget(scorer, self._scale)

    def _from_networks(self, z):
        return self._scale.invert(z)

    def _summarise(self, score, error):
        """Return R², or for counts D²: what is left of the loss of the best constant, from 1."""
        if self.scoring is not None:
            return score, error
        if self._constant_loss == 0:
            return float(score == 0), 0.0
        return 1 + score / self._constant_loss, error / self._constant_loss

    def _decide(self, z):
        return self._scale.invert(z)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
