"""What acts from step to step, and so needs an optimizer that goes through mini-batches."""

from skl2._inputs.dropout import drops
from skl2._inputs.strengths import penalty_of
from skl2._kernels.optimizers import OPTIMIZERS


def check_steps(estimator):
    """Raise ValueError where something acts from step to step, and the optimizer or the penalty forbids it."""
    if estimator.weight_averaging > 0 and penalty_of(estimator).is_sparse:
        raise ValueError(
            f"penalty={estimator.penalty!r} makes weights exactly zero, and weight_averaging="
            f"{estimator.weight_averaging} would take their mean with steps in which they were not. Write "
            "weight_averaging=0, or another penalty."
        )
    if OPTIMIZERS[estimator.optimizer].stochastic:
        return
    if estimator.weight_averaging > 0:
        raise ValueError(
            f"weight_averaging={estimator.weight_averaging} averages the weights over the steps through mini-batches, "
            "which optimizer='lbfgs' does not take. Write weight_averaging=0, or take optimizer='adam' or 'sgd'."
        )
    if drops(estimator):
        raise ValueError(
            f"dropout={estimator.dropout!r} silences other units in each step, and optimizer='lbfgs' needs a loss that "
            "stays the same. Write dropout=0, or take optimizer='adam' or 'sgd'."
        )
