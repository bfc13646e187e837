"""Order, chunks and gathering."""

from itertools import islice

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.utils import shuffle

from skl2._training.batches import Batches, Order, Samples, gather

N = 23
X = np.arange(N * 2.0).reshape(N, 2)
SAMPLES = Samples(X, X[:, :1] + 0.5, np.arange(N) + 1.0, np.arange(N))


def collect(batches, order=None):
    """All rows of an epoch, copied out of the chunks, and the number of rows of each chunk."""
    order = np.arange(batches.n_samples) if order is None else order
    chunks = [
        (c.X.dense.copy(), c.y.copy(), c.sample_weight.copy(), c.first_batch) for c in batches.chunks(order[np.newaxis])
    ]
    X, y, weight, first = (list(part) for part in zip(*chunks, strict=True))
    return np.concatenate(X), np.concatenate(y), np.concatenate(weight), first


def test_an_epoch_holds_every_row_once_in_order(monkeypatch):
    """The chunks of an epoch are whole mini-batches and give each row with its own target and weight."""
    monkeypatch.setattr("skl2._training.batches.CHUNK_BYTES", 10 * 16)  # two mini-batches of 5 rows
    batches = Batches(SAMPLES, 5, np.dtype(float), n_params=10)
    rows, y, weight, first = collect(batches)
    np.testing.assert_array_equal(rows, X)
    np.testing.assert_array_equal(y, SAMPLES.y)
    np.testing.assert_array_equal(weight, SAMPLES.sample_weight)
    assert first == [0, 2, 4]
    assert batches.n_batches == 5


def test_order_is_scikit_learns():
    """Shuffling permutes the last order, with the permutations of sklearn.utils.shuffle at the same seed."""
    order, expected = Order(N, np.random.RandomState(7)), np.arange(N)
    theirs = np.random.RandomState(7)
    for _ in range(3):
        (drawn,) = order.draw(1)
        expected = shuffle(expected, random_state=theirs)
        np.testing.assert_array_equal(drawn, expected)
        np.testing.assert_array_equal(order.numbers, expected)


def test_only_the_rows_asked_for():
    """Some of the samples, in any order, are gathered from the same X with their own targets and weights."""
    taken = SAMPLES.take(np.array([4, 0, 22, 7])).take(np.array([2, 0, 1]))
    assert taken.X is X
    batches = Batches(taken, 2, np.dtype(np.float32), 10)
    rows, y, weight, _ = collect(batches, np.array([1, 2, 0]))
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(rows, X[[4, 0, 22]])
    np.testing.assert_array_equal(y, SAMPLES.y[[4, 0, 22]])
    np.testing.assert_array_equal(weight, [5, 1, 23])
    assert batches.total_weight == 5 + 1 + 23


def test_rows_of_their_own():
    """copy_rows gives the same samples without the rest of X."""
    alone = SAMPLES.take(np.array([4, 0, 22])).copy_rows()
    np.testing.assert_array_equal(alone.X, X[[4, 0, 22]])
    np.testing.assert_array_equal(alone.indices, [0, 1, 2])
    np.testing.assert_array_equal(alone.sample_weight, [5, 1, 23])


def test_missing_weights_are_ones():
    """Without sample_weight each row weighs 1."""
    batches = Batches(SAMPLES._replace(sample_weight=None), 5, np.dtype(float), 10)
    np.testing.assert_array_equal(collect(batches)[2], np.ones(N))
    assert batches.total_weight == N


@pytest.mark.parametrize("batch_size", [5, 400])
def test_chunks_are_bounded_by_work(batch_size, monkeypatch):
    """A network so large that one mini-batch is enough work gets chunks of one mini-batch."""
    monkeypatch.setattr("skl2._training.batches.CHUNK_FLOPS", 1)
    batches = Batches(SAMPLES, min(batch_size, N), np.dtype(float), n_params=10**6)
    assert next(batches.chunks(np.arange(N)[np.newaxis])).y.shape[0] == min(batch_size, N)


