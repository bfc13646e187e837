"""The λ from which a penalty keeps the weights of all columns at zero."""

import copy

import numpy as np

from skl2._estimators.problem import encode, pose
from skl2._inputs.strengths import penalty_of
from skl2._training.lbfgs import gradient
from skl2._training.parameters import layer_views
from skl2._training.prediction import raw_prediction


def largest_alpha(estimator, problem):
    """Return the λ at which no column's weights leave zero, or None where the penalty makes none zero.

    It is the largest gradient at W₁ = 0, in the norm of the penalty, where the network predicts the best constant.
    For a linear network this is exact (the largest alpha of `lasso_path`). For others it is what the layers above make
    of it at the start, and they change in training.
    """
    penalty, sizes = penalty_of(estimator), problem.task.network.sizes
    if not penalty.is_sparse:
        return None
    slope = layer_views(gradient(problem.task, _constant(estimator, problem)), sizes)[0][0]
    if penalty.first == "l1":
        return _positive(np.abs(slope).max())
    groups = problem.task.network.groups
    squares = np.add.reduceat(np.sum(slope**2, axis=1)[groups.columns], groups.starts[:-1])
    return _positive(np.sqrt(np.max(squares / np.diff(groups.starts))))


def largest_alpha_for(estimator, samples):
    """Return the same for Samples whose targets are not encoded. No generator of random numbers goes on by that."""
    if not penalty_of(estimator).is_sparse:
        return None
    estimator = copy.copy(estimator)
    is_free = estimator.random_state is None
    estimator.random_state = np.random.RandomState() if is_free else copy.deepcopy(estimator.random_state)
    return largest_alpha(estimator, pose(estimator, encode(estimator, samples)))


def _constant(estimator, problem):
    """Return params of the network as it begins, but for W₁ = 0 and intercepts with which it predicts the constant."""
    sizes = problem.task.network.sizes
    params = np.array(problem.params, np.float64)
    coefs, intercepts = layer_views(params, sizes)
    coefs[0][:] = 0
    if problem.baseline.raw_prediction is not None:
        raw = raw_prediction(np.zeros((1, sizes[0])), coefs, intercepts, estimator.activation)
        intercepts[-1] += problem.baseline.raw_prediction - raw[0]
    return params


def _positive(strength):
    """Return a number that a grid can end with: the targets may be constant."""
    return float(strength) if np.isfinite(strength) and strength > 0 else 1.0
