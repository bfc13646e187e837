"""The entry kernel of training: chunks, rows, weights and divergence."""

import numpy as np
import pytest

from skl2._kernels.epochs import DIVERGED, TRAINING
from skl2._training.engine import make_rows


def test_rows_do_not_see_each_other(tools):
    """Three networks trained together end where each ends alone, bit for bit."""
    problem = tools.draw_problem("squared_error")
    problem.chunk = problem.chunk._replace(batch_size=3)
    params = np.stack([problem.params, -problem.params, 2 * problem.params])
    rows = make_rows(params.copy(), problem.network.sizes, 2, [0.1, 0.2, 0.0], [0.0, 0.0, 0.3])
    adam = tools.plain("adam")
    tools.train(problem, adam, rows, 0.05)
    for row in range(3):
        _, alone = tools.run_chunk(problem, params[row], adam, rate=0.05, l2=rows.l2[row], decay=rows.decay[row])
        np.testing.assert_array_equal(rows.params[row], alone.params[0])


def test_mini_batches_of_a_chunk_are_steps(tools):
    """A chunk of 7 samples in mini-batches of 3 is three steps, the last on one sample, like three chunks."""
    problem = tools.draw_problem("squared_error")
    whole = problem.chunk._replace(batch_size=3)
    problem.chunk = whole
    loss, together = tools.run_chunk(problem, problem.params, tools.plain(), rate=0.1, l2=0.2)
    params, total = problem.params, 0.0
    for start in range(0, 7, 3):
        part = slice(start, start + 3)
        problem.chunk = whole._replace(
            X=tools.dense(whole.X.dense[part]), y=whole.y[part], sample_weight=whole.sample_weight[part]
        )
        part_loss, rows = tools.run_chunk(problem, params, tools.plain(), rate=0.1, l2=0.2)
        params = rows.params[0]
        total += part_loss * problem.chunk.sample_weight.sum()
    assert together.n_steps[0] == 3
    np.testing.assert_allclose(together.params[0], params, rtol=1e-15)
    np.testing.assert_allclose(loss, total / whole.sample_weight.sum(), rtol=1e-14)


def test_each_mini_batch_has_its_learning_rate(tools):
    """The rate of mini-batch b is rates[epoch, b], also where a chunk begins inside the epoch."""
    problem = tools.draw_problem("squared_error")
    problem.chunk = problem.chunk._replace(first_batch=2)
    rows = make_rows(problem.params[np.newaxis].copy(), problem.network.sizes, 1, [0.0], [0.0])
    tools.train(problem, tools.plain(), rows, [0.0, 0.0, 0.1, 0.0])
    problem.chunk = problem.chunk._replace(first_batch=0)
    _, expected = tools.run_chunk(problem, problem.params, tools.plain(), rate=0.1)
    np.testing.assert_array_equal(rows.params, expected.params)


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")  # numpy's words when kernels run uncompiled
def test_divergence_ends_a_row_before_its_step(tools):
    """A loss that is not finite sets DIVERGED, leaves the params of that row and lets the other row train."""
    problem = tools.draw_problem("squared_error")
    params = np.stack([np.full_like(problem.params, 1e200), problem.params])
    rows = make_rows(params.copy(), problem.network.sizes, 1, [0.0, 0.0], [0.0, 0.0])
    tools.train(problem, tools.plain(), rows, 0.1)
    assert rows.status.tolist() == [DIVERGED, TRAINING]
    assert rows.n_steps.tolist() == [0, 1]
    np.testing.assert_array_equal(rows.params[0], params[0])
    assert np.all(rows.params[1] != params[1])


def test_mini_batch_without_weight_is_no_step(tools):
    """A mini-batch whose weights are all zero changes neither params nor moments nor the count of steps."""
    problem = tools.draw_problem("log_loss")
    problem.chunk = problem.chunk._replace(sample_weight=np.zeros(7))
    rows = make_rows(problem.params[np.newaxis].copy(), problem.network.sizes, 2, [0.1], [0.0])
    tools.train(problem, tools.plain("adam"), rows, 0.1)
    np.testing.assert_array_equal(rows.params[0], problem.params)
    assert rows.n_steps[0] == 0
    assert not rows.moments.any()
