"""Into how many parts a mini-batch is cut, and who works on them."""

import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.sparse import csr_array
from threadpoolctl import threadpool_limits

from skl2._kernels.network import Network
from skl2._training.batches import Batches, Samples, gather
from skl2._training.blas import one_blas_thread
from skl2._training.parameters import count_coefs
from skl2._training.team import (
    HELP_PAYS,
    MAX_PARTS,
    MIN_OF_TWO,
    MIN_PART,
    MIN_REUSE,
    MIN_REUSE_OF_TWO,
    Team,
    count_parts,
    multiply_adds,
)

DENSE = np.ones((4, 6))
SPARSE = csr_array(np.arange(24).reshape(4, 6) % 2)  # 3 entries in each row
N = 23
SAMPLES = Samples(np.arange(2.0 * N).reshape(N, 2), np.arange(1.0 * N)[:, np.newaxis], None, np.arange(N))


def make_network(*sizes):
    """A network with these units per layer."""
    sizes = np.array(sizes, np.intp)
    return Network(sizes, 0, 0, count_coefs(sizes), np.zeros(sizes[-1]))


class Kernel:
    """A kernel that computes nothing, but knows who called it, and with which first ticket."""

    def __init__(self):
        self.callers, self.first_tickets = [], []

    def __call__(self, *arguments):
        """Remember the caller."""
        self.callers.append(threading.current_thread())
        self.first_tickets.append(arguments[-1].first)

    def count_helpers(self):
        """Return how many calls came from other threads."""
        return sum(thread is not threading.current_thread() for thread in self.callers)


def train(team, kernel, n_samples=7, n_rows=2):
    """Let the team train on one chunk, in mini-batches of 3, and wait for the helpers."""
    chunk = SimpleNamespace(y=np.zeros((n_samples, 1)), batch_size=3, n_epochs=1)
    with team:
        team.train(kernel, None, None, SimpleNamespace(status=np.zeros(n_rows)), chunk, None, None)


@pytest.fixture(params=[2])
def limit(request):
    """Let a fit have this many threads, on every machine."""
    with threadpool_limits(request.param, user_api="blas"):
        yield request.param


