"""The search for λ: each fold trains a path, and the samples that it holds out score the networks.

strategy='full' compares all λ once, at the end. 'halving' compares them after some epochs too and drops the worse half
each time; the others train on from where they are (successive halving: Jamieson & Talwalkar, 2016, arXiv:1502.07943).
"""

import math
import time
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from skl2._estimators.attributes import fitted_attributes, with_fitted
from skl2._estimators.endings import name_alphas
from skl2._estimators.parallel import group, run_parallel
from skl2._estimators.solution import train_alphas, train_in_turn
from skl2._selection.results import mean_over_folds
from skl2._selection.scoring import score_networks
from skl2._selection.trial import find_failure, try_scoring
from skl2._training.engine import join
from skl2._training.parameters import layer_norms
from skl2._training.progress import Status


class Outcome(NamedTuple):
    """What came of networks: arrays (n_alphas,) for some of one fold, (n_alphas, n_folds) for all."""

    score: np.ndarray  # NaN where training diverged or the scorer failed
    layer_norms: np.ndarray  # (…, n_layers): ‖W‖ of each layer, NaN where training diverged
    n_iter: np.ndarray  # epochs
    status: np.ndarray
    fit_time: np.ndarray  # seconds; networks that were trained together share them in equal parts
    score_time: np.ndarray  # seconds

    def take(self, numbers):
        """Return the Outcome of some values of alpha."""
        return Outcome(*(values[numbers] for values in self))


class Search:
    """The networks of all folds and of those alphas that are left."""

    def __init__(self, folds, alphas, n_jobs, bar=None, continued=False):
        self.folds, self.alphas, self.n_jobs, self.bar = try_scoring(folds), alphas, n_jobs, bar
        self.continued = continued  # whether the networks of a fold are trained in turn
        shape = len(alphas), len(folds)
        self.outcome = Outcome(
            score=np.zeros(shape),
            layer_norms=np.zeros((*shape, folds[0].n_layers)),
            n_iter=np.zeros(shape, int),
            status=np.zeros(shape, int),
            fit_time=np.zeros(shape),
            score_time=np.zeros(shape),
        )
        self.n_compared = np.zeros(len(alphas), int)  # how often each was scored
        self.failures = []  # (alpha, error in words) of scorers
        self.left = np.arange(len(alphas))  # numbers of alphas
        self.trainings = [None] * len(folds)  # of those left, once they have begun
        self.failed = {}  # {(number of an alpha, of a fold): Failure} of those that end no better than a constant
        self.networks = [{} for _ in folds]  # {number of an alpha: network at its end}, where a fold is kept

    def run(self, epochs, report):
        """Compare after each number of epochs and drop half, except after the last; report hears of each comparison.

        Return the comparisons, each as a dict.
        """
        comparisons = []
        for before, until in pairwise([0, *epochs]):
            is_last = until == epochs[-1]
            self.compare(None if is_last else until)
            compared, means = self.left, self.mean_scores()
            if self.bar:  # networks that were dropped are done
                n_epochs = self.outcome.score.size * (until - before)
                self.bar.end_stage(n_epochs, f"best score {np.nan_to_num(means, nan=-np.inf).max():.4g}")
            goes_on = not is_last and np.any(self.outcome.status[compared] == Status.TRAINING)
            if goes_on:
                self.keep(_better_half(self.alphas[compared], means))
            dropped = self.alphas[np.setdiff1d(compared, self.left)]
            values = {"alphas": self.alphas[compared], "mean_scores": means, "dropped": dropped}
            comparisons.append({"n_epochs": until, **values})
            if report:
                report(_describe(comparisons[-1]))
            if not goes_on:
                break
        return comparisons

    def compare(self, until):
        """Train what is left until so many epochs, or with None to its end, and score it."""
        groups = group(1 if self.continued else self.left.size, len(self.folds), self.n_jobs)
        groups = [np.arange(self.left.size)] if self.continued else groups
        jobs = [(fold, numbers) for fold in range(len(self.folds)) for numbers in groups]
        calls = [
            (
                *self.folds[fold].without_X(),
                self.alphas[self.left[numbers]],
                (self._part(fold, numbers), until, self.continued),
            )
            for fold, numbers in jobs
        ]
        results = run_parallel(_train_and_score, calls, self.n_jobs, self.bar)
        self.n_compared[self.left] += 1
        for (fold, numbers), (outcome, failures, failed, networks, _) in zip(jobs, results, strict=True):
            self._write(outcome, self.left[numbers], fold)
            self.failures += failures
            self.failed |= {(int(self.left[numbers[row]]), fold): failed[row] for row in failed if failed[row]}
            self.networks[fold].update((int(self.left[numbers[row]]), networks[row]) for row in networks)
        if until:
            parts = [training for *_, training in results]
            starts = range(0, len(parts), len(groups))
            self.trainings = [join(parts[start : start + len(groups)], groups) for start in starts]

    def mean_scores(self):
        """Return the mean over folds of what is left; NaN where a network has no score."""
        return mean_over_folds(self.outcome.score[self.left])

    def keep(self, numbers):
        """Drop all but some of what is left."""
        self.left = self.left[numbers]
        self.trainings = [training.take(numbers) for training in self.trainings]

    def networks_of(self, number):
        """Return the networks of all folds at an alpha."""
        if not all(number in networks for networks in self.networks):
            raise ValueError(f"Networks at the alpha chosen, {self.alphas[number]:g}, diverged when they trained on.")
        return [networks[number] for networks in self.networks]

    def _part(self, fold, numbers):
        training = self.trainings[fold]
        return training and training.take(numbers)

    def _write(self, outcome, numbers, fold):
        for name, values in outcome._asdict().items():
            table = getattr(self.outcome, name)
            before = table[numbers, fold] if name in ("fit_time", "score_time") else 0  # times add up
            table[numbers, fold] = before + values


