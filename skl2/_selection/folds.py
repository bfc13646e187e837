"""The folds of a search: what to train, and which samples score it."""

import copy
from typing import NamedTuple

import numpy as np
from sklearn.base import is_classifier
from sklearn.model_selection import check_cv
from sklearn.utils import _safe_indexing, check_random_state
from sklearn.utils.validation import _num_samples

from skl2._estimators.parallel import Stop
from skl2._estimators.problem import Problem, encode, pose, weigh
from skl2._selection.ensemble import predict_held_out
from skl2._selection.scoring import Scoring, score_networks
from skl2._training.batches import Samples


class Cut(NamedTuple):
    """The samples, cut into folds."""

    samples: Samples
    splits: list  # of (numbers to train on, numbers to score on)
    scoring: Scoring
    is_ensemble: bool  # whether the networks are to be averaged

    def folds(self, estimator):
        """Return the Folds to train an estimator on."""
        if self.is_ensemble:
            return make_folds_of_ensemble(estimator, encode(estimator, self.samples), self.splits, self.scoring)
        return make_folds(estimator, self.samples, self.splits, self.scoring)

    def predict_held_out(self, networks):
        """Return the HeldOut of the network of each fold."""
        samples = encode_and_weigh(networks[0], self.samples)
        return predict_held_out(networks, self.splits, self.scoring.X, samples)

    def score(self, networks):
        """Return the scores (n_folds,) of the network of each fold."""
        parts = zip(networks, self.splits, strict=True)
        return np.array(
            [score_networks(self.scoring, test, [0.0], {0: network}, Stop())[0][0] for network, (_, test) in parts]
        )


class Fold(NamedTuple):
    """What to train, and which samples to score on."""

    estimator: object  # that knows the classes of this fold
    problem: Problem
    scoring: Scoring
    test: np.ndarray  # numbers of the samples held out
    held_out: Samples | None  # those samples, encoded; None: there are classes that this fold does not know
    is_kept: bool  # whether the networks are wanted, and not only their scores
    constant_score: float = -np.inf  # of the best constant prediction

    def without_X(self):
        """Return (X to train on, X to score on, this Fold without them): an array alone goes to a cluster only once."""
        return self.problem.task.samples.X, self.scoring.X, self.with_X(None, None)

    def with_X(self, X, X_to_score):
        """Return this Fold on other arrays."""
        return self._replace(
            problem=self.problem.replace_X(X),
            scoring=self.scoring._replace(X=X_to_score),
            held_out=self.held_out and self.held_out._replace(X=X),
        )

    @property
    def n_layers(self):
        """Return the number of layers with weights."""
        return self.problem.task.network.sizes.size - 1


def split_rows(search, X, y, split_params):
    """Return a list of (numbers to train on, numbers to score on), as `cv` says."""
    if isinstance(search.cv, (str, bytes)):  # which have a method `split` of their own
        raise ValueError(f"cv must be a number of folds, a splitter of scikit-learn or an iterable; got {search.cv!r}.")
    splitter = check_cv(search.cv, y, classifier=is_classifier(search))
    return check_splits(splitter.split(X, y, **split_params), _num_samples(X))


def make_splits(search, X, y, split_params):
    """Return what `split_rows` does, if it is enough for the rule of a search."""
    splits = split_rows(search, X, y, split_params)
    if search.rule == "one_se" and len(splits) < 2:
        raise ValueError("rule='one_se' needs a standard error, and so at least 2 folds; cv gives 1.")
    return splits


def make_folds(estimator, samples, splits, scoring):
    """Return the Folds, each with a copy of an estimator that knows its features; all of them begin alike."""
    random_state, encoded = estimator.random_state, encode(estimator, samples)
    if random_state is None:  # they differ in their samples only
        random_state = draw_seeds(None, 1)[0]
    folds = []
    for train, test in splits:
        fold_estimator = copy.copy(estimator)
        fold_estimator.random_state = copy.deepcopy(random_state)
        to_train_on, held_out = encoded.take(train), encoded.take(test)
        if not fold_estimator._has_all_classes(to_train_on.y):  # it then knows fewer
            to_train_on = encode(fold_estimator, samples.take(train))
            held_out = _encode_held_out(fold_estimator, samples.take(test))
        held_out = held_out and weigh(fold_estimator, to_train_on, held_out)[1]
        folds.append(Fold(fold_estimator, pose(fold_estimator, to_train_on), scoring, test, held_out, is_kept=False))
    return folds


def _encode_held_out(estimator, samples):
    """Return Samples encoded as those to train on, or None if they have other classes."""
    try:
        return samples._replace(y=estimator._targets(samples.y, continues=True, incremental=True))
    except ValueError:
        return None


def make_folds_of_ensemble(estimator, encoded, splits, scoring):
    """Return the Folds of networks to average: each begins with weights of its own, and knows all classes.

    `encoded` are the Samples with y as targets, as the estimator that knows them has encoded it.
    """
    folds = []
    for (train, test), seed in zip(splits, draw_seeds(estimator.random_state, len(splits)), strict=True):
        fold_estimator = copy.copy(estimator)
        fold_estimator.random_state = seed
        samples, held_out = encoded.take(train), encoded.take(test)
        held_out = weigh(fold_estimator, samples, held_out)[1]
        folds.append(Fold(fold_estimator, pose(fold_estimator, samples), scoring, test, held_out, is_kept=True))
    return folds


def encode_and_weigh(estimator, samples):
    """Return all Samples with y as targets and the weights that count, those of classes too."""
    estimator = copy.copy(estimator)  # it stays as it is
    return weigh(estimator, encode(estimator, samples))[0]


def draw_seeds(random_state, n_seeds):
    """Return a list of n_seeds integers; an integer random_state gives the same each time."""
    return check_random_state(copy.deepcopy(random_state)).randint(np.iinfo(np.int32).max, size=n_seeds).tolist()


def check_rows(**given):
    """Raise TypeError for what folds cannot take rows of, such as a dask frame, before networks are trained."""
    for name, value in given.items():
        try:
            _safe_indexing(value, [0])
        except Exception as error:
            kind = f"{type(value).__module__.partition('.')[0]} {type(value).__name__}"
            raise TypeError(
                f"The folds are rows of {name}, and a {kind} gives none. Pass an array or a frame in memory, of dask "
                f"{name}.compute()."
            ) from error


def check_splits(splits, n_samples):
    """Return a list of (numbers to train on, numbers to score on), if that is what a splitter gave."""
    try:
        pairs = [(train, test) for train, test in splits]
    except (TypeError, ValueError) as error:
        if "unpack" not in str(error):  # of a splitter
            raise
        raise ValueError(
            f"cv must be a number of folds, a splitter of scikit-learn, or an iterable of pairs (train, test): {error}."
        ) from error
    pairs = [tuple(_numbers(part, n_samples) for part in pair) for pair in pairs]
    if not pairs or not all(train.size and test.size for train, test in pairs):
        raise ValueError("cv must give at least one fold, with samples to train on and samples to score on.")
    return pairs


def _numbers(part, n_samples):
    """Return the numbers of samples in a part of a fold, which may be a mask."""
    numbers = np.asarray(part)
    if numbers.shape == (n_samples,) and numbers.dtype == bool:
        return np.flatnonzero(numbers)
    if not numbers.size:
        return np.empty(0, np.intp)
    if numbers.ndim != 1 or numbers.dtype.kind not in "iu" or numbers.min() < -n_samples or numbers.max() >= n_samples:
        raise ValueError(f"cv must give numbers of samples, integers from 0 to {n_samples - 1}; got {part!r}.")
    return numbers
