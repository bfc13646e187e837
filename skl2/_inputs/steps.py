"""What acts from step to step, and so needs an optimizer that goes through mini-batches."""

from skl2._inputs.dropout import drops
from skl2._kernels.optimizers import OPTIMIZERS


def check_steps(estimator):
    """Raise ValueError where something acts from step to step, and the optimizer has no such steps."""
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
