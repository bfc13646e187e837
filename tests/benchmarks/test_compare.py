"""The comparison of two commits: its statistics against known answers, turns and verdicts with fake sides."""

import time
from contextlib import nullcontext
from itertools import cycle
from types import SimpleNamespace

import numpy as np
import pytest


@pytest.fixture
def compare(load):
    """Return the module."""
    return load("compare")


@pytest.fixture
def statistics(compare, monkeypatch):
    """Return the module of the statistics."""
    import _compare_statistics

    return _compare_statistics


class FakeSide:
    """A side whose calls take these seconds, over and over, and that notes in `asked` when it was asked."""

    def __init__(self, name, *times, answer=None, asked=None):
        self.name, self.times, self.answer = name, cycle(times), lambda: answer
        self.asked = [] if asked is None else asked

    def ask(self, *question):
        """Ask for nothing."""

    def time(self, n_calls):
        """Return the next of the seconds."""
        self.asked += [self.name]
        return next(self.times)


@pytest.mark.parametrize(("n", "rank"), [(6, 1), (9, 2), (15, 4), (25, 8), (100, 40)])
def test_interval_of_the_median(statistics, n, rank):
    """The ends have the ranks that tables of the sign test have for 95 %."""
    assert statistics.median_interval(np.arange(1.0, n + 1)) == (rank, n + 1 - rank)


def test_five_numbers_tell_nothing(statistics):
    """All of five are above the median once in 32 times: more than the 2.5 % of an end."""
    assert statistics.median_interval(np.arange(5.0)) == (0, np.inf)
    assert statistics.judge(statistics.ratio_of([(1.0, 2.0)] * 5)) == "too wide to tell 10 %"


def test_intervals_hold_the_median(statistics):
    """Of intervals from a skewed distribution at least 95 % hold its median, and not many more."""
    ratios = np.sort(np.random.default_rng(0).lognormal(0.1, 0.5, (2000, 40)), axis=1)
    low, high = np.transpose([statistics.median_interval(each) for each in ratios])
    assert 0.95 <= np.mean((low < np.exp(0.1)) & (np.exp(0.1) < high)) < 0.98


def test_a_ratio_is_that_of_pairs(statistics):
    """A machine that drifts fivefold hides nothing: each pair has its own ratio."""
    drift = np.linspace(1, 5, 20)
    assert statistics.ratio_of(np.transpose([drift, 1.1 * drift])) == pytest.approx((1.1, 1.1, 1.1))


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (1.09, 1.12, "slower"),
        (1.01, 1.10, "slower"),
        (1.01, 1.09, "–"),
        (0.99, 1.11, "too wide to tell 10 %"),
        (0.95, 1.05, "–"),
        (0.90, 1.02, "too wide to tell 10 %"),
        (0.90, 0.99, "faster"),
        (0.92, 0.99, "–"),
    ],
)
def test_verdicts(statistics, low, high, verdict):
    """Slower is what is above 1 for sure and may be 1.10, faster the opposite; wide is what may be both 1 and 1.10."""
    assert statistics.judge(statistics.Ratio((low * high) ** 0.5, low, high)) == verdict


@pytest.mark.parametrize(("true", "least", "most"), [(1.10, 0.95, 1), (1.15, 0.99, 1), (1.0, 0, 0.01), (1.05, 0, 0.05)])
def test_what_is_found(statistics, true, least, most):
    """Of slowdowns by 10 % 95 % are found, of 5 % few, and nothing where there is none."""
    times = np.random.default_rng(0).lognormal(0, 0.04, (500, 60, 2)) * [1, true]
    found = [statistics.judge(statistics.ratio_of(pairs)) == "slower" for pairs in times]
    assert least <= np.mean(found) <= most


def test_sides_take_turns(compare):
    """Either side begins every other pair, and turns end when the interval is narrow, but not before the fewest."""
    asked = []
    base, head = FakeSide("base", 1.0, asked=asked), FakeSide("head", 1.2, asked=asked)
    assert compare.take_turns(base, head, 1, budget=60, fewest=7) == [(1.0, 1.2)] * 7
    assert asked[:8] == ["head", "base", "base", "head", "head", "base", "base", "head"]


