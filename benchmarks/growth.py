"""How the time of an epoch and the memory of a fit grow with samples, features, width and networks of a path (Linux).

Also with depth and batch size; beside each, what the machine would need if it did nothing but what cannot be left out.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from _measure import DTYPES, Table, Training, begin, epoch_seconds, fastest, limited, make_parser, seconds
from _memory import in_fresh_process, peak_resident
from _workloads import FEW, Workload, estimator, samples

import skl2

THREADS = (1, 2)
SECONDS_TIMED = 0.1  # at least, between the fits whose difference counts
N_MOMENTS = 2  # of Adam
MB = 1e6
PRODUCT, COPY = 2048, 2 * 10**8  # rows and columns of the matrices, bytes, that the machine is measured by


class Case(NamedTuple):
    """A point of a sweep: networks that are trained as one path."""

    value: int
    workload: Workload
    n_networks: int = 1

    @property
    def n_params(self):
        """Weights and intercepts of a network."""
        return self.workload.multiply_adds + sum(self.workload.sizes[1:])


class Machine(NamedTuple):
    """What one thread reaches at best."""

    multiply_adds: float  # of a large product, per second
    bandwidth: float  # bytes read and written by a large copy, per second


class Point(NamedTuple):
    """What was measured of a Case, and what it needs at least."""

    value: int
    seconds: dict  # of an epoch, by threads
    least_seconds: float
    bytes: float  # beyond the samples, at the peak
    least_bytes: float


class Sweep(NamedTuple):
    """What varies, while the rest is that of BASE."""

    make_case: Callable
    values: tuple


BASE = Workload(10_000, 30, (100,), 200, "relu", 1)
DECADES = (100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
SWEEPS = {
    "samples": Sweep(lambda n: Case(n, BASE._replace(n_samples=n, batch_size=min(n, BASE.batch_size))), DECADES),
    "features": Sweep(lambda d: Case(d, BASE._replace(n_features=d)), (1, 5, 20, 100, 500, 2000, 5000)),
    "hidden": Sweep(lambda width: Case(width, BASE._replace(hidden=(width,))), (1, 4, 16, 64, 256, 1024, 2048)),
    "networks": Sweep(lambda n: Case(n, BASE, n), (1, 2, 5, 10, 20, 50, 100, 200)),
    "layers": Sweep(lambda depth: Case(depth, BASE._replace(hidden=(100,) * depth)), (1, 2, 4, 8)),
    "batch size": Sweep(lambda size: Case(size, BASE._replace(batch_size=size)), (8, 32, 128, 512, 2048)),
}
PICTURED = ("samples", "features", "hidden", "networks")


def measure_machine(dtype):
    """Return the Machine, of one thread."""
    A = np.ones((PRODUCT, PRODUCT), dtype)
    source = np.ones(COPY // A.itemsize, dtype)
    product, target = np.empty_like(A), np.empty_like(source)
    measures = {
        "product": partial(limited, 1, seconds, np.dot, A, A, product),
        "copy": partial(seconds, np.copyto, target, source),
    }
    best = fastest(measures, 7)
    return Machine(PRODUCT**3 / best["product"], 2 * source.nbytes / best["copy"])


def least_seconds(case, machine, itemsize):
    """Return what an epoch takes at least: its products at full speed, or what must move through memory."""
    workload, n_networks = case.workload, case.n_networks
    # Each layer has three products, but the first hands no delta on.
    products = 3 * workload.multiply_adds - workload.sizes[0] * workload.sizes[1]
    # The samples come in once for all networks; what a network is is read and written.
    moved = workload.n_samples * workload.n_features + 2 * (1 + N_MOMENTS) * n_networks * case.n_params
    times = n_networks * workload.n_samples * products / machine.multiply_adds, itemsize * moved / machine.bandwidth
    return max(times)


def least_bytes(case, itemsize):
    """Return what must exist: networks with their moments, a gradient, a mini-batch on its way, and an order."""
    workload = case.workload
    batch = min(workload.batch_size, workload.n_samples) * (workload.n_features + 2 * sum(workload.sizes[1:]))
    networks = case.n_params * (case.n_networks * (1 + N_MOMENTS) + 1)
    return itemsize * (networks + batch) + np.intp().itemsize * workload.n_samples


def train(case, X, y, n_jobs, n_epochs):
    """Train a network, or a path of them."""
    model = estimator(skl2, case.workload, decay="decoupled", alpha=1e-4, max_iter=n_epochs)
    if case.n_networks == 1:
        model.fit(X, y)
    else:
        model.path(X, y, np.logspace(-4, -1, case.n_networks), n_jobs=n_jobs)


def long_enough(function):
    """Return the Training of a function, by so many epochs that their time can be trusted beside what a fit costs."""
    function(1)  # compiles
    least, n_epochs = SECONDS_TIMED + limited(1, seconds, function, FEW), 2
    while limited(1, seconds, function, FEW + n_epochs) < least:
        n_epochs *= 2
    return Training(function, FEW, FEW + n_epochs)


def seconds_of(case, options):
    """Return the seconds of an epoch, by threads."""
    data = samples(case.workload, options.dtype)
    _, few, many = long_enough(partial(train, case, *data, 1))
    trainings = {n: Training(partial(train, case, *data, n), few, many) for n in THREADS}
    return epoch_seconds(trainings, options.repeats, limits={n: n for n in THREADS})


def bytes_of(case, dtype):
    """Return the peak of a fit of two epochs beyond the samples. What stays of imports and code is there before."""
    few = Case(0, BASE._replace(n_samples=300), min(case.n_networks, 2))
    limited(1, train, few, *samples(few.workload, dtype), 1, 2)
    return peak_resident(limited, 1, train, case, *samples(case.workload, dtype), 1, 2)[1]


def measure(case, machine, options):
    """Return the Point of a Case."""
    itemsize = np.dtype(options.dtype).itemsize
    return Point(
        case.value,
        seconds_of(case, options),
        least_seconds(case, machine, itemsize),
        in_fresh_process(bytes_of, case, options.dtype),
        least_bytes(case, itemsize),
    )


def exponent(read, point, before):
    """Return the slope on log axes since the point before, or None: 1 is proportional, 0 is no growth."""
    if before is None or not min(read(point), read(before)) > 0:
        return None
    return math.log(read(point) / read(before)) / math.log(point.value / before.value)


def sweep(name, machine, options):
    """Print a row for each value, and return the points."""
    one, two = (f"{n} thread{'s' * (n > 1)}" for n in THREADS)
    time = f"ms per epoch, {one}", "exponent", two, "at least", f"{one} ÷ least"
    table = Table(f"{name}, {options.dtype}", *time, "peak, MB", "exponent", "at least", "÷ least")
    make_case, values = SWEEPS[name]
    points, before = [], None
    for value in values[:3] if options.quick else values:
        point = measure(make_case(value), machine, options)
        alone, together, least = (1e3 * t for t in (*point.seconds.values(), point.least_seconds))
        slopes = (exponent(read, point, before) for read in (lambda each: each.seconds[1], lambda each: each.bytes))
        time = alone, next(slopes), together, least, alone / least
        memory = point.bytes / MB, next(slopes), point.least_bytes / MB, point.bytes / point.least_bytes
        table.add(value, *time, *memory)
        points.append(point)
        before = point
    print(flush=True)
    return points


def describe(machine):
    """Print what the machine reaches, and what does not vary."""
    print(f"One thread: {machine.multiply_adds / 1e9:.1f} multiply-adds per ns in a product of {PRODUCT}² matrices,")
    print(f"{machine.bandwidth / 1e9:.1f} GB/s in a copy of {COPY / MB:.0f} MB. What does not vary: {BASE.n_samples}")
    print(
        f"samples, {BASE.n_features} features, {BASE.hidden[0]} hidden units, batches of {BASE.batch_size}.\n",
        flush=True,
    )


def main():
    """Print a table for each sweep, and draw those of the picture."""
    parser = make_parser(__doc__, repeats=3)
    parser.add_argument("--dtype", choices=DTYPES, default="float32")
    parser.add_argument("--only", nargs="+", choices=SWEEPS, default=PICTURED)
    parser.add_argument("--picture", help="file of the picture; needs matplotlib")
    options = begin(parser)
    machine = measure_machine(options.dtype)
    describe(machine)
    found = {name: sweep(name, machine, options) for name in options.only}
    if options.picture:
        from _growth_pictures import draw_growth

        draw_growth({name: found[name] for name in PICTURED if name in found}, options.dtype, options.picture)


if __name__ == "__main__":
    main()
