"""From a problem to trained networks: what fit, partial_fit, path and the search have in common."""

import copy
from functools import partial

import numpy as np

from skl2._estimators.continuation import NO_MEMORY, recall
from skl2._estimators.relaxation import relax
from skl2._inputs.memory import check_memory
from skl2._inputs.settings import alpha_unit, criterion, is_stochastic
from skl2._inputs.strengths import strengths
from skl2._kernels.optimizers import OPTIMIZERS
from skl2._training.batches import Order
from skl2._training.engine import Training, advance, join, kept, make_rows, train
from skl2._training.lbfgs import train_lbfgs
from skl2._training.monitor import Hooks
from skl2._training.progress import Progress, Status
from skl2._training.schedules import SCHEDULES


def begin(estimator, problem, alphas, memory=None, incremental=False):
    """Return the Training of a network for each alpha; what is in `memory` goes on as far as it should.

    alphas (n_alphas,) are values of λ, or (n_alphas, n_layers - 1) with one for the weights of each layer.
    """
    continues, memory = memory is not None, memory or NO_MEMORY
    n_moments, n_params = OPTIMIZERS[estimator.optimizer].n_moments, problem.params.size
    averages = estimator.weight_averaging > 0
    n_bytes = len(alphas) * (1 + n_moments + averages) * problem.params.nbytes
    check_memory(n_bytes, f"To train {len(alphas)} network(s) of {n_params} weights and intercepts")
    params = np.tile(np.asarray(problem.params), (len(alphas), 1))  # no memory map, which kernels refuse
    sizes, acting = problem.task.network.sizes, strengths(estimator, alphas, len(problem.task.network.sizes) - 1)
    sparse = acting.l1, acting.group
    rows = make_rows(params, sizes, n_moments, acting.l2, acting.decay, sparse, averages)
    begun = recall(estimator, memory, rows, incremental)
    adaptive = SCHEDULES[estimator.learning_rate].adaptive and is_stochastic(estimator)
    rate, n_samples_seen = float(estimator.learning_rate_init), estimator.t_ if continues else 0
    how = rate, adaptive, criterion(estimator), n_samples_seen, begun, problem.baseline
    progress = [Progress(*how) for _ in alphas]
    if continues and problem.validate:
        progress[0].remember_if_best(np.nan, problem.validate(kept(rows)[0]))  # the weights so far are a candidate
    return Training(rows, progress, Order(problem.task.samples.indices.size, problem.random_state))


def train_alphas(estimator, problem, alphas, hooks, training=None, until=None):
    """Return the Training of a network for each alpha, which goes on from `training` if there is one.

    Several calls for one problem draw the same random numbers.
    """
    training = _train_together(estimator, problem, alphas, hooks, training, until)
    if not until:
        finish(estimator, problem, training, hooks)
    return training


def train_in_turn(estimator, problem, alphas, hooks, only_last=False):
    """Return the Training of a network for each alpha, or the last, which begin with the weights of the one before."""
    parts, before = [], problem.params
    for alpha in alphas:
        part = _train_together(estimator, problem._replace(params=before), [alpha], hooks)
        if part.rows.status[0] == Status.INTERRUPTED:
            hooks = hooks._replace(check=_interrupt)  # the others are not trained
        elif part.rows.status[0] != Status.DIVERGED:
            before = kept(part.rows)[0]
        parts.append(part)
    training = parts[-1] if only_last else join(parts, np.arange(len(parts))[:, np.newaxis])
    finish(estimator, problem, training, hooks)
    return training


def finish(estimator, problem, training, hooks):
    """Relax networks that have been trained, if they should be."""
    if estimator.relaxed:
        hooks = Hooks(report=hooks.report, check=hooks.check)  # what counts epochs has counted them
        relax(estimator, problem, training, partial(_train_anew, hooks))


def _train_anew(hooks, estimator, problem, label):
    training = begin(estimator, problem, [0.0])
    training.progress[0].label = label
    solve(estimator, problem, training, hooks)
    return training


def _interrupt():
    raise KeyboardInterrupt


def _train_together(estimator, problem, alphas, hooks, training=None, until=None):
    if training is None:
        problem = problem._replace(random_state=copy.deepcopy(problem.random_state))
        unit = alpha_unit(estimator, problem.task.samples.indices.size)
        training = begin(estimator, problem, unit * np.asarray(alphas))
        for alpha, progress in zip(alphas, training.progress, strict=True):
            progress.label = f"alpha={alpha:g}: "
    training = training.to_train()
    solve(estimator, problem, training, hooks, until)
    return training


def solve(estimator, problem, training, hooks=Hooks(), until=None):
    """Train until each network is done, or until so many epochs are complete, after which training may go on."""
    task, hooks = problem.task, hooks._replace(validate=problem.validate)
    n_epochs = (until or task.plan.n_epochs) - max(len(history.loss_curve) for history in training.progress)
    task = task._replace(plan=task.plan._replace(n_epochs=n_epochs))
    if until:
        advance(task, training, hooks)
    elif is_stochastic(estimator):
        train(task, training, hooks)
    else:
        train_lbfgs(task, training, hooks)
