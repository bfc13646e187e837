"""Is the working tree slower than a commit by 10 %? Both take turns on each timing, within the same seconds.

Each side is a process of its own, with one thread, and the commit is checked out beside the tree. What is found to
differ is measured again by fresh processes: where arrays come to lie in memory is worth some per cent. The exit status
is 1 if something is slower.
"""

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from contextlib import ExitStack, contextmanager
from pathlib import Path

import _one_thread  # noqa: F401
from _compare_statistics import CHANGE, SAME, SLOWER, judge_again, ratio_of
from _compare_timings import TIMINGS
from _measure import Table, announce, seconds, untold_environment
from sklearn.exceptions import ConvergenceWarning

import skl2

ROOT = Path(__file__).resolve().parents[1]
TURN = 0.01  # seconds, at least: calls that take less are repeated
NARROW = 1.04  # width of an interval that tells 10 % from nothing
FEWEST, MOST = 15, 400  # pairs
QUICK = 6  # pairs, of which there is an interval


class Side:
    """A process with the skl2 of a tree, which makes and times what it is asked to."""

    def __init__(self, name, tree, cache, clock):
        # Code that came with an installation is of one side only: both compile their own.
        told = {"PYTHONPATH": str(tree), "NUMBA_CACHE_DIR": str(cache), "SKL2_PREBUILT": "0"}
        command = [sys.executable, __file__, "--serve", "--clock", clock]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.name = name
        self.process = subprocess.Popen(
            command, cwd=cache, env=untold_environment() | told, text=True, bufsize=1, **pipes
        )
        home = Path(self.answer())
        if not home.is_relative_to(tree):
            raise RuntimeError(f"{name} imports skl2 from {home}, which is not in {tree}.")

    def ask(self, *question):
        """Ask without waiting for the answer."""
        print(json.dumps(question), file=self.process.stdin, flush=True)

    def answer(self):
        """Return the answer."""
        if not (line := self.process.stdout.readline()):
            raise RuntimeError(f"The process of {self.name} has ended.")
        return json.loads(line)

    def time(self, n_calls):
        """Return the seconds of a call, the mean of some."""
        self.ask("time", n_calls)
        return self.answer() / n_calls

    def close(self):
        """End the process."""
        self.process.stdin.close()
        self.process.wait()


def cpu_seconds():
    """Return the CPU time of this process and of those that it has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


CLOCKS = {"wall": time.perf_counter, "cpu": cpu_seconds}


def serve(clock):
    """Answer questions, a line each: "make", a name, and then "time", a number of calls."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    print(json.dumps(str(Path(skl2.__file__).resolve())), flush=True)
    for line in sys.stdin:
        what, argument = json.loads(line)
        if what == "make":
            call, answer = make(argument)
        else:
            answer = time_calls(call, argument, clock)
        print(json.dumps(answer), flush=True)


def make(name):
    """Return what a timing calls, after two calls, and the seconds of the second; or None and why there is nothing."""
    try:
        call = TIMINGS[name]()
        call()  # compiles
        return call, seconds(call)
    except Exception as error:  # a commit may lack what others have
        return None, f"{type(error).__name__}: {error}"


def time_calls(call, n_calls, clock):
    """Call so often, and return what a clock has counted."""
    start = clock()
    for _ in range(n_calls):
        call()
    return clock() - start


