"""From what the user gave to what there is to train, for any λ."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from sklearn.utils import check_random_state

from skl2._estimators.baseline import assess, make_baseline
from skl2._inputs.dropout import draw_seed
from skl2._inputs.samples import Given, validate_samples
from skl2._inputs.settings import layer_sizes, make_network, make_optimizer, make_plan
from skl2._inputs.validation_set import check_validation, hold_out, is_validation_given
from skl2._inputs.weights import check_weights, weigh_samples
from skl2._kernels.activations import ACTIVATIONS
from skl2._training.batches import Samples
from skl2._training.engine import Task
from skl2._training.parameters import draw_initial, layer_views, pack, sizes_of
from skl2._training.prediction import raw_prediction
from skl2._training.progress import Baseline


class Problem(NamedTuple):
    """What there is to train, for any λ."""

    task: Task
    params: np.ndarray  # (n_params,) to begin with
    random_state: np.random.RandomState  # for the order of the samples
    validation: Samples | None
    validate: Callable | None  # params → Validation
    baseline: Baseline  # what to beat

    def replace_X(self, X):
        """Return the same problem on another X."""
        return self._replace(task=self.task._replace(samples=self.task.samples._replace(X=X)))


def make_problem(estimator, given, given_validation=Given(), continues=False, incremental=False):
    """Return the Problem of fit or partial_fit, and let the estimator know its features, classes and outputs."""
    samples = validate_samples(estimator, given, reset=not continues)
    samples, validation = encode(estimator, samples, continues, incremental), None
    if is_validation_given(estimator, given_validation):
        validation = _validate_validation(estimator, given_validation, samples.y.shape[1])
    return pose(estimator, samples, validation, continues, incremental)


def encode(estimator, samples, continues=False, incremental=False):
    """Return the Samples with y as targets, and let the estimator know its classes and outputs."""
    samples = samples._replace(y=estimator._targets(samples.y, continues, incremental))
    estimator.n_outputs_, estimator.out_activation_ = estimator._output_layer(samples.y)
    return samples


def pose(estimator, samples, validation=None, continues=False, incremental=False):
    """Return the Problem of training on Samples whose targets are encoded, and of validating on others or none."""
    samples, validation = weigh(estimator, samples, validation)
    sizes = layer_sizes(estimator.hidden_layer_sizes, samples.X.shape[1], estimator.n_outputs_)
    random_state = check_random_state(estimator.random_state)
    params = _initial_params(estimator, sizes, samples.X.dtype, continues, random_state)
    samples, validation = _split(estimator, samples, validation, random_state)
    network, optimizer = make_network(estimator, sizes, estimator._loss()), make_optimizer(estimator, params.dtype)
    network = _seed(estimator, network, continues, random_state)
    task = Task(network, optimizer, samples, make_plan(estimator, samples.indices.size, incremental))
    validate = make_validate(estimator, validation, sizes)
    return Problem(task, params, random_state, validation, validate, make_baseline(estimator, samples, validation))


def _validate_validation(estimator, given, n_targets):
    """Return the Samples of the user's validation set, encoded."""
    try:
        samples = validate_samples(estimator, given, reset=False)
    except (TypeError, ValueError) as error:
        kind = ValueError if isinstance(error, ValueError) else TypeError
        raise kind(f"In X_val, y_val or sample_weight_val: {error}") from error
    try:
        targets = estimator._targets(samples.y, continues=True, incremental=True)
    except ValueError as error:
        raise ValueError(f"y_val does not fit to y: {error}") from error
    if targets.shape[1] != n_targets:
        raise ValueError(f"y_val has {targets.shape[1]} outputs per sample, and y has {n_targets}.")
    return samples._replace(y=targets)


def weigh(estimator, samples, validation=None):
    """Return both with the weights that count: those the user gave, times those of the classes."""
    of_classes = estimator._weights_of_classes(samples)
    return tuple(
        part and part._replace(sample_weight=weigh_samples(part.sample_weight, part.y, of_classes))
        for part in (samples, validation)
    )


def _initial_params(estimator, sizes, dtype, continues, random_state):
    """Return params (n_params,) of the dtype to train in: the weights so far, or new ones."""
    if not continues or estimator.early_stopping:
        # Also where they are not used: so an integer random_state holds out the same samples in a warm fit.
        params = draw_initial(sizes, ACTIVATIONS[estimator.activation].initial, random_state)
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


def _seed(estimator, network, continues, random_state):
    """Return the Network with a seed for its dropout, if there is any; else nothing is drawn, as in scikit-learn."""
    if not network.dropout.size:
        return network
    seed = estimator._optimizer_memory["seed"] if continues else None  # masks go on with the samples seen
    return network._replace(seed=draw_seed(random_state) if seed is None else seed)


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


def make_validate(estimator, validation, sizes):
    """Return params → Validation of a network on Samples, or None without any."""
    return partial(_validate, estimator, validation, sizes) if validation else None


def _validate(estimator, validation, sizes, params):
    """Return the Validation of params."""
    with np.errstate(all="ignore"):  # what overflows is reported as divergence
        raw = raw_prediction(validation.X, *layer_views(params, sizes), estimator.activation)
    return assess(estimator, validation, raw)
