"""A process that is killed while it writes the cache leaves one that works, or is rebuilt."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

import skl2

# One process forks: each child is killed at some point of compiling and writing, and the next one has to succeed.
# Nobody waits for the operating system to import and start anew, so hundreds of kills take seconds.
SCRIPT = '''
import json, os, pathlib, random, signal, sys, time, types
import numpy as np
import numba.core.caching as caching
package = types.ModuleType("skl2")  # without scikit-learn
package.__path__ = [sys.argv[1]]
sys.modules["skl2"] = package
from skl2._kernels.jit import Entry
import kernels

X = np.random.default_rng(0).standard_normal(1000)
folder = pathlib.Path(os.environ["NUMBA_CACHE_DIR"])
replace, open_file = os.replace, open

def call():
    kernel = Entry(kernels.norms)[X.dtype]
    assert kernel(X) == EXPECTED
    return bool(kernel.dispatcher("Python").stats.cache_hits)

def die():
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)

class Dying:
    """A file that kills its process when `part` of what it is given has been written."""
    def __init__(self, name, part):
        self.name, self.file, self.part = name, open_file(name, "wb"), part
    def __enter__(self):
        return self
    def __exit__(self, *exception):
        self.file.close()
    def write(self, content):
        self.file.write(content[: int(self.part * len(content))])
        self.file.flush()
        die()

def die_in(point):
    """Be killed at a point: (which file, when)."""
    kind, when = point
    def opening(name, mode):
        if kind in name and mode == "wb" and when not in ("before", "after"):
            return Dying(name, when)
        return open_file(name, mode)
    def replacing(source, target):
        if kind in target and when == "before":
            die()
        replace(source, target)
        if kind in target and when == "after":
            die()
    caching.open, os.replace = opening, replacing

def child(function):
    pid = os.fork()
    if pid:
        return pid
    try:
        os._exit(function())
    except BaseException:
        import traceback
        traceback.print_exc()
        os._exit(99)

def doomed(point):
    def run():
        if point is not None:
            die_in(point)
        call()
        return 0
    return run

def empty(kind):
    """Remove what there is, or only the index or the code."""
    for file in folder.rglob("*"):
        if file.is_file() and (kind == "all" or file.suffix == kind):
            file.unlink()

def outcome(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

EXPECTED = float(kernels.norms(X))
n_random, points = int(sys.argv[2]), json.loads(sys.argv[3])
random.seed(0)
assert not call()
empty("all")
start = time.perf_counter()
assert outcome(child(call)) == 0  # what numba does once in a process is done
longest = time.perf_counter() - start
begun = json.loads(sys.argv[4])
deaths = [(before, point) for before in begun for point in points] + [
    (random.choice(begun), None) for _ in range(n_random)]
report = {"killed": 0, "finished": 0, "loaded": 0, "compiled": 0, "rebuilt": 0}
for before, point in deaths:
    empty(before)
    pid = child(doomed(point))
    if point is None:
        time.sleep(random.uniform(0, 1.1 * longest))
        os.kill(pid, signal.SIGKILL)
    report["killed" if outcome(pid) == -signal.SIGKILL else "finished"] += 1
    first, second = (outcome(child(lambda: 1 + call())) for _ in range(2))
    assert first in (1, 2), first
    report["loaded" if first == 2 else "compiled"] += 1
    report["rebuilt"] += second == 2
print(json.dumps(report))
'''

KERNELS = '''
def norms(x):
    """Return a number that depends on each step of many."""
    total = 0.0
    for i in range(x.size):
        total = total * 0.5 + x[i] * x[i]
    return total
'''

# Of the index (.nbi) and of the code (.nbc): killed when a part is written, or before or after it gets its name.
POINTS = [(kind, when) for kind in (".nbi", ".nbc") for when in (0, 0.5, 1, "before", "after")]

pytestmark = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT", "0") != "0", reason="nothing is compiled")


def kill(n_random, removed, folder, timeout):
    """Return the report of the script above."""
    (folder / "kernels.py").write_text(KERNELS)
    package = str(pathlib.Path(skl2.__file__).parent)
    environment = os.environ | {"NUMBA_CACHE_DIR": str(folder / "cache"), "PYTHONPATH": str(folder)}
    process = subprocess.run(
        [sys.executable, "-c", SCRIPT, package, str(n_random), json.dumps(POINTS), json.dumps(removed)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert process.returncode == 0, process.stderr
    assert not process.stderr
    return json.loads(process.stdout)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.parametrize(
    ("n_random", "removed"), [(10, ["all"]), pytest.param(500, ["all", ".nbi", ".nbc"], marks=pytest.mark.slow)]
)
def test_a_killed_process_leaves_a_cache_that_works(n_random, removed, tmp_path):
    """Killed before, in and after each step of writing, and at random: the next process has the result, and the cache.

    It loads what was complete, compiles what was not, and after it the cache is whole.
    """
    report = kill(n_random, removed, tmp_path, 60 + n_random * 10)
    n_deaths = len(removed) * len(POINTS) + n_random
    assert report["killed"] + report["finished"] == n_deaths
    assert report["killed"] >= len(POINTS)
    assert report["loaded"] + report["compiled"] == report["rebuilt"] == n_deaths
    assert report["compiled"] > 0 < report["loaded"]
