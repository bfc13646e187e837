"""A mini-batch in parts is the mini-batch."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.sparse import csr_array

from skl2._kernels.activations import ACTIVATIONS
from skl2._kernels.epochs import DIVERGED, TRAINING
from skl2._kernels.inputs import Inputs
from skl2._kernels.losses import LOSSES
from skl2._kernels.network import Network
from skl2._kernels.optimizers import Step, take_step
from skl2._kernels.proximal import Groups
from skl2._kernels.training import bounds, penalty
from skl2._training.engine import make_rows

N_PARTS = [2, 4, 8]  # of 7 samples, or of 3 and 1: there are parts without a sample


def sparse(X):
    """Rows of X as the kernels take sparse ones."""
    rows = csr_array(X)
    return Inputs(np.empty((0, 0), X.dtype), rows.data, rows.indices.astype(np.int32), rows.indptr.astype(np.int64))


def assert_same_rows(rows, expected, rtol):
    """Both have the same weights, moments, losses and counts, to rounding."""
    scale = np.abs(expected.params).max()
    np.testing.assert_allclose(rows.params, expected.params, rtol=0, atol=rtol * scale)
    scale = np.abs(expected.moments).max()
    np.testing.assert_allclose(rows.moments, expected.moments, rtol=0, atol=rtol * scale)
    np.testing.assert_allclose(rows.loss, expected.loss, rtol=rtol)
    np.testing.assert_array_equal(rows.n_steps, expected.n_steps)
    np.testing.assert_array_equal(rows.status, expected.status)


@pytest.mark.parametrize("n_parts", N_PARTS)
@pytest.mark.parametrize("batch_size", [7, 3])
@pytest.mark.parametrize("loss", LOSSES)
def test_parts_are_the_whole(loss, batch_size, n_parts, tools):
    """Steps, moments and reported loss, with penalty and sample weights, do not depend on the number of parts."""
    problem = tools.draw_problem(loss, hidden=(4, 2))
    problem.chunk = problem.chunk._replace(batch_size=batch_size)
    settings = {"optimizer": tools.plain(momentum=0.9, nesterov=True), "rate": 0.05, "l2": 0.3, "decay": 0.2}
    _, whole = tools.run_chunk(problem, problem.params, **settings)
    _, parts = tools.run_chunk(problem, problem.params, **settings, n_parts=n_parts)
    assert whole.n_steps[0] == -(-7 // batch_size)
    assert np.all(parts.params != problem.params)
    assert_same_rows(parts, whole, rtol=1e-13)


@pytest.mark.parametrize("n_parts", N_PARTS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_parts_of_float32(activation, n_parts, tools):
    """In single precision too, with Adam and each activation, parts give the whole to rounding."""
    problem = tools.draw_problem("log_loss", activation, dtype=np.float32)
    settings = {"optimizer": tools.plain("adam"), "rate": 1e-3, "l2": 0.3}
    _, whole = tools.run_chunk(problem, problem.params, **settings)
    _, parts = tools.run_chunk(problem, problem.params, **settings, n_parts=n_parts)
    assert parts.params.dtype == np.float32
    assert_same_rows(parts, whole, rtol=1e-5)


@pytest.mark.parametrize("n_parts", [1, *N_PARTS])
@pytest.mark.parametrize("batch_size", [7, 3])
def test_parts_of_sparse_samples(batch_size, n_parts, tools):
    """Sparse samples in parts take the steps of the dense ones; some of their rows and features are empty."""
    problem = tools.draw_problem("squared_error")
    X = problem.chunk.X.dense * (np.arange(21).reshape(7, 3) % 2)
    X[2], X[:, 1] = 0, 0
    problem.chunk = problem.chunk._replace(X=tools.dense(X), batch_size=batch_size)
    _, whole = tools.run_chunk(problem, problem.params, tools.plain("sgd"), rate=0.05, l2=0.3)
    problem.chunk = problem.chunk._replace(X=sparse(X))
    _, parts = tools.run_chunk(problem, problem.params, tools.plain("sgd"), rate=0.05, l2=0.3, n_parts=n_parts)
    assert_same_rows(parts, whole, rtol=1e-13)


@pytest.mark.parametrize("n_parts", [1, *N_PARTS])
def test_rows_in_parts_do_not_see_each_other(n_parts, tools):
    """Networks trained together in parts end where each ends alone in as many parts, bit for bit."""
    problem = tools.draw_problem("squared_error")
    problem.chunk = problem.chunk._replace(batch_size=3)
    params = np.stack([problem.params, -problem.params, 2 * problem.params])
    rows = make_rows(params.copy(), problem.network.sizes, 2, [0.1, 0.2, 0.0], [0.0, 0.0, 0.3])
    tools.train(problem, tools.plain("adam"), rows, 0.05, n_parts)
    for row in range(3):
        settings = {"l2": rows.l2[row], "decay": rows.decay[row], "n_parts": n_parts}
        _, alone = tools.run_chunk(problem, params[row], tools.plain("adam"), rate=0.05, **settings)
        np.testing.assert_array_equal(rows.params[row], alone.params[0])
        assert rows.loss[row] == alone.loss[0]


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")  # numpy's words, without compilation
@pytest.mark.parametrize("where", [0, 3, 6])
@pytest.mark.parametrize("n_parts", [1, *N_PARTS])
def test_divergence_in_one_part_ends_the_row(n_parts, where, tools):
    """One sample that overflows the loss, in any part: no part of the params moves, nor do moments, steps and loss."""
    problem = tools.draw_problem("squared_error")
    problem.chunk.y[where] = 1e200
    rows = make_rows(np.stack([problem.params] * 2), problem.network.sizes, 2, [0.1, 0.1], [0.0, 0.0])
    rows.status[1] = DIVERGED + 3  # ended before, for another reason
    tools.train(problem, tools.plain("adam"), rows, 0.1, n_parts)
    assert rows.status.tolist() == [DIVERGED, DIVERGED + 3]
    np.testing.assert_array_equal(rows.params, [problem.params] * 2)
    assert not rows.moments.any()
    assert not rows.n_steps.any()
    assert not rows.loss.any()


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
@pytest.mark.parametrize("n_parts", [1, *N_PARTS])
def test_steps_before_a_divergence_stand(n_parts, tools):
    """A row that diverges in its second mini-batch keeps the first step and takes no third; another row trains on."""
    problem = tools.draw_problem("squared_error")
    problem.chunk = problem.chunk._replace(batch_size=3)
    problem.chunk.y[4] = np.nan
    first = problem.chunk._replace(
        X=tools.dense(problem.chunk.X.dense[:3]), y=problem.chunk.y[:3], sample_weight=problem.chunk.sample_weight[:3]
    )
    rows = make_rows(problem.params[np.newaxis].copy(), problem.network.sizes, 2, [0.1], [0.0])
    tools.train(problem, tools.plain("adam"), rows, 0.1, n_parts)
    problem.chunk = first
    _, expected = tools.run_chunk(problem, problem.params, tools.plain("adam"), rate=0.1, l2=0.1, n_parts=n_parts)
    assert expected.status[0] == TRAINING
    assert_same_rows(rows._replace(status=expected.status), expected, rtol=0)
    assert rows.status[0] == DIVERGED


@pytest.mark.parametrize("n_parts", N_PARTS)
def test_only_a_mini_batch_without_any_weight_is_no_step(n_parts, tools):
    """A mini-batch without weight is left out; one with weight in a single part is a step on that sample alone."""
    problem = tools.draw_problem("log_loss")
    problem.chunk = problem.chunk._replace(batch_size=4)
    weight = problem.chunk.sample_weight
    weight[:4], weight[5:] = 0, 0
    _, rows = tools.run_chunk(problem, problem.params, tools.plain("adam"), rate=0.1, l2=0.1, n_parts=n_parts)
    assert rows.n_steps[0] == 1
    problem.chunk = problem.chunk._replace(
        X=tools.dense(problem.chunk.X.dense[4:5]), y=problem.chunk.y[4:5], sample_weight=weight[4:5]
    )
    _, alone = tools.run_chunk(problem, problem.params, tools.plain("adam"), rate=0.1, l2=0.1)
    assert_same_rows(rows, alone, rtol=1e-13)


@pytest.mark.parametrize("n", [0, 1, 5, 8, 1001])
@pytest.mark.parametrize("n_parts", [1, *N_PARTS])
def test_bounds_tile(n_parts, n):
    """Parts follow each other from 0 to n, and are as large as each other but for one."""
    parts = [bounds(n, part, n_parts) for part in range(n_parts)]
    assert [parts[0][0], *(stop for _, stop in parts)] == [*(start for start, _ in parts), n]
    sizes = [stop - start for start, stop in parts]
    assert {n // n_parts, -(-n // n_parts)} >= set(sizes)


@pytest.mark.parametrize("n_parts", [1, *N_PARTS])
def test_penalty_is_shared(n_parts):
    """The shares of all parts are (λ/2)·Σ‖W‖², of weights alone, and without λ nothing, however large the weights."""
    params, network = np.append(np.arange(1.0, 6.0), [1e9, np.inf]), Network(np.array([5, 1]), 0, 0, 5, np.zeros(1))
    rows = make_rows(params[np.newaxis], network.sizes, 1, [0.3], [0.0])
    shares = [penalty(network, rows, 0, part, n_parts) for part in range(n_parts)]
    assert sum(shares) == pytest.approx(0.15 * 55, rel=1e-15)
    assert sum(share > 0 for share in shares) == min(n_parts, 5)
    everything = Network(np.array([7, 1]), 0, 0, 7, np.zeros(1))
    rows = make_rows(params[np.newaxis], everything.sizes, 1, [0.0], [0.0])
    assert penalty(everything, rows, 0, n_parts - 1, n_parts) == 0


@pytest.mark.parametrize("n_coefs", [0, 1, 4, 6, 11])
@pytest.mark.parametrize("name", ["sgd", "adam"])
def test_a_step_in_parts_is_the_step(name, n_coefs, tools):
    """Cut anywhere, before, at or after the last weight, the parts of a step are bit for bit the step."""
    random = np.random.default_rng(0)
    start, grad = random.standard_normal((2, 11))
    optimizer, step = tools.plain(name, momentum=0.9), Step(0.1, np.array([0.3]), np.array([0.2]), 3)

    def run(*cuts):
        params, moments = start.copy(), np.full((2, 11), 0.5)
        for where in pairwise(cuts):
            take_step(optimizer, step, params, grad, moments, np.array([n_coefs, 1]), where)
        return np.vstack([params, moments])

    whole = run(0, 11)
    for cuts in ((0, 4, 11), (0, 3, 3, 8, 11), (0, 1, 6, 11), tuple(range(12))):
        np.testing.assert_array_equal(run(*cuts), whole)
    touched = run(3, 8) != np.vstack([start, np.full((2, 11), 0.5)])
    assert not touched[:, [0, 1, 2, 8, 9, 10]].any()
    assert touched[:2, 3:8].all()


@pytest.mark.parametrize("n_parts", [1, *N_PARTS])
@pytest.mark.parametrize("strengths", [(0.3, 0.3), (0.3, 0.1), (0.0, 0.2), (0.2, 0.0)], ids=str)
def test_penalty_has_a_strength_for_each_layer(strengths, n_parts):
    """It is Σ (λ/2)·‖W‖² + λ₁·Σ|W| over layers, plus Σ λ_g·‖W_g‖ over groups of columns, cut into parts wherever."""
    groups = Groups(np.array([2, 0, 1]), np.array([0, 2, 3]))  # (2, 0) and 1
    params, network = np.arange(-6.0, 10.0), Network(np.array([3, 3, 1]), 0, 0, 12, np.zeros(1), groups=groups)
    rows = make_rows(params[np.newaxis], network.sizes, 1, [strengths], [0.0], ([strengths[::-1]], [0.7]))
    shares = [penalty(network, rows, 0, part, n_parts) for part in range(n_parts)]
    first, second = params[:9], params[9:12]
    expected = np.dot(strengths, [np.sum(first**2), np.sum(second**2)]) / 2
    expected += np.dot(strengths[::-1], [np.abs(first).sum(), np.abs(second).sum()])
    expected += 0.7 * (np.sqrt(2) * np.linalg.norm(first.reshape(3, 3)[[2, 0]]) + np.linalg.norm(first[3:6]))
    assert sum(shares) == pytest.approx(expected, rel=1e-14)