def _better_half(alphas, means):
    """Return the numbers of the better half, of equals the larger alphas, in their order."""
    best_first = np.lexsort((-alphas, -np.nan_to_num(means, nan=-np.inf)))
    return np.sort(best_first[: math.ceil(means.size / 2)])


def _describe(comparison):
    """Return what verbose prints of a comparison."""
    alphas, means = comparison["alphas"], comparison["mean_scores"]
    best = np.argmax(np.nan_to_num(means, nan=-np.inf))
    text = f"After {comparison['n_epochs']} epochs, best of {alphas.size}: alpha={alphas[best]:g}"
    text += f" with a mean score of {means[best]:.6g}."
    return f"{text} Dropped: {name_alphas(comparison['dropped'])}." if comparison["dropped"].size else text


def _train_and_score(X, X_to_score, fold, alphas, how, stop):
    """Train networks of a fold; (Training to go on with or None, until how many epochs or None, whether in turn) = how.

    Return (Outcome, failures of the scorer, {row: Failure or None} of networks at their end, {row: network} of those if
    they are kept, Training if it may go on).
    """
    fold, (training, until, continued) = fold.with_X(X, X_to_score), how
    start = time.perf_counter()
    if continued:
        training = train_in_turn(fold.estimator, fold.problem, alphas, stop.hooks())
    else:
        training = train_alphas(fold.estimator, fold.problem, alphas, stop.hooks(), training, until)
    if np.any(training.rows.status == Status.INTERRUPTED):
        raise KeyboardInterrupt  # a search is complete or not at all
    fit_time = np.full(len(alphas), (time.perf_counter() - start) / len(alphas))
    n_iter = np.array([len(progress.loss_curve) for progress in training.progress])
    networks = _networks(fold, alphas, training)
    norms = np.full((len(alphas), fold.n_layers), np.nan)
    for row, network in networks.items():
        norms[row] = layer_norms(network.coefs_)
    score, score_time, failures = score_networks(fold.scoring, fold.test, alphas, networks, stop)
    stop.check()  # Ctrl-C in the last of the scorers would be lost
    outcome = Outcome(score, norms, n_iter, training.rows.status, fit_time, score_time)
    ended = {row: networks[row] for row in networks if not until or training.rows.status[row] != Status.TRAINING}
    failed = {row: find_failure(fold, ended[row], score[row], training.progress[row]) for row in ended}
    kept = ended if fold.is_kept else {}
    return outcome, failures, failed, kept, training if until else None


def _networks(fold, alphas, training):
    """Return {row: fitted estimator} of the networks as they are; none where training diverged."""
    return {
        row: with_fitted(
            fold.estimator, float(alpha), fitted_attributes(fold.estimator, fold.problem.task, training, row)
        )
        for row, alpha in enumerate(alphas)
        if training.rows.status[row] != Status.DIVERGED or training.progress[row].has_best()
    }
