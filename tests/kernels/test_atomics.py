"""Counters that threads share: each instruction means what its plain version says, and nothing gets lost."""

import os
import threading

import numpy as np
import pytest

from skl2._compilation import instructions
from skl2._compilation.jit import Instruction, kernel
from skl2._kernels import atomics
from skl2._kernels.atomics import add, give_way, load, replace

N_THREADS = 4
READER = 8  # counter: the reader is there
# Long enough for threads to meet, which wake after 50 µs.
N_TIMES = 3000 if os.environ.get("NUMBA_DISABLE_JIT", "0") != "0" else 10**6


@pytest.fixture(params=["plain", "compiled"])
def atomic(request, monkeypatch):
    """Return an instruction by its name, plain or compiled, also where the suite runs uncompiled."""
    monkeypatch.setattr("numba.config.DISABLE_JIT", int(request.param == "plain"))
    return lambda name: Instruction(getattr(atomics, name).function).dispatcher("Python")


@kernel
def add_often(counters, index, n):
    """Add 1 to a counter, n times; the look at another keeps the compiler from adding n at once."""
    for _ in range(n):
        add(counters, index, 1)
        load(counters, index + 1)


@kernel
def win_often(owners, name):
    """Write this name wherever no other stands; return how often that was so."""
    n_won = 0
    for i in range(owners.size):
        if replace(owners, i, 0, name):
            n_won += 1
    return n_won


@kernel
def pass_on(data, counters, n):
    """When the reader is there, write 1 to n, each time before the counter is raised to it."""
    while load(counters, READER) == 0:
        give_way()
    for i in range(1, n + 1):
        data[0] = i
        add(counters, 0, 1)


@kernel
def look(data, counters, n):
    """Return how often the counter was ahead of the data, until it is n."""
    n_wrong, seen = 0, 0
    add(counters, READER, 1)
    while seen < n:
        seen = load(counters, 0)
        if data[0] < seen:
            n_wrong += 1
    return n_wrong


def in_threads(function, *arguments):
    """Call function(*arguments[i]) in threads that begin at the same time; return the results."""
    results, meeting = [None] * len(arguments), threading.Barrier(len(arguments))

    def call(i):
        meeting.wait()
        results[i] = function(*arguments[i])

    threads = [threading.Thread(target=call, args=(i,), daemon=True) for i in range(len(arguments))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=15)
        assert not thread.is_alive()
    return results


@pytest.mark.parametrize("index", [0, 2])
def test_load_and_add(index, atomic):
    """Of all counters `add` changes only the one it is told to, by any amount, and `load` returns that one."""
    counters = np.array([10, 2**40, -7])
    expected = counters.copy()
    for value in (1, 0, -50, 2**50):
        expected[index] += value
        assert atomic("add")(counters, index, value) is None
        assert atomic("load")(counters, index) == expected[index]
        np.testing.assert_array_equal(counters, expected)


@pytest.mark.parametrize("index", [0, 2])
def test_replace_only_what_is_as_expected(index, atomic):
    """A counter changes, and the answer is yes, if and only if it has the old value."""
    counters = np.array([5, 5, 5])
    assert not atomic("replace")(counters, index, 6, 7)
    assert not atomic("replace")(counters, index, 5 + 2**32, 7)
    np.testing.assert_array_equal(counters, [5, 5, 5])
    assert atomic("replace")(counters, index, 5, -7)
    assert not atomic("replace")(counters, index, 5, 9)
    np.testing.assert_array_equal(np.delete(counters, index), [5, 5])
    assert counters[index] == -7


def test_giving_way_comes_back(atomic):
    """give_way returns nothing, at once, also where no other thread waits."""
    assert atomic("give_way")() is None


@pytest.mark.parametrize(("name", "arguments"), [("load", [0]), ("add", [0, 1]), ("replace", [0, 0, 1])])
def test_compiled_versions_are_nothing_to_python(name, arguments):
    """Called by Python, an instruction refuses rather than do in several steps what is to be one."""
    counters = np.zeros(1, np.int64)
    with pytest.raises(NotImplementedError):
        getattr(instructions, name)(counters, *arguments)
    assert counters[0] == 0


def test_giving_way_is_the_systems(monkeypatch):
    """The compiled give_way calls the operating system, once."""
    calls = []
    monkeypatch.setattr(instructions, "_yield", lambda: calls.append("yield"))
    instructions.give_way()
    assert calls == ["yield"]


def test_additions_of_many_threads_all_count():
    """n threads that add 1 to one counter, m times each, add n · m."""
    counters = np.zeros(3, np.int64)
    in_threads(add_often, *[(counters, 1, N_TIMES)] * N_THREADS)
    np.testing.assert_array_equal(counters, [0, N_THREADS * N_TIMES, 0])


def test_one_of_many_threads_wins():
    """Where threads replace the same value, each counter has one winner, whose value stands."""
    owners, names = np.zeros(N_TIMES, np.int64), range(1, N_THREADS + 1)
    n_won = in_threads(win_often, *[(owners, name) for name in names])
    assert sum(n_won) == owners.size
    assert n_won == [np.count_nonzero(owners == name) for name in names]


def test_what_was_written_before_is_seen():
    """Who sees a counter sees all that was written before it was raised."""
    data, counters = np.zeros(1, np.int64), np.zeros(9, np.int64)
    reader, writer = (look, data, counters, N_TIMES), (pass_on, data, counters, N_TIMES)
    assert in_threads(lambda function, *arguments: function(*arguments), reader, writer) == [0, None]
