"""What a mini-batch is made of: the products of BLAS, Adam's step, activations, loss, gathering; on one thread.

Each part is repeated inside of a compiled loop, on arrays as training has them, hot in the cache. The whole is one call
of the kernel that trains, on a chunk of many mini-batches; a rest below zero is the noise of the parts.
"""

from functools import cache
from itertools import pairwise

import numpy as np
from _measure import DTYPES, Table, begin, fastest, make_parser, seconds
from _workloads import Workload, samples
from numba import njit
from threadpoolctl import threadpool_limits

from skl2._kernels.activations import ACTIVATIONS, IDENTITY, RELU, activate, multiply_by_derivative, sum_rows
from skl2._kernels.epochs import RATE, Epochs, Rule
from skl2._kernels.gemm import gemm_nn, gemm_nt, gemm_tn
from skl2._kernels.losses import LOSSES, loss_and_delta
from skl2._kernels.network import Network
from skl2._kernels.optimizers import ADAM, Optimizer, Step, take_step
from skl2._kernels.tickets import N_COUNTERS, Tickets
from skl2._kernels.training import train_chunk
from skl2._kernels.vectormath import EXP_BLOCK
from skl2._training.batches import Batches, Samples
from skl2._training.engine import make_rows, make_workspace
from skl2._training.parameters import count_coefs
from skl2._training.team import count_parts

WORKLOADS = {
    **{f"ensemble, {d} inputs": Workload(1024, d, (128, 128), 32, "relu", 1) for d in (10, 30, 60)},
    "tiny": Workload(1024, 10, (16,), 32, "relu", 1),
    "med32": Workload(3200, 30, (100,), 32, "relu", 1),
    "med": Workload(4000, 30, (100,), 200, "relu", 1),
    "iris": Workload(150, 4, (100,), 150, "relu", 1, n_classes=3),
    "breast cancer": Workload(600, 30, (100,), 200, "relu", 1),
    "wide": Workload(2048, 784, (512, 512), 256, "relu", 1),
}
OPTIMIZER = Optimizer(ADAM, 0.9, True, 0.9, 0.999, 1e-8)
NEVER = Rule(tol=0.0, n_iter_no_change=np.inf, adaptive=False, smallest_rate=0.0, constant_loss=np.inf, unit=1.0)
SECONDS = 1e-3  # of one measurement of a part
BLAS_THREADS = 1
LINE = 64  # bytes of a cache line
PARTS = ("products", "Adam", "activation", "loss", "gather")  # the last is outside of the kernel


@cache
def repeated(kernel):
    """Return a compiled function that calls a kernel so often."""

    @njit
    def repeat(n, *arguments):
        for _ in range(n):
            kernel(*arguments)

    return repeat


def draw(shape, dtype):
    """Return random numbers in an array that begins with a cache line.

    A pass that is repeated at once and writes across the borders of lines waits for its own stores (measured: Adam's
    step takes twice as long). In training there is other work between two passes, and it does not matter.
    """
    numbers = np.random.default_rng(0).standard_normal(shape).astype(dtype)
    memory = np.empty(numbers.nbytes + LINE, np.uint8)
    start = -memory.ctypes.data % LINE
    array = memory[start : start + numbers.nbytes].view(dtype).reshape(shape)
    array[:] = numbers
    return array


def count_params(network):
    """Return the number of weights and intercepts."""
    return network.n_coefs + int(np.sum(network.sizes[1:]))


def make_network(workload):
    """Return the Network of a workload."""
    sizes, loss = np.array(workload.sizes, np.intp), "log_loss" if workload.n_classes else "squared_error"
    codes = ACTIVATIONS[workload.activation].code, LOSSES[loss].code
    return Network(sizes, *codes, count_coefs(sizes), np.zeros(sizes[-1]))


def make_gather(workload, dtype):
    """Return a function that gathers a chunk: of an epoch, or of several."""
    X, y = samples(workload, dtype)
    taken = Samples(X, y[:, np.newaxis].astype(dtype), None, np.arange(workload.n_samples))
    batches = Batches(taken, workload.batch_size, np.dtype(dtype), 1)
    orders = np.random.default_rng(0).permuted(np.tile(taken.indices, (batches.count_epochs(), 1)), axis=1)
    return lambda: next(batches.chunks(orders))


