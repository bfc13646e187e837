"""The entry kernel of optimizers that look at all samples at once: loss and gradient of one chunk."""

from skl2._kernels._jit import entry
from skl2._kernels.inputs import add_multiple, count_rows
from skl2._kernels.losses import loss_and_delta
from skl2._kernels.network import backward, forward
from skl2._kernels.training import take_batch


@entry
def add_gradient(network, params, chunk, gradient, workspace):
    """Return Σᵢ wᵢ · lossᵢ over the chunk and add its gradient to gradient (n_params,)."""
    loss = 0.0
    for start in range(0, count_rows(chunk.X), chunk.batch_size):
        batch = take_batch(chunk, start, 0)
        raw_prediction = forward(network, params, batch.X, workspace)
        loss += loss_and_delta(network.loss, raw_prediction, batch.y, batch.sample_weight, workspace.bits)
        backward(network, params, batch.X, raw_prediction, workspace)
        add_multiple(gradient, 1.0, workspace.grad)
    return loss
