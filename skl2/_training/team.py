"""Threads that train one network together: into how many parts a mini-batch is cut, and who works on them.

The number of parts depends on the work only, and sums over parts are taken in their order. So results do not depend on
how many threads there are, and a thread more is only that: it may come late, or be away while others need its core.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from scipy.sparse import issparse

from skl2._kernels.tickets import N_COUNTERS, Tickets
from skl2._kernels.training import count_batches, count_turns
from skl2._training.blas import is_alone, n_threads

# A part costs n_params sums more, and products of fewer rows. Measured on one and on two threads: parts of 100 rows
# and of 2e5 multiply-adds cost one thread 0 to 8 % (they even save 17 % where products fit into a cache), and save two
# threads 35 to 45 %; half as large they cost 10 to 30 %.
MIN_REUSE = 100  # multiply-adds per parameter: rows of a part, where samples are dense
MIN_PART = 2 * 10**5  # multiply-adds
MAX_PARTS = 8

# Two parts may be smaller where there is much to share (measured: parts of about 30 rows cost one thread 10 to 26 % and
# save two threads 16 to 31 %; parts of 16 rows cost 29 to 43 %).
MIN_REUSE_OF_TWO = 32
MIN_OF_TWO = 5 * 10**6  # multiply-adds

# Multiply-adds of a chunk from which helpers pay: to wake one takes 50 to 100 µs (measured: 0.7 of the speed of one
# thread at 2e6, the same at 1e7, 1.25 times at 2.5e7).
HELP_PAYS = 10**7


def count_parts(n_coefs, work):
    """Return into how many parts, a power of two, a mini-batch of `work` multiply-adds is cut."""
    n_parts = 2 if work >= 2 * max(MIN_OF_TWO, MIN_REUSE_OF_TWO * n_coefs) else 1
    while n_parts < MAX_PARTS and work >= 2 * n_parts * max(MIN_PART, MIN_REUSE * n_coefs):
        n_parts *= 2
    return n_parts


def multiply_adds(network, X):
    """Return the multiply-adds of one sample on its way through all layers."""
    n_features, units = network.sizes[:2]
    entries = X.nnz / X.shape[0] if issparse(X) else n_features
    return network.n_coefs - (n_features - entries) * units


class Team:
    """The thread that fits and, if it may, others that help it; a context manager."""

    def __init__(self, n_parts, sample_work):
        self.n_parts, self.sample_work = n_parts, sample_work  # sample_work: multiply-adds
        self.counters = np.zeros(N_COUNTERS, np.int64)
        self.n_tickets = 0
        self.has_helpers = n_threads() > 1
        self.n_helpers = min(n_parts, n_threads()) - 1  # who train; where there is one part, a helper only gathers

    def __enter__(self):
        self.pool = ThreadPoolExecutor(max(1, self.n_helpers), "skl2") if self.has_helpers else None
        return self

    def __exit__(self, *exception):
        if self.pool:
            self.pool.shutdown()

    def train(self, kernel, network, optimizer, rows, chunk, epochs, workspace):
        """Call the kernel in every thread, until all mini-batches of the chunk are done."""
        arguments = network, optimizer, rows, chunk, epochs, workspace, Tickets(self.counters, self.n_tickets)
        n_turns = count_turns.function(chunk.n_epochs, count_batches.function(chunk))
        self.n_tickets += rows.status.size * n_turns * self.n_parts
        if self._helps(chunk.y.shape[0]):
            for _ in range(self.n_helpers):
                self._ask(kernel, *arguments)
        kernel(*arguments)

    def map(self, function, n_samples):
        """Return [function(part) for each part] of a chunk of n_samples, each computed by whoever has time first."""
        helps = self._helps(n_samples)
        asked = [self._ask(function, part) if helps else None for part in range(1, self.n_parts)]
        results = [function(0)]
        for part in reversed(range(1, self.n_parts)):  # helpers come from the other end
            future = asked[part - 1]
            results.insert(1, function(part) if future is None or future.cancel() else future.result())
        return results

    def prepare(self, batches, orders):
        """Yield the chunks of epochs in these orders; a helper gathers one while that before trains."""
        chunks = batches.chunks(orders, ahead=self.has_helpers)
        chunk = next(chunks)
        for _ in range(batches.count_chunks(ahead=self.has_helpers) - 1):
            following = self._ask(next, chunks)
            yield chunk
            chunk = following.result() if following else next(chunks)
        yield chunk

    def _helps(self, n_samples):
        """Whether helpers pay for a chunk of n_samples, now."""
        return self.has_helpers and is_alone() and n_samples * self.sample_work >= HELP_PAYS

    def _ask(self, function, *arguments):
        """Let a helper call a function; return its Future, or None where there is no helper."""
        if not self.has_helpers:
            return None
        try:
            return self.pool.submit(function, *arguments)
        except RuntimeError:  # Python is about to end, or starts no more threads
            self.has_helpers = False  # for good: a thread that comes later would do what was asked for once more
            return None
