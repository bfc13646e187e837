"""Relaxed networks: trained without a penalty, on the columns alone that a penalty has left."""

import copy

import numpy as np

from skl2._estimators.columns import uses_columns
from skl2._estimators.problem import make_validate
from skl2._kernels.activations import ACTIVATIONS
from skl2._kernels.proximal import NO_GROUPS
from skl2._training.parameters import count_coefs, draw_initial, layer_views
from skl2._training.progress import Status

FAILED = (Status.DIVERGED, Status.INTERRUPTED)


def relax(estimator, problem, training, train):
    """Put a relaxed network in the place of each of a Training; train(estimator, problem, label) → Training trains one.

    Where no column is left, the constant stays that the penalty has made of the network.
    """
    free = copy.copy(estimator).set_params(penalty=None, decay=None, column_groups=None, alpha=0.0)
    relaxed = {}  # of equal columns there is one
    for row, params in enumerate(training.rows.params):
        columns = np.flatnonzero(uses_columns(layer_views(params, problem.task.network.sizes)[0][0]))
        if training.rows.status[row] in FAILED or not columns.size:
            continue
        key = columns.tobytes()
        if key not in relaxed:
            label = f"{training.progress[row].label}relaxed: "
            relaxed[key] = train(free, _on_columns(free, problem, columns), label)
        _take_over(training, row, relaxed[key], columns, problem.task.network.sizes)


def _on_columns(estimator, problem, columns):
    """Return the Problem of a network with these columns of X as its features, which begins anew."""
    task, validation = problem.task, problem.validation
    sizes = np.append(len(columns), task.network.sizes[1:])
    network = task.network._replace(sizes=sizes, n_coefs=count_coefs(sizes), groups=NO_GROUPS)
    samples = task.samples._replace(X=task.samples.X[:, columns])
    random_state = copy.deepcopy(problem.random_state)
    params = draw_initial(sizes, ACTIVATIONS[estimator.activation].initial, random_state).astype(problem.params.dtype)
    validation = validation and validation._replace(X=validation.X[:, columns])
    return problem._replace(
        task=task._replace(network=network, samples=samples),
        params=params,
        random_state=random_state,
        validation=validation,
        validate=make_validate(estimator, validation, sizes),
    )


def _take_over(training, row, relaxed, columns, sizes):
    """Write a relaxed network into a row, with zeros for the columns that it does not see."""
    rows, params = training.rows, training.rows.params[row]
    params[:] = 0
    coefs, intercepts = layer_views(params, sizes)
    new_coefs, new_intercepts = layer_views(relaxed.rows.params[0], np.append(len(columns), sizes[1:]))
    coefs[0][columns] = new_coefs[0]
    for old, new in zip((*coefs[1:], *intercepts), (*new_coefs[1:], *new_intercepts), strict=True):
        old[:] = new
    rows.status[row] = relaxed.rows.status[0]
    progress = copy.copy(relaxed.progress[0])
    progress.n_samples_seen += training.progress[row].n_samples_seen
    progress.label, progress.best_params = training.progress[row].label, params if progress.has_best() else None
    training.progress[row] = progress
