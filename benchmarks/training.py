"""How long a mini-batch takes, beside scikit-learn, PyTorch, JAX and the matrix products alone.

All train the same network with Adam and decoupled weight decay (scikit-learn: its L2 penalty), on the same samples.
scikit-learn, PyTorch and the products are shown with one or two threads, whichever is faster; skl2 and JAX choose
for themselves.
"""

import importlib.util
from functools import partial
from itertools import pairwise

import numpy as np
from _measure import DTYPES, Table, begin, epoch_seconds, fastest, limited, make_parser, seconds
from _peers import jax_training, scikit_learn_training, torch_training
from _workloads import WORKLOADS, skl2_training
from numba import njit

THREADS = (1, 2)
PEERS = {"scikit-learn": ["sklearn"], "torch": ["torch"], "jax": ["jax", "optax"]}  # and what they need
MULTIPLY_ADDS_TIMED = 10**8  # of the products of one layer in one measurement


@njit
def multiply(layer, coefs, delta, gradient, backward, is_first, repeats):
    """Compute the products of one layer: forward, gradient, and back to the layer below."""
    for _ in range(repeats):
        np.dot(layer, coefs, delta)
        np.dot(layer.T, delta, gradient)
        if not is_first:
            np.dot(delta, coefs.T, backward)


def product_bound(workload, dtype):
    """Return the seconds that the matrix products of an epoch take, hot in cache, each at its best thread count."""
    random, total = np.random.default_rng(0), 0.0
    for number, (inputs, outputs) in enumerate(pairwise(workload.sizes)):
        layer = random.standard_normal((workload.batch_size, inputs)).astype(dtype)
        coefs = random.standard_normal((inputs, outputs)).astype(dtype)
        results = np.empty((workload.batch_size, outputs), dtype), np.empty_like(coefs), np.empty_like(layer)
        repeats = max(3, MULTIPLY_ADDS_TIMED // (3 * layer.size * outputs))
        products = partial(multiply, layer, coefs, *results, number == 0)
        products(2)
        measures = {n_threads: partial(limited, n_threads, seconds, products, repeats) for n_threads in THREADS}
        total += min(fastest(measures, repeats=5).values()) / repeats
    return total * workload.n_samples / workload.batch_size


def trainings_of(workload, dtype, peers):
    """Return the training of each (library, threads)."""
    trainings = {("skl2", None): skl2_training(workload, dtype)}
    for n_threads in THREADS:
        if "scikit-learn" in peers:
            trainings["scikit-learn", n_threads] = scikit_learn_training(workload, dtype)
        if "torch" in peers:
            trainings["torch", n_threads] = torch_training(workload, dtype, n_threads)
    if "jax" in peers:
        trainings["jax", None] = jax_training(workload, dtype)
    return trainings


def times_of(workload, dtype, peers, repeats):
    """Return the microseconds of a mini-batch for the products and each library, at its best thread count."""
    trainings = trainings_of(workload, dtype, peers)
    limits = {name: name[1] for name in trainings}
    times = {"products": product_bound(workload, dtype)}
    for (library, _), time in epoch_seconds(trainings, repeats, limits).items():
        times[library] = min(time, times.get(library, time))
    return {side: 1e6 * times[side] / workload.n_batches for side in ("products", "skl2", *peers)}


def main():
    """Print a row for each workload: microseconds per mini-batch, and ratios."""
    parser = make_parser(__doc__.splitlines()[0], repeats=5)
    parser.add_argument("--dtype", choices=DTYPES, default="float32")
    parser.add_argument("--only", nargs="+", choices=WORKLOADS, default=list(WORKLOADS), metavar="workload")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS))
    options = begin(parser, peers=("torch", "jax", "optax"))
    peers = [peer for peer in options.peers if all(map(importlib.util.find_spec, PEERS[peer]))]
    table = Table(
        f"µs per batch, {options.dtype}",
        "n × d, hidden, batch",
        "products",
        "skl2",
        *peers,
        "skl2 ÷ products",
        *(f"{peer} ÷ skl2" for peer in peers),
    )
    for name in options.only:
        workload = WORKLOADS[name].reduced() if options.quick else WORKLOADS[name]
        times = times_of(workload, options.dtype, peers, options.repeats)
        shape = f"{workload.n_samples}×{workload.n_features} {workload.hidden} {workload.batch_size}"
        ratios = (times[peer] / times["skl2"] for peer in peers)
        table.add(name, shape, *times.values(), times["skl2"] / times["products"], *ratios)


if __name__ == "__main__":
    main()
