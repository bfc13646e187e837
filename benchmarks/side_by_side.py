"""What two processes that train at the same time cost each other."""

import multiprocessing

from _measure import DTYPES, Table, begin, limited, make_parser, seconds
from _workloads import WORKLOADS, skl2_training

THREADS = (1, 2)
MULTIPLY_ADDS_TIMED = 5 * 10**9  # of all products: how many epochs are timed
NETWORKS = ("tiny", "digits", "med", "deep", "mnist", "wide")


def with_epochs(workload):
    """Return the workload with as many epochs as give a time that can be trusted."""
    epoch = 3 * workload.multiply_adds * workload.n_samples
    return workload._replace(n_epochs=max(1, min(1000, MULTIPLY_ADDS_TIMED // epoch)))


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


def main():
    """Print a row for each network, with one and two threads of each process."""
    parser = make_parser(__doc__, repeats=3)
    parser.add_argument("--dtype", choices=DTYPES, default="float32")
    options = begin(parser)
    table = Table(f"two processes, {options.dtype}", "threads of each", "µs per sample, alone", "together", "÷ alone")
    for name in NETWORKS:
        workload = WORKLOADS[name].reduced() if options.quick else with_epochs(WORKLOADS[name])
        for n_threads in THREADS:
            times = {1: [], 2: []}
            for _ in range(options.repeats):
                for n_processes, found in times.items():
                    found.append(side_by_side(n_processes, workload, options.dtype, n_threads))
            alone, together = (1e6 * min(found) for found in times.values())
            table.add(name, n_threads, alone, together, together / alone)


if __name__ == "__main__":
    main()
