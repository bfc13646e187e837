"""A table in one encoding, and what trains on it."""

import copy
from typing import NamedTuple

import numpy as np
from scipy.sparse import issparse
from sklearn.utils.validation import has_fit_parameter

from skl2._inputs.samples import validate_samples
from skl2._selection.ensemble import calibrate
from skl2._selection.folds import Cut, encode_and_weigh
from skl2._selection.scoring import LossScorer, Scoring
from skl2._training.batches import Samples

# Of the weights of classes in what chooses λ: with larger ones the rare rows alone would.
LARGEST_RATIO = 100


class Encoding(NamedTuple):
    """A fitted encoder, an estimator that knows the features and classes that it gives, and the encoded samples."""

    encoder: object
    estimator: object
    samples: Samples
    scoring: Scoring

    def cut(self, splits):
        """Return the samples, cut into folds."""
        return Cut(self.samples, splits, self.scoring, is_ensemble=True)

    def folds(self, splits, random_state, **params):
        """Return the Folds of networks with other parameters."""
        estimator = copy.copy(self.estimator)
        estimator.set_params(random_state=random_state, **params)
        return self.cut(splits).folds(estimator)

    def assess(self, networks, splits, calibrates):
        """Return (HeldOut of the network of each fold, their scores), after calibration if it is asked for."""
        held_out = self.cut(splits).predict_held_out(networks)
        if calibrates:
            _, held_out = calibrate(networks, held_out)
        return held_out, self.cut(splits).score(networks)


def without_names(X):
    """Return what an encoder gives, a frame as an array: `set_output` may be another at predict."""
    return X if issparse(X) else np.asarray(X)


def encode_table(encoder, estimator, given, scoring):
    """Return the Encoding of X, y and weights as `given`; the encoder is fitted."""
    takes_weights = given.sample_weight is not None and has_fit_parameter(encoder, "sample_weight")
    X = encoder.fit_transform(given.X, given.y, **{"sample_weight": given.sample_weight} if takes_weights else {})
    estimator = copy.copy(estimator)
    samples = validate_samples(estimator, given._replace(X=without_names(X)), reset=True)
    if isinstance(scoring.scorer, LossScorer):  # the loss is that of training, with the weights of classes
        weights = encode_and_weigh(estimator, samples).sample_weight
        if weights is not None and samples.sample_weight is None:
            weights = np.maximum(weights, weights.max() / LARGEST_RATIO)
        scoring = scoring._replace(params={} if weights is None else {"sample_weight": weights})
    return Encoding(encoder, estimator, samples, scoring._replace(X=samples.X))
