"""Who does what, when several threads train one network: work is cut into tickets, and whoever is free takes the next.

A mini-batch has two phases, gradient and step, of n_parts tickets each. A phase begins when the one before is done.
Nobody waits for a thread that has taken nothing: where the other cores are busy elsewhere, one thread does it all.
"""

from typing import NamedTuple

from skl2._compilation.jit import kernel
from skl2._compilation.signature import array
from skl2._kernels.atomics import add, give_way, load, replace

NEXT, DONE = 0, 8  # counters: the next ticket to take, and how many are done; each on a cache line of its own
N_COUNTERS = 16
PATIENCE = 1000  # looks at the counters, about 10 µs, before a thread that waits lets others have its core


class Tickets(NamedTuple):
    """The tickets of one call."""

    counters: array(1, "int64")  # (N_COUNTERS,)
    first: int


@kernel
def take_ticket(counters, n_parts, end):
    """Return the number of a ticket that nobody else has, or `end` when all before it are done."""
    n_looks = 0
    while True:
        n_done = load(counters, DONE)
        if n_done >= end:
            return end
        ticket = load(counters, NEXT)
        if n_done >= ticket - ticket % n_parts and replace(counters, NEXT, ticket, ticket + 1):
            return ticket
        n_looks += 1
        if n_looks > PATIENCE:
            give_way()


@kernel
def end_ticket(counters):
    """Say that a ticket is done."""
    add(counters, DONE, 1)
