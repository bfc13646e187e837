"""What the benchmarks share: the minimum of interleaved repeats, and tables in Markdown."""

import argparse
import datetime
import importlib.metadata
import math
import os
import platform
import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

import skl2

DTYPES = ("float64", "float32")


class Training(NamedTuple):
    """A function that trains for a number of epochs, and the two numbers of epochs between which its slope is taken."""

    train: Callable
    few: int
    many: int


def epoch_seconds(trainings, repeats, limits=None):
    """Return the seconds of an epoch for each training in a dictionary: the slope, without what is once per fit.

    The minimum over repeats is taken before the difference: the minimum of differences would favour noise. `limits`
    has the threads of BLAS for some of the names.
    """
    measures = {}
    for name, training in trainings.items():
        for n_epochs in (training.few, training.many):
            measures[name, n_epochs] = partial(limited, (limits or {}).get(name), seconds, training.train, n_epochs)
    best = fastest(measures, repeats)
    return {name: (best[name, many] - best[name, few]) / (many - few) for name, (_, few, many) in trainings.items()}


def seconds(function, *arguments):
    """Return the wall time of one call."""
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def limited(n_threads, function, *arguments):
    """Call a function with at most so many threads of BLAS and OpenMP; None: as many as there are."""
    with threadpool_limits(n_threads):
        return function(*arguments)


def fastest(measures, repeats):
    """Return the smallest result of each function in a dictionary; in each repeat all of them have their turn."""
    results = [{name: measure() for name, measure in measures.items()} for _ in range(repeats)]
    return {name: min(result[name] for result in results) for name in measures}


def make_parser(description, repeats=5, shown="the minimum"):
    """Return a parser with the options that all scripts have."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="reduced sizes: whether the script runs, not how fast")
    parser.add_argument("--repeats", type=int, default=repeats, help=f"{shown} of so many is shown")
    return parser


def begin(parser, peers=()):
    """Parse the command line, silence what an unfinished training says, and print what was measured where."""
    options = parser.parse_args()
    options.repeats = 2 if options.quick else options.repeats
    announce(peers, options.quick)
    return options


def announce(peers, is_reduced):
    """Silence what an unfinished training says, and print what is measured where."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    os.environ["PYTHONWARNINGS"] = "ignore"  # for processes of joblib
    versions = [f"skl2 {skl2.__version__}"]
    versions += [f"{name} {version_of(name)}" for name in ("numpy", "numba", "scikit-learn", *peers)]
    reduced = "; REDUCED SIZES (--quick)" if is_reduced else ""
    print(
        f"{processor()}, {os.cpu_count()} cores; {datetime.date.today()}; Python {platform.python_version()}, ", end=""
    )
    print(f"{', '.join(versions)}{reduced}\n", flush=True)


def untold_environment():
    """Return this process's environment without settings of numba, of ours or about .pyc files."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("NUMBA_", "SKL2_"))}
    ours.pop("PYTHONDONTWRITEBYTECODE", None)
    return ours


def processor():
    """Return the name of the CPU model."""
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def version_of(distribution):
    """Return the version of an installed distribution, or say that it is not there."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "is not installed: left out"


class Table:
    """A table in Markdown that grows row by row while the benchmark runs."""

    def __init__(self, *columns):
        print("| " + " | ".join(columns) + " |\n|" + "---|" * len(columns), flush=True)

    def add(self, *cells):
        """Print a row; numbers get three digits."""
        print("| " + " | ".join(map(show, cells)) + " |", flush=True)


def show(cell):
    """Return a cell as text: numbers with three digits, missing ones as a dash."""
    if isinstance(cell, str | int):
        return str(cell)
    if cell is None or not math.isfinite(cell):
        return "–"
    magnitude = math.floor(math.log10(abs(cell))) if cell else 0
    return f"{cell:.{max(0, 2 - magnitude)}f}"
