"""The search for λ: each fold trains a path, and the samples that it holds out score the networks.

strategy='full' compares all λ once, at the end. 'halving' compares them after some epochs too and drops the worse half
each time; the others train on from where they are (successive halving: Jamieson & Talwalkar, 2016, arXiv:1502.07943).
"""

import copy
import math
import time
from collections.abc import Callable
from numbers import Real
from typing import NamedTuple

import numpy as np
from sklearn.utils import _safe_indexing, check_random_state
from sklearn.utils.validation import _check_method_params

from skl2._engine import join
from skl2._monitor import Hooks
from skl2._outcome import fitted_attributes, with_fitted
from skl2._parallel import group, run_parallel
from skl2._problem import Problem, begin, make_problem, solve
from skl2._progress import Status


class Scoring(NamedTuple):
    """How networks are scored: on samples in the form in which the user gave them."""

    scorer: Callable
    X: object
    y: object
    params: dict  # of the scorer


class Fold(NamedTuple):
    """What to train, and which samples to score on."""

    estimator: object  # that knows the classes of this fold
    problem: Problem
    scoring: Scoring
    test: np.ndarray  # numbers of the samples held out


class Outcome(NamedTuple):
    """What came of networks: arrays (n_alphas,) for some of one fold, (n_alphas, n_folds) for all."""

    score: np.ndarray  # NaN where training diverged
    n_iter: np.ndarray  # epochs
    status: np.ndarray
    n_compared: np.ndarray  # how often it was scored
    fit_time: np.ndarray  # seconds; networks that were trained together share them in equal parts
    score_time: np.ndarray  # seconds


ADD_UP = {"n_compared", "fit_time", "score_time"}  # over the stages; of the rest the last counts


class Stage(NamedTuple):
    """A comparison of networks."""

    n_epochs: int  # after which they were compared, unless they had ended before
    alphas: np.ndarray
    mean_scores: np.ndarray  # over the folds
    dropped: np.ndarray  # values of alpha that did not train on

    def describe(self):
        """Return what verbose prints."""
        best = np.argmax(np.nan_to_num(self.mean_scores, nan=-np.inf))
        text = (
            f"After {self.n_epochs} epochs: {len(self.alphas)} values of alpha, the best {self.alphas[best]:g} with a "
            f"mean score of {self.mean_scores[best]:.6g}."
        )
        dropped = ", ".join(f"{alpha:g}" for alpha in self.dropped)
        return f"{text} Dropped: {dropped}." if dropped else text


def make_folds(estimator, samples, splits, scoring):
    """Return the Folds, each with a copy of an estimator that knows its features."""
    if estimator.random_state is None:  # all folds begin alike, so that they differ in their samples only
        estimator.random_state = check_random_state(None).randint(np.iinfo(np.int32).max)
    folds = []
    for train, test in splits:
        fold_estimator = copy.copy(estimator)
        fold_estimator.random_state = copy.deepcopy(estimator.random_state)
        training_samples, _ = fold_estimator._weigh(fold_estimator._encode(samples.take(train)), None)
        problem = make_problem(fold_estimator, training_samples, None)
        folds.append(Fold(fold_estimator, problem, scoring, test))
    return folds


def halving_epochs(n_alphas, max_iter):
    """Return the epochs after which to compare: a tenth of max_iter, on in equal ratios to half of it, and all.

    What λ does shows late: a first comparison at 1/16 chose clearly worse (measured on digits, breast cancer, wine and
    diabetes), and one at 1/5 no better, for a quarter more work.
    """
    n_halvings = math.ceil(math.log2(n_alphas))
    epochs = np.ceil(np.geomspace(max_iter / 2, max_iter / 10, n_halvings)).astype(int)
    return sorted({*epochs.tolist(), max_iter})


