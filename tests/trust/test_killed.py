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
import json, os, pathlib, random, shutil, signal, sys, time, types
import numpy as np
package = types.ModuleType("skl2")  # without scikit-learn
package.__path__ = [sys.argv[1]]
sys.modules["skl2"] = package
from skl2._compilation.entry import Entry
import kernels

X = np.random.default_rng(0).standard_normal(1000)
folder = pathlib.Path(os.environ["NUMBA_CACHE_DIR"])
make_folder, write, replace = pathlib.Path.mkdir, pathlib.Path.write_bytes, pathlib.Path.replace

def call():
    variant, result = Entry(kernels.norms)[X.dtype], np.zeros(1)
    variant(X, result)
    assert result == EXPECTED
    return variant.origin == "cached"

def die():
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)

def die_in(point):
    """Be killed at a point of saving."""
    def making(path, *arguments, **settings):
        make_folder(path, *arguments, **settings)
        if point == "folder" and path.name == "skl2":
            die()
    def writing(path, content):
        if point in ("before", "after"):
            return write(path, content)
        write(path, content[: int(point * len(content))])
        die()
    def replacing(path, target):
        if point == "before":
            die()
        replace(path, target)
        die()
    pathlib.Path.mkdir, pathlib.Path.write_bytes, pathlib.Path.replace = making, writing, replacing

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

def begin(state):
    """Have no folder, no file, or half of it."""
    if state == "half":
        assert outcome(child(call)) in (0, 1)
        (file,) = folder.rglob("*.code")
        write(file, file.read_bytes()[: file.stat().st_size // 2])
    elif state == "empty":
        for file in folder.rglob("*.code*"):
            file.unlink()
    else:
        shutil.rmtree(folder, ignore_errors=True)

def outcome(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

EXPECTED = np.zeros(1)
kernels.norms(X, EXPECTED)
n_random, points = int(sys.argv[2]), json.loads(sys.argv[3])
random.seed(0)
assert not call()
begin("no folder")
start = time.perf_counter()
assert outcome(child(call)) == 0  # what numba does once in a process is done
longest = time.perf_counter() - start
states = json.loads(sys.argv[4])
deaths = [(state, point) for state in states for point in points] + [
    (random.choice(states), None) for _ in range(n_random)]
report = {"killed": 0, "finished": 0, "loaded": 0, "compiled": 0, "rebuilt": 0}
for state, point in deaths:
    begin(state)
    pid = child(doomed(point))
    if point is None:
        time.sleep(random.uniform(0, 1.1 * longest))
        os.kill(pid, signal.SIGKILL)
    was_killed = outcome(pid) == -signal.SIGKILL
    assert was_killed or point is None, point
    report["killed" if was_killed else "finished"] += 1
    first, second = (outcome(child(lambda: 1 + call())) for _ in range(2))
    assert first in (1, 2), first
    report["loaded" if first == 2 else "compiled"] += 1
    report["rebuilt"] += second == 2
print(json.dumps(report))
'''

KERNELS = '''
from skl2._compilation.signature import array

def norms(x: array(1), result: array(1)):
    """Write a number that depends on each step of many."""
    result[0] = 0.0
    for i in range(x.size):
        result[0] = result[0] * 0.5 + x[i] * x[i]
'''

# Killed when there is a folder, when a part of the file is written, or before or after it gets its name.
POINTS = ["folder", 0, 0.5, 1, "before", "after"]

pytestmark = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT", "0") != "0", reason="nothing is compiled")


def kill(n_random, states, folder, timeout):
    """Return the report of the script above."""
    (folder / "kernels.py").write_text(KERNELS)
    package = str(pathlib.Path(skl2.__file__).parent)
    environment = os.environ | {"NUMBA_CACHE_DIR": str(folder / "cache"), "PYTHONPATH": str(folder)}
    process = subprocess.run(
        [sys.executable, "-c", SCRIPT, package, str(n_random), json.dumps(POINTS), json.dumps(states)],
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
    ("n_random", "states"),
    [(10, ["no folder"]), pytest.param(500, ["no folder", "empty", "half"], marks=pytest.mark.slow)],
)
def test_a_killed_process_leaves_a_cache_that_works(n_random, states, tmp_path):
    """Killed before, in and after each step of writing, and at random: the next process has the result, and the cache.

    It loads what was complete, compiles what was not, and after it the cache is whole.
    """
    report = kill(n_random, states, tmp_path, 60 + n_random * 10)
    n_deaths = len(states) * len(POINTS) + n_random
    assert report["killed"] + report["finished"] == n_deaths
    assert report["killed"] >= len(states) * len(POINTS)
    assert report["loaded"] + report["compiled"] == report["rebuilt"] == n_deaths
    assert report["compiled"] > 0 < report["loaded"]
