"""How real values meet the network: as targets, and as what raw predictions mean."""

import numpy as np
from sklearn.metrics import r2_score

from skl2._inputs.targets import to_values
from skl2._kernels.losses import LINKS, LOSSES


def check_finite(prediction):
    """Return a prediction, or raise ValueError where it overflows."""
    if not np.isfinite(prediction).all():
        raise ValueError(
            f"Predictions overflow {prediction.dtype}: X has values too large for this network. Scale X as the samples "
            "that it was trained on."
        )
    return prediction


class ValuesMixin:
    """What base and problem ask of a regressor; LabelsMixin answers the same for a classifier."""

    def predict(self, X):
        """Predict targets.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
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
        """Return (n_outputs, activation of the outputs)."""
        return targets.shape[1], LOSSES[self.loss].out_activation

    def _has_all_classes(self, targets):
        return True  # there are none

    def _targets(self, y, continues, incremental):
        """Return y as (n_samples, n_outputs), once it is validated; a regressor has nothing to go on with."""
        values = to_values(y)
        if self.loss == "poisson" and np.min(values) < 0:
            raise ValueError(
                f"loss='poisson' models counts and rates: y must be >= 0; its smallest value is {np.min(values)}."
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
        """Return R² for raw predictions (n_samples, n_outputs)."""
        prediction = LOSSES[self.loss].link(raw)
        if len(targets) < 2 or not np.all(np.isfinite(prediction)):  # of one sample there is no R²
            return np.nan
        return r2_score(targets, prediction, sample_weight=sample_weight)
