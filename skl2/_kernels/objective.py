"""The entry kernel of optimizers that look at all samples at once: loss and gradient of one chunk."""

from skl2._kernels.jit import entry
from skl2._kernels.losses import loss_and_delta
from skl2._kernels.network import backward, forward, take_part
from skl2._kernels.training import accumulate, count_batches, find_batch, take_samples


@entry
def add_gradient(network, params, chunk, gradients, workspace, part):
    """Return Σᵢ wᵢ · lossᵢ over one part of the chunk, and add its gradient to gradients[part] (n_parts, n_params)."""
    loss, buffers = 0.0, take_part(workspace, part)
    for number in range(count_batches(chunk)):
        start, stop = find_batch(chunk, number)
        X, y, sample_weight = take_samples(chunk, start, stop, part, gradients.shape[0])
        raw_prediction = forward(network, params, X, buffers)
        loss += loss_and_delta(network.loss, raw_prediction, y, sample_weight, buffers.bits)
        backward(network, params, X, raw_prediction, buffers)
        accumulate(gradients[part], buffers.grad)
    return loss
