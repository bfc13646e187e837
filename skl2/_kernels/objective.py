"""The entry kernel of optimizers that look at all samples at once: loss and gradient of one chunk."""

from skl2._compilation.entry import entry
from skl2._compilation.signature import array
from skl2._kernels.losses import loss_and_delta
from skl2._kernels.network import Network, Workspace, backward, forward, take_part
from skl2._kernels.sums import accumulate
from skl2._kernels.training import Chunk, count_batches, find_batch, take_samples


@entry
def add_gradient(
    network: Network,
    params: array(1),
    chunk: Chunk,
    losses: array(1, "float64"),
    gradients: array(2),
    workspace: Workspace,
    part: int,
):
    """Add Σᵢ wᵢ · lossᵢ over one part of the chunk to losses[part], and its gradient to gradients[part] (n_params,)."""
    buffers = take_part(workspace, part)
    for number in range(count_batches(chunk)):
        start, stop = find_batch(chunk, 0, number)
        X, y, sample_weight = take_samples(chunk, start, stop, part, gradients.shape[0])
        raw_prediction = forward(network, params, X, 0, buffers)
        losses[part] += loss_and_delta(
            network.loss, network.loss_parameters, raw_prediction, y, sample_weight, buffers.bits
        )
        backward(network, params, X, raw_prediction, buffers)
        accumulate(gradients[part], buffers.grad)
