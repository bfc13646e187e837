"""Many values of λ at once: from a problem to the networks of a path."""

from numbers import Integral

import numpy as np
from sklearn.utils._param_validation import validate_parameter_constraints

from skl2._estimators.attributes import fitted_attributes
from skl2._estimators.bar import open_bar
from skl2._estimators.endings import raise_if_diverged, warn_about_end, warn_about_path
from skl2._estimators.parallel import group, run_parallel
from skl2._estimators.problem import make_problem
from skl2._estimators.regularization_path import RegularizationPath
from skl2._estimators.solution import train_alphas, train_in_turn
from skl2._inputs.settings import warn_if_clipped
from skl2._inputs.strengths import warn_if_no_effect
from skl2._training.engine import join, kept
from skl2._training.monitor import Hooks


def train_path(estimator, problem, grid, n_jobs, continued):
    """Return the RegularizationPath of an estimator that is not the user's own."""
    params = {"n_jobs": n_jobs, "continued": continued}
    validate_parameter_constraints({"n_jobs": [Integral, None], "continued": ["boolean"]}, params, "path")
    warn_if_no_effect(estimator, grid.unit * grid.alphas, problem.params.dtype)
    warn_if_clipped(estimator, problem.task.samples.indices.size)
    X, problem = problem.task.samples.X, problem.replace_X(None)  # alone, an array is sent to a cluster only once
    alphas, numbers_of_all = grid.to_train(continued)
    groups = [np.arange(len(alphas))] if continued else group(len(alphas), 1, n_jobs)
    with open_bar(estimator.verbose, len(alphas) * problem.task.plan.n_epochs) as bar:
        prints = bool(estimator.verbose) and bar is None
        train = train_in_turn if continued else train_alphas
        calls = [(X, estimator, problem, alphas[numbers], train, prints) for numbers in groups]
        parts = run_parallel(_train_group, calls, n_jobs, bar)
    training = join(parts, groups) if len(parts) > 1 else parts[0]
    warn_about_path(estimator, problem.replace_X(X), training, alphas)
    if len(alphas) < len(grid.alphas):
        training = training.take(numbers_of_all)
    return _make_path(estimator, grid, problem, training)


def fit_in_turn(estimator, given, alphas):
    """Fit an estimator at the last of alphas, from the weights that training at those before has led to."""
    problem, hooks = make_problem(estimator, given), Hooks(report=print if estimator.verbose else None)
    training = train_in_turn(estimator, problem, alphas, hooks, only_last=True)
    raise_if_diverged(estimator, training.progress[0])
    estimator.alpha = float(alphas[-1])
    vars(estimator).update(fitted_attributes(estimator, problem.task, training))
    warn_about_end(estimator, problem, training, incremental=False)
    return estimator


def _train_group(X, estimator, problem, alphas, train, prints, stop):
    hooks = stop.hooks(report=print if prints else None)
    return train(estimator, problem.replace_X(X), alphas, hooks)


def _make_path(estimator, grid, problem, training):
    """Return the RegularizationPath of networks that have been trained."""
    status = np.array([progress.status.name.lower() for progress in training.progress])
    networks = [fitted_attributes(estimator, problem.task, training, row) for row in range(len(grid.alphas))]
    for network in networks:
        del network["coefs_"], network["intercepts_"]  # they are views of params
    return RegularizationPath(estimator, grid, kept(training.rows), status, networks)
