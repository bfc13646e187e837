"""Threads that call train_chunk together do what one does, bit for bit."""

import os
import threading

import numpy as np
import pytest

from skl2._kernels.epochs import DIVERGED, TRAINING
from skl2._kernels.tickets import DONE, N_COUNTERS, NEXT, Tickets
from skl2._kernels.training import train_chunk
from skl2._training.engine import make_rows, make_workspace

N_PARTS = [1, 2, 8]
# A race that one in ten runs lost has been here.
N_RUNS = 5 if os.environ.get("NUMBA_DISABLE_JIT", "0") != "0" else 100


class Run:
    """Three networks on a chunk of three mini-batches, an epoch, of which the third diverges."""

    def __init__(self, tools, n_parts):
        problem = tools.draw_problem("squared_error")
        self.network, self.optimizer = problem.network, tools.plain("adam")
        self.chunk = problem.chunk._replace(batch_size=3)
        params = np.stack([problem.params, -problem.params, 1e200 * problem.params])
        self.rows = make_rows(params, problem.network.sizes, 2, [0.1, 0.2, 0.0], [0.0, 0.0, 0.3])
        self.epochs = tools.make_epochs(np.full((1, 3), 0.05), 3)
        self.workspace = make_workspace(self.network, 3, params, n_parts)
        self.counters = np.zeros(N_COUNTERS, np.int64)
        self.n_tickets = 3 * (3 * 2 + 1) * n_parts  # networks, phases of mini-batches and end of the epoch, parts

    def call(self, chunk_number=0):
        """Work at the chunk, the first time or one of those that follow."""
        tickets, kernel = Tickets(self.counters, chunk_number * self.n_tickets), train_chunk[self.rows.params.dtype]
        kernel(self.network, self.optimizer, self.rows, self.chunk, self.epochs, self.workspace, tickets)

    def results(self):
        """Everything that training changes."""
        return [part.tolist() for part in (self.rows.params, self.rows.moments, self.epochs.standing)] + [
            self.rows.n_steps.tolist(),
            self.rows.status.tolist(),
        ]


pytestmark = pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")  # numpy's, without compilation


@pytest.mark.parametrize("n_parts", N_PARTS)
@pytest.mark.parametrize("n_threads", [2, 4])
def test_threads_do_what_one_does(n_threads, n_parts, tools):
    """However work falls to threads, over three chunks, the results are bit for bit those of one thread."""
    alone = Run(tools, n_parts)
    for chunk_number in range(3):
        alone.call(chunk_number)
    assert alone.rows.status.tolist() == [TRAINING, TRAINING, DIVERGED]
    assert alone.rows.n_steps.tolist() == [9, 9, 0]
    for _ in range(N_RUNS):
        together, meeting = Run(tools, n_parts), threading.Barrier(n_threads)

        def work(together=together, meeting=meeting):
            meeting.wait()
            for chunk_number in range(3):  # without waiting: the next is begun while others end this one
                together.call(chunk_number)

        threads = [threading.Thread(target=work, daemon=True) for _ in range(n_threads)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
            assert not thread.is_alive()
        assert together.results() == alone.results()


@pytest.mark.parametrize("n_parts", N_PARTS)
def test_all_tickets_are_done_at_the_end(n_parts, tools):
    """A call takes as many tickets as networks, mini-batches, phases and parts, those that have ended included."""
    run = Run(tools, n_parts)
    for chunk_number in range(2):
        run.call(chunk_number)
        assert run.counters[NEXT] == run.counters[DONE] == (chunk_number + 1) * run.n_tickets


@pytest.mark.parametrize("n_parts", N_PARTS)
def test_who_comes_late_changes_nothing(n_parts, tools):
    """A call for a chunk that is done returns without touching anything, though its buffers hold the next one."""
    run = Run(tools, n_parts)
    run.call()
    before = run.results()
    run.chunk.X.dense[:] = np.nan
    run.workspace.grad[:] = np.nan
    for _ in range(3):
        run.call()
    assert run.results() == before