@contextmanager
def checked_out(commit):
    """Check a commit out in a folder, for a while."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder).resolve() / "base"
        git("worktree", "add", "--quiet", "--detach", str(tree), commit)
        try:
            yield tree
        finally:
            git("worktree", "remove", "--force", str(tree))


def git(*arguments):
    """Return what git says about the working tree."""
    return subprocess.run(["git", "-C", ROOT, *arguments], check=True, text=True, stdout=subprocess.PIPE).stdout.strip()


def default_base():
    """Return the commit before the working tree: HEAD if skl2 has changed since, else the one before HEAD."""
    return "HEAD" if git("status", "--porcelain", "--", "skl2") else "HEAD~1"


def take_turns(base, head, n_calls, budget, fewest):
    """Return pairs (base, head) of seconds, which begin with either side in turn, until their ratio is known."""
    pairs, end = [], time.perf_counter() + budget
    while len(pairs) < MOST:
        if len(pairs) >= fewest and (time.perf_counter() > end or ratio_of(pairs).width <= NARROW):
            break
        order = (base, head) if len(pairs) % 2 else (head, base)
        taken = {side: side.time(n_calls) for side in order}
        pairs.append((taken[base], taken[head]))
    return pairs


def measure(sides, name, options):
    """Return pairs for a timing, or what a side says why it has none."""
    for side in sides:  # both compile at the same time
        side.ask("make", name)
    answers = {side.name: side.answer() for side in sides}
    if missing := [f"{side}: {answer}" for side, answer in answers.items() if isinstance(answer, str)]:
        return "missing in " + "; ".join(missing)
    n_calls = math.ceil(TURN / min(answers.values()))
    return take_turns(*sides, n_calls, options.seconds, QUICK if options.quick else FEWEST)


def compare(trees, names, options, before):
    """Print a row for each timing, of its pairs and those before, and return {name: (pairs, verdict)}."""
    table = Table("timing", "base, ms", "head, ms", "head ÷ base", "95 % interval", "pairs", "verdict")
    found = {}
    with ExitStack() as stack:
        sides = [Side(name, *places, options.clock) for name, places in trees.items()]
        for side in sides:
            stack.callback(side.close)
        for name in names:
            pairs = measure(sides, name, options)
            if isinstance(pairs, str):
                table.add(name, None, None, None, "–", 0, pairs)
                continue
            all_pairs, verdict = before.get(name, []) + pairs, judge_again(before.get(name, []), pairs)
            found[name] = all_pairs, verdict
            add_row(table, name, all_pairs, verdict)
    print(flush=True)
    return found


def add_row(table, name, pairs, verdict):
    """Print the row of a timing."""
    ratio = ratio_of(pairs)
    base, head = (1e3 * min(times) for times in zip(*pairs, strict=True))
    interval = f"{ratio.low:.3f} to {ratio.high:.3f}"
    table.add(name, base, head, f"{ratio.median:.3f}", interval, len(pairs), verdict)


def run(options):
    """Compare the two sides, twice where they differ, and return the names of what is slower."""
    base = git("rev-parse", "--verify", f"{options.base or default_base()}^{{commit}}")
    with checked_out(base) as tree:
        trees = {}
        for name, place in (("base", tree), ("head", ROOT)):
            cache = tree.parent / f"code of {name}"
            cache.mkdir()
            trees[name] = place, cache
        print(f"base: {git('log', '-1', '--format=%h %s', base)}\nhead: the working tree\n", flush=True)
        found = compare(trees, options.only, options, {})
        if again := {name: pairs for name, (pairs, verdict) in found.items() if verdict != SAME}:
            print("What differs or may, once more by fresh processes; figures are of all pairs:\n")
            found |= compare(trees, again, options, again)
    return [name for name, (_, verdict) in found.items() if verdict == SLOWER]


def main():
    """Print a row for each timing, and tell by the exit status whether one is slower."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", help="the commit; else HEAD if skl2 has changed since, or HEAD~1")
    parser.add_argument("--only", nargs="+", choices=TIMINGS, default=list(TIMINGS), metavar="TIMING", help="by name")
    parser.add_argument("--seconds", type=float, default=5, help="at most, for each timing, beyond the fewest pairs")
    parser.add_argument("--clock", choices=CLOCKS, default="wall", help="cpu: on a busy machine; sees no waits")
    parser.add_argument("--quick", action="store_true", help="few pairs: whether the script runs")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(CLOCKS[options.clock])
        return 0
    options.seconds = 0 if options.quick else options.seconds
    announce((), options.quick)
    slower = run(options)
    print(f"Slower by {CHANGE - 1:.0%}: {', '.join(slower)}" if slower else f"Nothing is slower by {CHANGE - 1:.0%}.")
    return bool(slower)


if __name__ == "__main__":
    sys.exit(main())
