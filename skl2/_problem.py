"""From validated samples to trained networks: what fit, partial_fit, path and the search have in common."""

import copy
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from sklearn.utils import check_random_state

from skl2._batches import Order
from skl2._engine import Task, Training, advance, make_rows, train
from skl2._kernels.activations import ACTIVATIONS
from skl2._kernels.losses import LOSSES
from skl2._kernels.optimizers import OPTIMIZERS
from skl2._lbfgs import train_lbfgs
from skl2._memory import check_memory
from skl2._monitor import Hooks
from skl2._outcome import NO_MEMORY
from skl2._parameters import draw_initial, layer_views, pack, sizes_of
from skl2._prediction import raw_prediction
from skl2._progress import SMALLEST_ADAPTIVE_RATE, Memory, Progress, Validation, cut
from skl2._samples import hold_out
from skl2._schedules import SCHEDULES
from skl2._settings import (
    check_validation,
    check_weights,
    criterion,
    is_stochastic,
    layer_sizes,
    make_network,
    make_optimizer,
    make_plan,
    strengths,
)


class Problem(NamedTuple):
    """What there is to train, for any λ."""

    task: Task
    params: np.ndarray  # (n_params,) to begin with
    random_state: np.random.RandomState  # for the order of the samples
    validate: Callable | None  # params → Validation

    def replace_X(self, X):
        """Return the same problem on another X."""
        return self._replace(task=self.task._replace(samples=self.task.samples._replace(X=X)))


def make_problem(estimator, samples, validation, continues=False, incremental=False):
    """Return the Problem of an estimator that knows its classes and outputs; validation may be None."""
    sizes = layer_sizes(estimator.hidden_layer_sizes, samples.X.shape[1], estimator.n_outputs_)
    random_state = check_random_state(estimator.random_state)
    params = _initial_params(estimator, sizes, samples.X.dtype, continues, random_state)
    samples, validation = _split(estimator, samples, validation, random_state)
    network, optimizer = make_network(estimator, sizes, estimator._loss()), make_optimizer(estimator, params.dtype)
    task = Task(network, optimizer, samples, make_plan(estimator, samples.indices.size, incremental))
    validate = partial(_validate, estimator, validation, sizes) if validation else None
    return Problem(task, params, random_state, validate)


def begin(estimator, problem, alphas, memory=None, incremental=False):
    """Return the Training of a network for each alpha; what is in `memory` goes on as far as it should."""
    continues, memory = memory is not None, memory or NO_MEMORY
    n_moments, n_params = OPTIMIZERS[estimator.optimizer].n_moments, problem.params.size
    n_bytes = len(alphas) * (1 + n_moments) * problem.params.nbytes
    check_memory(n_bytes, f"To train {len(alphas)} network(s) of {n_params} weights and intercepts")
    params = np.tile(problem.params, (len(alphas), 1))
    rows = make_rows(params, n_moments, *strengths(estimator, alphas))
    if incremental and memory["optimizer"] == estimator.optimizer:
        if memory["moments"] is not None:
            rows.moments[0], rows.n_steps[0] = memory["moments"], memory["n_steps"]
        begun = Memory(**memory["progress"])
    else:
        begun = Memory(n_cuts=_remaining_cuts(estimator, memory))
    adaptive = SCHEDULES[estimator.learning_rate].adaptive and is_stochastic(estimator)
    rate, n_samples_seen = float(estimator.learning_rate_init), estimator.t_ if continues else 0
    progress = [Progress(rate, adaptive, criterion(estimator), n_samples_seen, begun) for _ in alphas]
    if continues and problem.validate:
        progress[0].remember_if_best(np.nan, problem.validate(problem.params))  # the weights so far are a candidate
    return Training(rows, progress, Order(problem.task.samples.indices.size, problem.random_state))


def train_alphas(estimator, problem, alphas, hooks, training=None, until=None):
    """Return the Training of a network for each alpha, which goes on from `training` if there is one.

    Several calls for one problem draw the same random numbers.
    """
    if training is None:
        problem = problem._replace(random_state=copy.deepcopy(problem.random_state))
        training = begin(estimator, problem, alphas)
        for alpha, progress in zip(alphas, training.progress, strict=True):
            progress.label = f"alpha={alpha:g}: "
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


def _initial_params(estimator, sizes, dtype, continues, random_state):
    """Return params (n_params,) of the dtype to train in: the weights so far, or new ones."""
    if not continues or estimator.early_stopping:
        # Also where they are not used: so an integer random_state holds out the same samples in a warm fit.
        params = draw_initial(sizes, ACTIVATIONS[estimator.activation].glorot, random_state)
    if not continues:
        return params.astype(estimator.dtype or dtype)
    fitted_sizes = sizes_of(estimator.coefs_)
    if not np.array_equal(fitted_sizes, sizes):
        raise ValueError(
            f"Training goes on from a network with {fitted_sizes.tolist()} units per layer, but "
            f"hidden_layer_sizes and the data now ask for {sizes.tolist()}. Fit with warm_start=False to begin "
            "anew."
        )
    return pack(estimator.coefs_, estimator.intercepts_).astype(estimator.dtype or estimator.coefs_[0].dtype)


def _split(estimator, samples, validation, random_state):
    """Return the Samples to train on, and those to validate on or None."""
    if estimator.early_stopping and validation is None:
        strata = estimator._strata(samples.y)
        kept, held_out = hold_out(samples, strata, estimator.validation_fraction, random_state)
        samples, validation = samples.take(kept), samples.take(held_out).copy_rows()
    if validation:
        check_validation(validation)
    check_weights(samples.sample_weight, "to train on")
    return samples, validation


def _validate(estimator, validation, sizes, params):
    """Return the Validation of params."""
    with np.errstate(all="ignore"):  # what overflows is reported as divergence
        raw = raw_prediction(validation.X, *layer_views(params, sizes), estimator.activation)
        losses = LOSSES[estimator._loss()].numpy(raw, validation.y)
        loss = np.average(losses, weights=validation.sample_weight)
        score = estimator._validation_score(validation.y, raw, validation.sample_weight)
    return Validation(float(score), float(loss))


def _remaining_cuts(estimator, memory):
    """Return how often 'adaptive' has cut the learning rate, in training that goes on with it."""
    n_cuts = Memory(**memory["progress"]).n_cuts
    same_start = memory["learning_rate_init"] == estimator.learning_rate_init
    is_slowing = same_start and cut(estimator.learning_rate_init, n_cuts) > SMALLEST_ADAPTIVE_RATE
    return n_cuts if is_slowing else 0