class Search:
    """The networks of all folds and of those alphas that are left."""

    def __init__(self, folds, alphas, n_jobs):
        self.folds, self.alphas, self.n_jobs = folds, alphas, n_jobs
        shape = len(alphas), len(folds)
        self.outcome = Outcome(*(np.zeros(shape, kind) for kind in (float, int, int, int, float, float)))
        self.left = np.arange(len(alphas))  # numbers of alphas
        self.trainings = [None] * len(folds)  # of those left, once they have begun

    def run(self, epochs, report):
        """Compare after each number of epochs and drop half, except after the last; report hears of each Stage."""
        stages = []
        for until in epochs:
            is_last = until == epochs[-1]
            self.compare(None if is_last else until)
            is_last = is_last or not np.any(self.outcome.status[self.left] == Status.TRAINING)
            compared, means = self.left, self.mean_scores()
            if not is_last:
                best_first = np.lexsort(
                    (-self.alphas[compared], -np.nan_to_num(means, nan=-np.inf))
                )  # of equals the larger alpha
                self.keep(np.sort(best_first[: -(-means.size // 2)]))
            dropped = np.setdiff1d(compared, self.left)
            stages.append(Stage(until, self.alphas[compared], means, self.alphas[dropped]))
            if report:
                report(stages[-1].describe())
            if is_last:
                break
        return stages

    def compare(self, until):
        """Train what is left until so many epochs, or with None to its end, and score it."""
        groups = group(self.left.size, len(self.folds), self.n_jobs)
        jobs = [(fold, numbers) for fold in range(len(self.folds)) for numbers in groups]
        calls = [
            (self.folds[fold], self.alphas[self.left[numbers]], self._part(fold, numbers), until)
            for fold, numbers in jobs
        ]
        results = run_parallel(_train_and_score, calls, self.n_jobs)
        for (fold, numbers), (outcome, _) in zip(jobs, results, strict=True):
            self._write(outcome, self.left[numbers], fold)
        if until:
            parts = [training for _, training in results]
            starts = range(0, len(parts), len(groups))
            self.trainings = [join(parts[start : start + len(groups)], groups) for start in starts]

    def mean_scores(self):
        """Return the mean over folds of what is left; NaN where a network diverged."""
        return np.average(self.outcome.score[self.left], axis=1)

    def keep(self, numbers):
        """Drop all but some of what is left."""
        self.left = self.left[numbers]
        self.trainings = [training.take(numbers) for training in self.trainings]

    def _part(self, fold, numbers):
        training = self.trainings[fold]
        return training and training.take(numbers)

    def _write(self, outcome, numbers, fold):
        for name, values in outcome._asdict().items():
            table = getattr(self.outcome, name)
            table[numbers, fold] = values + (table[numbers, fold] if name in ADD_UP else 0)


def _train_and_score(fold, alphas, training, until, stop):
    """Train networks of a fold until so many epochs, or to their end; return (Outcome, Training if it may go on)."""
    start = time.perf_counter()
    if training is None:  # groups of a fold draw the same random numbers, each its own
        problem = fold.problem._replace(random_state=copy.deepcopy(fold.problem.random_state))
        training = begin(fold.estimator, problem, alphas)
    solve(fold.estimator, fold.problem, training, Hooks(begin=stop.check), until)
    if np.any(training.rows.status == Status.INTERRUPTED):
        raise KeyboardInterrupt  # a search is complete or not at all
    fit_time = np.full(len(alphas), (time.perf_counter() - start) / len(alphas))
    n_iter = np.array([len(progress.loss_curve) for progress in training.progress])
    score, score_time = _score(fold, alphas, training)
    status, once = training.rows.status, np.ones(len(alphas), int)
    return Outcome(score, n_iter, status, once, fit_time, score_time), training if until else None


def _score(fold, alphas, training):
    """Return (scores, seconds), both (n_alphas,), of the networks as they are."""
    scorer, X, y, params = fold.scoring
    X_test, y_test = _safe_indexing(X, fold.test), _safe_indexing(y, fold.test)
    params = _check_method_params(X, params, indices=fold.test)
    scores, seconds = np.full(len(alphas), np.nan), np.zeros(len(alphas))
    for row, alpha in enumerate(alphas):
        if training.rows.status[row] == Status.DIVERGED and not training.progress[row].has_best():
            continue
        start = time.perf_counter()
        attributes = fitted_attributes(fold.estimator, fold.problem.task, training, row)
        scores[row] = _number(scorer(with_fitted(fold.estimator, float(alpha), attributes), X_test, y_test, **params))
        seconds[row] = time.perf_counter() - start
    return scores, seconds


def _number(score):
    """Return a score as float, if it is one number."""
    score = score.item() if np.size(score) == 1 and hasattr(score, "item") else score
    if not isinstance(score, Real):
        raise ValueError(f"scoring must give one number, by which alpha is chosen; got {score!r}.")
    return float(score)
