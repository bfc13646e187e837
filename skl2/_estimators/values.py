"""How real values meet the network: as targets, and as what raw predictions mean."""

import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.sparse import issparse
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import r2_score
from sklearn.utils import check_array, check_consistent_length

from skl2._inputs.loss_parameters import quantile_levels
from skl2._inputs.targets import to_values
from skl2._kernels.links import LINKS
from skl2._kernels.losses import LOSSES
from skl2._kernels.regression_losses import pinball, weighted_quantiles


class Domain(NamedTuple):
    """A row of DOMAINS: what y may be for a loss."""

    models: str
    condition: str
    holds: Callable  # smallest y → whether it may be


DOMAINS = {
    "poisson": Domain("counts and rates", ">= 0", lambda smallest: smallest >= 0),
    "gamma": Domain("positive amounts", "> 0", lambda smallest: smallest > 0),
}


def check_finite(prediction):
    """Return a prediction, or raise ValueError where it overflows."""
    if not np.isfinite(prediction).all():
        raise ValueError(
            f"Predictions overflow {prediction.dtype}: X has values too large for this network. Scale X as the samples "
            "that it was trained on."
        )
    return prediction


def d2_pinball(y, prediction, levels, sample_weight=None):
    """Return D², the share of the pinball loss of constant quantiles that predictions avoid, the mean over outputs.

    y (n_samples, n_outputs), or (n_samples, 1) for several quantiles of it; levels (n_quantiles,). As scikit-learn's
    d2_pinball_score, which would take most of the time of an epoch.
    """
    check_consistent_length(y, prediction, sample_weight)
    outputs = prediction.reshape(len(y), -1)
    if y.shape[1] not in (1, outputs.shape[1]):
        raise ValueError(f"y has {y.shape[1]} outputs per sample, and {outputs.shape[1]} are predicted.")
    if len(y) < 2:
        warnings.warn("D² score is not well-defined with less than two samples.", UndefinedMetricWarning, stacklevel=2)
        return np.nan
    levels = np.broadcast_to(levels, outputs.shape[1:])
    losses, least = (
        np.average(pinball(each - y, levels), axis=0, weights=sample_weight)
        for each in (outputs, weighted_quantiles(y, sample_weight, levels))
    )
    of_constants = np.where(losses == 0, 1.0, 0.0)  # whose loss is 0
    return float(np.mean(np.where(least > 0, 1 - losses / np.where(least > 0, least, 1), of_constants)))


class ScoreMixin:
    """A regressor whose quantiles are scored as quantiles; before RegressorMixin, which knows R²."""

    def score(self, X, y, sample_weight=None):
        """Return R², or with `loss='quantile'` D², the mean over quantiles.

        D² is the share of the pinball loss of the constant quantile that predictions avoid. R² holds predictions
        against means, which quantiles are not.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Their values.
        sample_weight : array-like of shape (n_samples,), default=None
            Their weights.

        Returns
        -------
        score : float
            1 at best, 0 for the constant.

        Raises
        ------
        sklearn.exceptions.NotFittedError, ValueError
            Before `fit`; if X or y is invalid, or X has another number of features.

        Examples
        --------
        >>> from sklearn.datasets import load_diabetes
        >>> from sklearn.preprocessing import scale
        >>> from skl2 import MLPRegressor
        >>> X, y = (scale(data) for data in load_diabetes(return_X_y=True))
        >>> network = MLPRegressor("quantile", (10,), quantile=[0.1, 0.5, 0.9], learning_rate="cosine",
        ...                        learning_rate_init=0.03, max_iter=50, random_state=0).fit(X[:300], y[:300])
        >>> network.predict(X[300:302]).round(1)
        array([[-0.1,  0.9,  1.7],
               [-1.2, -0.7,  0.4]])
        >>> round(network.score(X[300:], y[300:]), 2)
        0.24
        """
        if self.loss != "quantile":
            return super().score(X, y, sample_weight)
        prediction = self.predict(X)
        y = check_array(y.toarray() if issparse(y) else y, ensure_2d=False, input_name="y")
        return d2_pinball(y.reshape(len(y), -1), prediction, quantile_levels(self.quantile), sample_weight)


class ValuesMixin(ScoreMixin):
    """The part of a regressor that base and problem ask; LabelsMixin answers the same for a classifier."""

    def predict(self, X):
        """Predict targets.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        y : ndarray of shape (n_samples,), (n_samples, n_outputs) or (n_samples, n_quantiles)
            Predictions.

        Raises
        ------
        sklearn.exceptions.NotFittedError, ValueError
            Before `fit`; if X is invalid, has another number of features, or makes predictions overflow.

        Examples
        --------
        >>> from sklearn.datasets import load_diabetes
        >>> from sklearn.preprocessing import scale
        >>> from skl2 import MLPRegressor
        >>> X, y = (scale(data) for data in load_diabetes(return_X_y=True))
        >>> network = MLPRegressor(hidden_layer_sizes=(), optimizer="lbfgs", alpha=0.1, random_state=0)
        >>> network.fit(X, y).predict(X[:3]).round(2)
        array([ 0.62, -1.02,  0.27])
        """
        return self._prediction(self._raw_prediction(X))

    def _loss(self):
        """Return the name of a row of LOSSES."""
        return self.loss

    def _output_layer(self, targets):
        """Return (n_outputs, activation of the outputs); several quantiles are outputs of one target."""
        n_levels = quantile_levels(self.quantile).size if self.loss == "quantile" else 1
        if n_levels == 1:
            return targets.shape[1], LOSSES[self.loss].out_activation
        if targets.shape[1] > 1:
            raise ValueError(
                f"Several quantiles are for one y per sample; got {n_levels} quantiles and a y of {targets.shape[1]} "
                "outputs. Fit each column of y by itself (sklearn.multioutput.MultiOutputRegressor), or take one "
                "quantile."
            )
        return n_levels, "sort"

    def _has_all_classes(self, targets):
        return True  # there are none

    def _targets(self, y, continues, incremental):
        """Return y as (n_samples, n_outputs), once it is validated; a regressor has nothing to go on with."""
        values, domain = to_values(y), DOMAINS.get(self.loss)
        if domain and not domain.holds(np.min(values)):
            raise ValueError(
                f"loss={self.loss!r} models {domain.models}: y must be {domain.condition}; its smallest value is "
                f"{np.min(values)}."
            )
        return values

    def _strata(self, targets):
        """Return by what a validation set is stratified, (n_samples,), or None."""
        return None

    def _weights_of_classes(self, samples):
        """Return what `weigh_classes` returns, or None."""
        return None

    def _prediction(self, raw):
        """Return values (n_samples,) or (n_samples, n_outputs) for raw predictions (n_samples, n_outputs)."""
        with np.errstate(over="ignore"):  # of exp
            prediction = check_finite(LINKS[self.out_activation_](raw))
        return prediction.ravel() if self.n_outputs_ == 1 else prediction

    def _validation_score(self, targets, raw, sample_weight):
        """Return R² for raw predictions (n_samples, n_outputs); of quantiles D², by which they are not means."""
        prediction = LINKS[self.out_activation_](raw)
        if len(targets) < 2 or not np.all(np.isfinite(prediction)):  # of one sample there is no R²
            return np.nan
        if self.loss == "quantile":
            return d2_pinball(targets, prediction, quantile_levels(self.quantile), sample_weight)
        return r2_score(targets, prediction, sample_weight=sample_weight)
