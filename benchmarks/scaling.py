"""How the time of an epoch grows with samples, width, depth and batch size, and what two processes cost each other."""

import multiprocessing
from functools import partial

from _measure import DTYPES, Table, begin, epoch_seconds, limited, make_parser, seconds
from _workloads import WORKLOADS, Workload, skl2_training

THREADS = (1, 2)
BASE = Workload(20000, 30, (100,), 200, "relu", 1)
MULTIPLY_ADDS_TIMED = 5 * 10**9  # of all products: how many epochs are timed
SWEEPS = {
    "samples": [BASE._replace(n_samples=n) for n in (10**3, 10**4, 10**5, 10**6)],
    "width": [BASE._replace(hidden=(width,)) for width in (16, 64, 256, 1024, 4096)],
    "depth": [BASE._replace(hidden=(100,) * depth) for depth in (1, 2, 4, 8)],
    "batch size": [BASE._replace(batch_size=size) for size in (8, 32, 128, 512, 2048)],
}
VALUES = {
    "samples": lambda workload: workload.n_samples,
    "width": lambda workload: workload.hidden[0],
    "depth": lambda workload: len(workload.hidden),
    "batch size": lambda workload: workload.batch_size,
}
SIDE_BY_SIDE = ("tiny", "digits", "med", "deep", "mnist", "wide")


def with_epochs(workload):
    """Return the workload with as many epochs as give a time that can be trusted."""
    epoch = 3 * workload.multiply_adds * workload.n_samples
    return workload._replace(n_epochs=max(1, min(1000, MULTIPLY_ADDS_TIMED // epoch)))


def sweep(name, options):
    """Print a row for each value: time per sample and multiply-adds per time, on one and two threads."""
    table = Table(
        f"{name}, {options.dtype}",
        *(f"µs per sample, {n} thread{'s' * (n > 1)}" for n in THREADS),
        *(f"÷ row above, {n}" for n in THREADS),
        *(f"multiply-adds per ns, {n}" for n in THREADS),
        "speed-up",
    )
    above = [float("nan")] * len(THREADS)
    for workload in SWEEPS[name]:
        workload = workload.reduced() if options.quick else with_epochs(workload)
        training = skl2_training(workload, options.dtype)
        times = epoch_seconds(dict.fromkeys(THREADS, training), options.repeats, limits={n: n for n in THREADS})
        one, two = (1e6 * times[n] / workload.n_samples for n in THREADS)
        speed = [3 * workload.multiply_adds / time / 1000 for time in (one, two)]
        table.add(VALUES[name](workload), one, two, one / above[0], two / above[1], *speed, one / two)
        above = one, two
    print(flush=True)


def train_beside(results, start, workload, dtype, n_threads):
    """Train once all processes are ready, and report the seconds per sample."""
    training = skl2_training(workload, dtype)
    start.wait()
    taken = limited(n_threads, seconds, training.train, training.many)
    results.put(taken / training.many / workload.n_samples)


def side_by_side(n_processes, *arguments):
    """Return the seconds per sample of the slowest of some processes that start training at the same time."""
    context = multiprocessing.get_context("spawn")
    results, start = context.Queue(), context.Barrier(n_processes)
    processes = [context.Process(target=train_beside, args=(results, start, *arguments)) for _ in range(n_processes)]
    for process in processes:
        process.start()
    slowest = max(results.get() for _ in processes)
    for process in processes:
        process.join()
    return slowest


def compare_side_by_side(options):
    """Print what a second process that trains at the same time costs the first, with one and two threads each."""
    table = Table(f"two processes, {options.dtype}", "threads of each", "µs per sample, alone", "together", "÷ alone")
    for name in SIDE_BY_SIDE:
        workload = WORKLOADS[name].reduced() if options.quick else with_epochs(WORKLOADS[name])
        for n_threads in THREADS:
            times = {1: [], 2: []}
            for _ in range(options.repeats):
                for n_processes, found in times.items():
                    found.append(side_by_side(n_processes, workload, options.dtype, n_threads))
            alone, together = (1e6 * min(found) for found in times.values())
            table.add(name, n_threads, alone, together, together / alone)


def main():
    """Print a table for each sweep, and one for two processes."""
    parser = make_parser(__doc__, repeats=3)
    parser.add_argument("--dtype", choices=DTYPES, default="float32")
    parser.add_argument("--only", nargs="+", choices=[*SWEEPS, "processes"], default=[*SWEEPS, "processes"])
    options = begin(parser)
    for name in options.only:
        show = compare_side_by_side if name == "processes" else partial(sweep, name)
        show(options)


if __name__ == "__main__":
    main()