def make_training(workload, dtype, chunk):
    """Return a function that trains on a chunk by one call of the kernel."""
    network, n_batches = make_network(workload), len(chunk.y) // workload.batch_size
    params = 0.05 * draw((1, count_params(network)), dtype)
    n_parts = count_parts(network.n_coefs, workload.batch_size * network.n_coefs)
    rows = make_rows(params, network.sizes, 2, [0.0], [1e-4])
    workspace = make_workspace(network, workload.batch_size, params, n_parts)
    standing = np.zeros((1, 5))
    standing[:, RATE] = 1
    rates = np.full((chunk.n_epochs, n_batches // chunk.n_epochs), 1e-4)
    epochs = Epochs(rates, float(workload.n_samples), NEVER, standing, np.empty((1, chunk.n_epochs, 3)))
    tickets = Tickets(np.zeros(N_COUNTERS, np.int64), 0)
    arguments = network, OPTIMIZER, rows, chunk, epochs, workspace, tickets

    def train():
        tickets.counters[:] = 0
        train_chunk[np.dtype(dtype)](*arguments)

    return train


def layer_parts(workload, dtype, layer):
    """Return the calls (part, kernel, arguments) of a layer, 0 for the first."""
    n, (inputs, outputs) = workload.batch_size, list(pairwise(workload.sizes))[layer]
    below, coefs, z = draw((n, inputs), dtype), draw((inputs, outputs), dtype), draw((n, outputs), dtype)
    delta, intercepts = draw((n, inputs), dtype), draw((outputs,), dtype)
    yield "products", gemm_nn, (below, coefs, z)
    yield "products", gemm_tn, (below, z, draw((inputs, outputs), dtype))
    if layer > 0:
        yield "products", gemm_nt, (z, coefs, delta)
        yield "activation", multiply_by_derivative, (RELU, below, delta, draw((inputs,), dtype))
    is_last = layer == len(workload.sizes) - 2
    yield "activation", activate, (IDENTITY if is_last else RELU, z, intercepts, np.empty_like(z), bits(dtype))
    if is_last:
        yield "loss", sum_rows, (z, intercepts)


def bits(dtype):
    """Return scratch of vectormath."""
    return np.empty(EXP_BLOCK, f"int{8 * np.dtype(dtype).itemsize}")


def calls_of(workload, dtype):
    """Yield the calls (part, kernel, arguments) of a mini-batch."""
    for layer in range(len(workload.sizes) - 1):
        yield from layer_parts(workload, dtype, layer)
    network, n = make_network(workload), workload.batch_size
    y = np.arange(n)[:, np.newaxis] % max(2, workload.n_classes)
    raw = draw((n, workload.sizes[-1]), dtype)
    yield (
        "loss",
        loss_and_delta,
        (
            network.loss,
            network.loss_parameters,
            raw,
            y.astype(dtype),
            np.ones(n, dtype),
            bits(dtype),
        ),
    )
    params, grad, moments = (draw((*k, count_params(network)), dtype) for k in ((), (), (2,)))
    np.abs(moments, out=moments)
    step = Step(1e-9, np.zeros(len(network.sizes) - 1), np.full(len(network.sizes) - 1, 1e-4), count=1000)
    where = 0, params.size
    yield "Adam", take_step, (OPTIMIZER, step, params, grad, moments, network.sizes, where)


def measures_of(workload, dtype):
    """Return {(part, number): function} that each measure the seconds of a mini-batch."""
    gather = make_gather(workload, dtype)
    chunk = gather()
    train, n_batches = make_training(workload, dtype, chunk), len(chunk.y) // workload.batch_size
    measures = {
        ("mini-batch", 0): lambda: seconds(train) / n_batches,
        ("gather", 0): lambda: seconds(gather) / n_batches,
    }
    for number, (part, kernel, arguments) in enumerate(calls_of(workload, dtype)):
        repeat = repeated(kernel)
        repeat(1, *arguments)
        once = min(seconds(repeat, 3, *arguments) / 3 for _ in range(5))
        n = max(3, int(SECONDS / once))
        measures[part, number] = lambda repeat=repeat, n=n, arguments=arguments: seconds(repeat, n, *arguments) / n
    return measures


def times_of(workload, dtype, repeats):
    """Return {part: microseconds of a mini-batch}."""
    times = {}
    for (part, _), found in fastest(measures_of(workload, dtype), repeats).items():
        times[part] = times.get(part, 0) + 1e6 * found
    return times


def main():
    """Print a row for each workload and dtype."""
    parser = make_parser(__doc__.splitlines()[0], repeats=30)
    parser.add_argument("--only", nargs="+", choices=WORKLOADS, default=list(WORKLOADS), metavar="workload")
    options = begin(parser)
    shown = f"µs per mini-batch, {BLAS_THREADS} thread"
    table = Table(shown, "dtype", "mini-batch", *PARTS, "rest", "mini-batch ÷ products")
    with threadpool_limits(BLAS_THREADS):
        for name in options.only:
            for dtype in DTYPES:
                times = times_of(WORKLOADS[name], dtype, options.repeats)
                whole, parts = times["mini-batch"], [times[part] for part in PARTS]
                table.add(name, dtype, whole, *parts, whole - sum(parts[:-1]), whole / times["products"])


if __name__ == "__main__":
    main()