@pytest.mark.parametrize("n_coefs", [1, MIN_PART // MIN_REUSE, MIN_PART // MIN_REUSE + 1, 10**6])
@pytest.mark.parametrize("n_parts", [4, 8])
def test_parts_are_worth_their_cost(n_parts, n_coefs):
    """A mini-batch is cut into more parts as soon as each is a part of MIN_PART and of MIN_REUSE, and no sooner."""
    least = n_parts * max(MIN_PART, MIN_REUSE * n_coefs)
    assert count_parts(n_coefs, least) == n_parts
    assert count_parts(n_coefs, least - 1) == n_parts // 2


@pytest.mark.parametrize(
    ("n_coefs", "least"),
    [
        (1, 2 * MIN_PART),
        (MIN_OF_TWO // MIN_REUSE, 2 * MIN_OF_TWO),
        (MIN_OF_TWO // MIN_REUSE + 1, 2 * MIN_OF_TWO),
        (10**6, 2 * 10**6 * MIN_REUSE_OF_TWO),
    ],
)
def test_two_parts_of_much_work_may_be_small(n_coefs, least):
    """Two parts of MIN_OF_TWO need the reuse MIN_REUSE_OF_TWO only, which is less."""
    assert count_parts(n_coefs, least) == 2
    assert count_parts(n_coefs, least - 1) == 1


@pytest.mark.parametrize("work", [0, 1, MIN_PART, 10**15])
def test_parts_are_at_least_one_and_at_most_eight(work):
    """However little or much work there is, there are 1 to MAX_PARTS parts."""
    assert count_parts(1, work) == (MAX_PARTS if work == 10**15 else 1)


@pytest.mark.parametrize(
    ("batch_size", "n_parts"), [(63, 1), (64, 2), (200, 2), (399, 2), (400, 4), (800, 8), (5000, 8)]
)
def test_parts_of_wide_networks_are_rows(batch_size, n_parts):
    """Where samples are dense and networks wide, the rule is rows: two parts have at least 32, more at least 100."""
    network, X = make_network(784, 512, 10), np.empty((1, 784))
    assert count_parts(network.n_coefs, batch_size * multiply_adds(network, X)) == n_parts


@pytest.mark.parametrize(("sizes", "first_layer"), [((6, 5, 4, 1), 30), ((6, 2), 12)])
def test_work_of_a_sample(sizes, first_layer):
    """A dense sample meets each weight once, a sparse one in the first layer only as many as it has entries."""
    network = make_network(*sizes)
    assert multiply_adds(network, DENSE) == network.n_coefs
    assert multiply_adds(network, SPARSE) == network.n_coefs - first_layer / 2
    assert multiply_adds(network, csr_array((4, 6))) == network.n_coefs - first_layer


@pytest.mark.parametrize(
    ("limit", "n_parts", "n_helpers"),
    [(1, 8, 0), (2, 1, 0), (2, 2, 1), (2, 8, 1), (4, 2, 1), (3, 8, 2)],
    indirect=["limit"],
)
def test_helpers_are_threads_with_a_part(limit, n_parts, n_helpers):
    """All threads but the fit's own help, as far as there are parts for them."""
    kernel = Kernel()
    with one_blas_thread():
        train(Team(n_parts, HELP_PAYS), kernel)
    assert kernel.count_helpers() == n_helpers
    assert len(kernel.callers) == 1 + n_helpers


@pytest.mark.parametrize(("work", "n_helpers"), [(HELP_PAYS - 1, 0), (HELP_PAYS, 1)])
def test_helpers_come_where_a_chunk_pays(work, n_helpers, limit):
    """Helpers are called for the multiply-adds of a chunk, from HELP_PAYS on."""
    kernel = Kernel()
    with one_blas_thread():
        train(Team(2, work / 7), kernel)
    assert kernel.count_helpers() == n_helpers


def test_helpers_stay_away_while_another_fit_runs(limit):
    """A team that began alone works alone while there is a second fit, and has its helpers again afterwards."""
    kernel, counts = Kernel(), []
    with one_blas_thread():
        team = Team(2, HELP_PAYS)
        train(team, kernel)
        counts.append(kernel.count_helpers())
        with one_blas_thread():
            train(team, kernel)
            counts.append(kernel.count_helpers())
            other = Team(2, HELP_PAYS)
            train(other, kernel)
            counts.append(kernel.count_helpers())
        train(team, kernel)
        counts.append(kernel.count_helpers())
    assert counts == [1, 1, 1, 2]
    assert not other.has_helpers


@pytest.mark.parametrize(("limit", "work"), [(1, HELP_PAYS), (2, HELP_PAYS), (2, HELP_PAYS - 1)], indirect=["limit"])
def test_parts_are_computed_once_by_whoever_has_time(limit, work):
    """map gives the results in order; to a slow helper the other thread leaves only what it has begun."""
    is_done_by_helper, enough = {}, threading.Event()

    def compute(part):
        is_helper = threading.current_thread() is not threading.main_thread()
        if is_helper:
            assert enough.wait(10)
        assert part not in is_done_by_helper
        is_done_by_helper[part] = is_helper
        if len(is_done_by_helper) == 6:
            enough.set()
        return 10 * part

    with one_blas_thread(), Team(8, work / 7) as team:
        assert team.map(compute, 7) == [0, 10, 20, 30, 40, 50, 60, 70]
    helped = [part for part, is_helper in sorted(is_done_by_helper.items()) if is_helper]
    assert helped in ([[1], [1, 2]] if limit == 2 and work == HELP_PAYS else [[]])


def test_an_error_in_a_part_is_raised(limit):
    """What goes wrong in a part that a helper computes reaches the caller of map."""

    def fail_at_once(part):
        if part:
            raise MemoryError(f"part {part}")
        time.sleep(0.05)

    with one_blas_thread(), Team(2, HELP_PAYS) as team, pytest.raises(MemoryError, match="part 1"):
        team.map(fail_at_once, 1)


def test_tickets_go_on_from_chunk_to_chunk(limit):
    """All threads begin a chunk at the same ticket: as many on as the last had."""
    kernel = Kernel()
    with one_blas_thread():
        team = Team(4, HELP_PAYS)
        for n_samples in (7, 6, 1):
            train(team, kernel, n_samples, n_rows=5)
    first_tickets = np.cumsum(
        [0, 5 * (3 * 2 + 1) * 4, 5 * (2 * 2 + 1) * 4]
    )  # networks, phases of mini-batches and end, parts
    assert kernel.first_tickets == np.repeat(first_tickets, 2).tolist()


@pytest.mark.parametrize("limit", [1, 2], indirect=True)
@pytest.mark.parametrize(("batch_size", "n_ahead"), [(5, 1), (5, 2), (23, 1)])
def test_chunks_come_in_order_one_ahead(limit, batch_size, n_ahead, monkeypatch):
    """A chunk holds its samples while it is in use, though a helper gathers the next one meanwhile, and no more."""
    monkeypatch.setattr("skl2._training.batches.CHUNK_BYTES", 5 * 16)
    monkeypatch.setattr("skl2._training.batches.MIN_AHEAD", n_ahead)
    gatherers, order = [], np.random.default_rng(0).permutation(N)

    def watched(source, indices, out):
        gather(source, indices, out)
        if source is SAMPLES.X:
            gatherers.append(threading.current_thread() is threading.main_thread())
            progress.release()

    progress = threading.Semaphore(0)
    monkeypatch.setattr("skl2._training.batches.gather", watched)
    batches = Batches(SAMPLES, batch_size, np.dtype(float), 10)
    n_chunks, rows = -(-N // (batch_size * (n_ahead if limit == 2 else 1))), []
    with one_blas_thread(), Team(1, 1) as team:
        for number, chunk in enumerate(team.prepare(batches, order[np.newaxis]), 1):
            last = min(number + 1, n_chunks) if limit == 2 else number
            while len(gatherers) < last:
                assert progress.acquire(timeout=10)
            assert len(gatherers) == last
            rows.append(chunk.X.dense.copy())
            np.testing.assert_array_equal(chunk.X.dense[:, 0], 2 * chunk.y[:, 0])
    assert len(rows) == n_chunks
    np.testing.assert_array_equal(np.concatenate(rows), SAMPLES.X[order])
    assert gatherers == [True] + [limit == 1] * (n_chunks - 1)
