"""Tickets: each is taken once, and a phase begins when the one before is done."""

import threading

import numpy as np
import pytest

from skl2._kernels import tickets
from skl2._kernels.atomics import load
from skl2._kernels.tickets import DONE, N_COUNTERS, NEXT, end_ticket, take_ticket


@pytest.fixture
def counters():
    """New counters."""
    return np.zeros(N_COUNTERS, np.int64)


class Taker(threading.Thread):
    """A thread that takes one ticket."""

    def __init__(self, *arguments):
        super().__init__(daemon=True)
        self.arguments, self.ticket = arguments, None
        self.start()

    def run(self):
        """Take it."""
        self.ticket = take_ticket(*self.arguments)

    def waits(self):
        """Whether it has none yet, after a while."""
        self.join(timeout=0.03)
        return self.is_alive()

    def result(self):
        """Return its ticket."""
        self.join(timeout=10)
        return self.ticket


@pytest.mark.parametrize("n_parts", [1, 2, 4])
def test_one_thread_takes_all_in_order(n_parts, counters):
    """One thread alone gets every ticket in order, then the end as often as it asks; a new end goes on from there."""
    for first, end in ((0, 8), (8, 20)):
        for ticket in range(first, end):
            assert take_ticket(counters, n_parts, end) == ticket
            end_ticket(counters)
        assert [take_ticket(counters, n_parts, end) for _ in range(3)] == [end] * 3
    assert (counters[NEXT], counters[DONE]) == (20, 20)
    assert np.count_nonzero(counters) == 2


@pytest.mark.parametrize("n_parts", [1, 2, 4])
def test_a_phase_waits_for_all_of_the_one_before(n_parts, counters):
    """The tickets of one phase are free together; the first of the next is so only when the last of them is done."""
    for phase in range(3):
        first = phase * n_parts
        assert [take_ticket(counters, n_parts, 100) for _ in range(n_parts)] == list(range(first, first + n_parts))
        taker = Taker(counters, n_parts, 100)
        for _ in range(n_parts):
            assert taker.waits()
            end_ticket(counters)
        assert taker.result() == first + n_parts
        counters[NEXT] -= 1  # give it back


def test_the_end_waits_for_all_work(counters):
    """A thread that finds no ticket left returns when the last one is done, not when it is taken."""
    assert [take_ticket(counters, 2, 2) for _ in range(2)] == [0, 1]
    takers = [Taker(counters, 2, 2) for _ in range(2)]
    end_ticket(counters)
    assert all(taker.waits() for taker in takers)
    end_ticket(counters)
    assert [taker.result() for taker in takers] == [2, 2]
    assert counters[NEXT] == 2


def test_who_comes_late_takes_nothing(counters):
    """A call with an end that has passed returns it at once, though there are tickets of later work."""
    counters[[NEXT, DONE]] = 4
    assert take_ticket(counters, 2, 8) == 4
    assert [take_ticket(counters, 2, end) for end in (2, 4)] == [2, 4]
    assert take_ticket(counters, 2, 8) == 5


def test_many_threads_share_the_tickets(counters):
    """Among four threads each ticket is taken once, and all of a phase end before one of the next begins."""
    n_parts, end, log = 4, 240, []

    def work():
        while (ticket := take_ticket(counters, n_parts, end)) != end:
            log.append((ticket // n_parts, "begins", ticket))
            log.append((ticket // n_parts, "ends", ticket))
            end_ticket(counters)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
        assert not thread.is_alive()
    assert sorted(ticket for _, what, ticket in log if what == "begins") == list(range(end))
    phases = [phase for phase, _, _ in log]
    assert phases == sorted(phases)
    assert counters[NEXT] == counters[DONE] == end


def test_who_waits_long_gives_way(counters, monkeypatch):
    """A thread that waits looks PATIENCE times before it first gives way, and then at each look."""
    n_looks, looks_before = 0, []

    def look(counters, index):
        nonlocal n_looks
        n_looks += index == DONE
        return load(counters, index)

    def give_way():
        looks_before.append(n_looks)
        if len(looks_before) == 3:
            end_ticket(counters)

    assert take_ticket(counters, 1, 2) == 0
    monkeypatch.setattr(tickets, "load", look)
    monkeypatch.setattr(tickets, "give_way", give_way)
    assert take_ticket.function(counters, 1, 2) == 1
    assert looks_before == [tickets.PATIENCE + 1, tickets.PATIENCE + 2, tickets.PATIENCE + 3]


def test_who_need_not_wait_does_not_give_way(counters, monkeypatch):
    """A ticket that is free is taken without giving way."""
    monkeypatch.setattr(tickets, "give_way", lambda: pytest.fail("gave way"))
    assert [take_ticket.function(counters, 2, 4) for _ in range(2)] == [0, 1]


def test_counters_are_on_cache_lines_of_their_own(counters):
    """What threads take and what they have done lie 64 bytes apart, so that one does not slow down the other."""
    assert abs(NEXT - DONE) * counters.itemsize >= 64
    assert counters.size > max(NEXT, DONE)
