"""How real values meet the network: as targets, and as what raw predictions mean."""

import numpy as np
from sklearn.metrics import r2_score

from skl2._inputs.targets import to_values
from skl2._kernels.losses import LOSSES


class ValuesMixin:
    """The part of a regressor that knows its losses apart."""

    def _loss(self):
        return self.loss

    def _output_layer(self, targets):
        """Return (n_outputs, activation of the outputs)."""
        return targets.shape[1], LOSSES[self.loss].out_activation

    def _targets(self, y, continues, incremental):
        """Return y as (n_samples, n_outputs)."""
        values = to_values(y)
        if self.loss == "poisson" and np.min(values) < 0:
            raise ValueError(
                f"loss='poisson' models counts and rates: y must be >= 0; its smallest value is {np.min(values)}."
            )
        return values

    def _strata(self, targets):
        return None

    def _weights_of_classes(self, samples):
        return None

    def _validation_score(self, targets, raw, sample_weight):
        prediction = LOSSES[self.loss].link(raw)
        if not np.all(np.isfinite(prediction)):
            return np.nan
        return r2_score(targets, prediction, sample_weight=sample_weight)