def test_a_chunk_ahead_leaves_the_one_in_use(monkeypatch):
    """Gathered ahead, a chunk takes the memory of the one before the last; otherwise that of the last."""
    monkeypatch.setattr("skl2._training.batches.CHUNK_BYTES", 5 * 16)
    monkeypatch.setattr("skl2._training.batches.MIN_AHEAD", 1)
    batches = Batches(SAMPLES, 5, np.dtype(float), 10)
    for ahead in (False, True):
        for _ in range(2):  # epochs
            chunks = list(batches.chunks(np.arange(N)[np.newaxis], ahead))
            assert len(chunks) == batches.count_chunks(ahead) == 5
            for one, following, third in zip(chunks, chunks[1:], chunks[2:], strict=False):
                for part in ("y", "sample_weight"):
                    assert np.shares_memory(getattr(one, part), getattr(following, part)) != ahead
                    assert np.shares_memory(getattr(one, part), getattr(third, part))
                assert np.shares_memory(one.X.dense, following.X.dense) != ahead
                assert np.shares_memory(one.X.dense, third.X.dense)
    np.testing.assert_array_equal(chunks[3].X.dense, X[15:20])
    np.testing.assert_array_equal(chunks[4].X.dense, X[20:])


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("batch_size", [1, 4, 5, 23])
def test_chunks_ahead_hold_what_the_others_hold(batch_size, sparse, monkeypatch):
    """Ahead or not, the chunks of an epoch are the same rows in the same mini-batches."""
    monkeypatch.setattr("skl2._training.batches.CHUNK_BYTES", 3 * 16)
    samples = SAMPLES._replace(X=csr_array(X)) if sparse else SAMPLES
    batches, order = Batches(samples, batch_size, np.dtype(float), 10), np.random.default_rng(0).permutation(N)
    epochs = []
    for ahead in (False, True):
        parts = [[], [], [], []]
        for chunk in batches.chunks(order[np.newaxis], ahead):
            assert chunk.first_batch * batch_size == len(parts[0])
            for values, new in zip(parts, (chunk.y, chunk.sample_weight, chunk.X.dense, chunk.X.data), strict=True):
                values.extend(new.tolist())
        epochs.append(parts)
    assert epochs[0] == epochs[1]
    assert epochs[0][0] == SAMPLES.y[order].tolist()


@pytest.mark.parametrize(
    ("batch_size", "n_batches"),
    [(1, 16), (3, 5), (4, 4), (5, 4), (16, 4), (17, 3), (21, 3), (22, 2), (32, 2), (33, 1), (64, 1), (65, 1), (500, 1)],
)
def test_chunks_ahead_are_bounded_by_memory(batch_size, n_batches, monkeypatch):
    """Chunks ahead are CHUNK_BYTES, or up to four mini-batches in up to four times that, but always one mini-batch."""
    monkeypatch.setattr("skl2._training.batches.CHUNK_BYTES", 16 * 16)  # 16 rows
    n_samples = 2000
    samples = Samples(np.zeros((n_samples, 2)), np.zeros((n_samples, 1)), None, np.arange(n_samples))
    batches = Batches(samples, batch_size, np.dtype(float), 10)
    one, other = (chunk.X.dense for chunk in islice(batches.chunks(np.arange(n_samples)[np.newaxis], ahead=True), 2))
    assert one.shape[0] == other.shape[0] == n_batches * batch_size
    assert one.nbytes <= max(4 * 16 * 16, batch_size * 16)
    assert batches.count_chunks(ahead=True) == -(-n_samples // one.shape[0])


def test_an_epoch_in_one_chunk_has_one_buffer():
    """Where a chunk holds all samples, nothing is allocated for a second one."""
    batches = Batches(SAMPLES, 5, np.dtype(float), 10)
    for _ in range(2):
        (chunk,) = batches.chunks(np.arange(N)[np.newaxis], ahead=True)
        assert chunk.y.shape[0] == N
    assert batches.count_chunks(ahead=True) == len(batches._buffers[N, True]) == 1


def test_work_bounds_chunks_ahead_too(monkeypatch):
    """A chunk ahead of more than CHUNK_FLOPS is one mini-batch: Ctrl-C waits for no more."""
    monkeypatch.setattr(
        "skl2._training.batches.CHUNK_FLOPS", 3 * 5 * 6 * 10
    )  # three mini-batches of 5, six flops per parameter
    batches = Batches(SAMPLES, 5, np.dtype(float), n_params=10)
    assert next(batches.chunks(np.arange(N)[np.newaxis], ahead=True)).y.shape[0] == 15
    batches = Batches(SAMPLES, 5, np.dtype(float), n_params=1000)
    assert next(batches.chunks(np.arange(N)[np.newaxis], ahead=True)).y.shape[0] == 5


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "source",
    [X, np.asfortranarray(X), X.astype(np.float32), X.astype(np.float16), X.astype(int), np.repeat(X, 2, 0)[::2]],
    ids=["C", "F", "float32", "float16", "int", "strided"],
)
def test_gather_takes_any_layout_and_dtype(source, dtype):
    """Gathering gives source[indices] cast to the buffer's dtype, whatever the layout of the source."""
    source.flags.writeable = False
    indices, out = np.array([3, 3, 0, 22]), np.empty((4, 2), dtype)
    gather(source, indices, out)
    np.testing.assert_array_equal(out, X[indices])