def test_turns_end(compare):
    """What stays noisy ends with its time, or at the most pairs."""
    sides = FakeSide("base", 1.0), FakeSide("head", 1.0, 3.0)
    assert len(compare.take_turns(*sides, 1, budget=0, fewest=7)) == 7
    assert len(compare.take_turns(*sides, 1, budget=60, fewest=7)) == compare.MOST


def test_what_a_commit_lacks_is_missing(compare):
    """A timing that fails on one side is named with its error; the worker lives on."""
    compare.TIMINGS = {"lacks": lambda: 1 / 0, "has": lambda: list}
    assert compare.make("lacks") == (None, "ZeroDivisionError: division by zero")
    assert compare.make("has")[0] is list
    sides = FakeSide("base", answer="TypeError: no such thing"), FakeSide("head", answer=0.1)
    options = SimpleNamespace(seconds=0, quick=True)
    assert compare.measure(sides, "lacks", options) == "missing in base: TypeError: no such thing"


@pytest.mark.parametrize(
    ("fresh", "verdict"), [(1.2, "slower"), (1.08, "slower"), (1.0, "not found again"), (0.9, "not found again")]
)
def test_what_differs_must_do_so_anew(statistics, fresh, verdict):
    """Fresh processes add their pairs to those before; a change must be in theirs alone too, if a smaller one."""
    before = [(1.0, ratio) for ratio in np.linspace(1.1, 1.2, 60)]
    assert statistics.judge_again(before, [(1.0, fresh)] * 12) == verdict
    mirrored = [(head, base) for base, head in before]
    expected = verdict.replace("slower", "faster")
    assert statistics.judge_again(mirrored, [(fresh, 1.0)] * 12) == expected


def test_slower_is_what_is_slower_twice(compare, monkeypatch, tmp_path, capsys):
    """What fresh processes do not find again is not slower, nor is what is missing."""
    rounds = {
        "once": [[(1.0, 1.2)] * 9, [(1.0, 1.0)] * 8],
        "twice": [[(1.0, 1.2)] * 9, [(1.0, 1.3)] * 9],
        "missing": ["missing in base: TypeError"],
    }
    monkeypatch.setattr(compare, "Side", lambda *arguments: SimpleNamespace(close=lambda: None))
    monkeypatch.setattr(compare, "measure", lambda sides, name, options: rounds[name].pop(0))
    monkeypatch.setattr(compare, "git", lambda *arguments: "abc")
    monkeypatch.setattr(compare, "checked_out", lambda commit: nullcontext(tmp_path / "base"))
    assert compare.run(SimpleNamespace(base=None, only=list(rounds), clock="wall")) == ["twice"]
    assert "| twice | 1000 | 1200 | 1.250 | 1.200 to 1.300 | 18 | slower |" in capsys.readouterr().out


def test_clocks(compare):
    """Of a call that waits the wall clock counts the wait, and that of the CPU does not; both count what works."""

    def wait():
        time.sleep(0.05)

    def work():
        end = time.process_time() + 0.05
        while time.process_time() < end:
            pass

    wall, cpu = compare.CLOCKS["wall"], compare.CLOCKS["cpu"]
    assert compare.time_calls(wait, 2, wall) >= 0.1 > 0.05 > compare.time_calls(wait, 2, cpu)
    assert min(compare.time_calls(work, 2, clock) for clock in (wall, cpu)) >= 0.09


@pytest.mark.parametrize(("changes", "base"), [(" M skl2/_training/engine.py", "HEAD"), ("", "HEAD~1")])
def test_default_base(compare, monkeypatch, changes, base):
    """What has changed is compared with HEAD, and where nothing of skl2 has, HEAD with the commit before it."""
    monkeypatch.setattr(compare, "git", lambda *arguments: changes)
    assert compare.default_base() == base
