"""The entry kernels: chunks, rows, weights, divergence, and what is measured after an epoch."""

import numpy as np
import pytest

from skl2._kernels.training import DIVERGED, TRAINING, measure
from skl2._training.engine import make_rows


def test_rows_do_not_see_each_other(tools):
    """Three networks trained together end where each ends alone, bit for bit."""
    problem = tools.draw_problem("squared_error")
    problem.chunk = problem.chunk._replace(batch_size=3)
    params = np.stack([problem.params, -problem.params, 2 * problem.params])
    rows = make_rows(params.copy(), 2, [0.1, 0.2, 0.0], [0.0, 0.0, 0.3])
    rows = rows._replace(learning_rates=np.full((3, 3), 0.05))
    adam = tools.plain("adam")
    tools.train(problem, adam, rows)
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
    """The rate of mini-batch b of the epoch is learning_rates[row, b], also where a chunk begins inside the epoch."""
    problem = tools.draw_problem("squared_error")
    problem.chunk = problem.chunk._replace(first_batch=2)
    rows = make_rows(problem.params[np.newaxis].copy(), 1, [0.0], [0.0])
    rows = rows._replace(learning_rates=np.array([[0.0, 0.0, 0.1, 0.0]]))
    tools.train(problem, tools.plain(), rows)
    problem.chunk = problem.chunk._replace(first_batch=0)
    _, expected = tools.run_chunk(problem, problem.params, tools.plain(), rate=0.1)
    np.testing.assert_array_equal(rows.params, expected.params)


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")  # numpy's words when kernels run uncompiled
def test_divergence_ends_a_row_before_its_step(tools):
    """A loss that is not finite sets DIVERGED, leaves the params of that row and lets the other row train."""
    problem = tools.draw_problem("squared_error")
    params = np.stack([np.full_like(problem.params, 1e200), problem.params])
    rows = make_rows(params.copy(), 1, [0.0, 0.0], [0.0, 0.0])
    rows = rows._replace(learning_rates=np.full((2, 1), 0.1))
    tools.train(problem, tools.plain(), rows)
    assert rows.status.tolist() == [DIVERGED, TRAINING]
    assert rows.n_steps.tolist() == [0, 1]
    np.testing.assert_array_equal(rows.params[0], params[0])
    assert np.all(rows.params[1] != params[1])


def test_mini_batch_without_weight_is_no_step(tools):
    """A mini-batch whose weights are all zero changes neither params nor moments nor the count of steps."""
    problem = tools.draw_problem("log_loss")
    problem.chunk = problem.chunk._replace(sample_weight=np.zeros(7))
    rows = make_rows(problem.params[np.newaxis].copy(), 2, [0.1], [0.0])
    rows = rows._replace(learning_rates=np.full((1, 1), 0.1))
    tools.train(problem, tools.plain("adam"), rows)
    np.testing.assert_array_equal(rows.params[0], problem.params)
    assert rows.n_steps[0] == 0
    assert not rows.moments.any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_measure_sums_in_double_precision(tools, dtype):
    """Squares of weights and of intercepts, and moments, are summed for each network; float32 cannot overflow."""
    problem = tools.draw_problem("squared_error", dtype=dtype)
    n_coefs, sums = problem.network.n_coefs, np.empty((2, 3))
    rows = make_rows(np.stack([problem.params, np.full_like(problem.params, 3e38)]), 2, [0, 0], [0, 0])
    rows.moments[0] = 0.5
    measure[rows.params.dtype](rows.params, rows.moments, n_coefs, sums)
    weights, intercepts = np.split(rows.params.astype(float), [n_coefs], axis=1)
    expected = np.column_stack([(weights**2).sum(axis=1), (intercepts**2).sum(axis=1), [problem.params.size, 0]])
    np.testing.assert_allclose(sums, expected, rtol=1e-6 if dtype == np.float32 else 1e-13)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", ["weight", "intercept", "moment"])
def test_measure_sees_what_is_not_finite(tools, where, value):
    """One weight, intercept or moment that is not finite makes a sum of its network so, and of no other."""
    problem = tools.draw_problem("squared_error")
    rows, sums = make_rows(np.stack([problem.params] * 2), 2, [0, 0], [0, 0]), np.empty((2, 3))
    target = {"weight": rows.params[1], "intercept": rows.params[1, ::-1], "moment": rows.moments[1, 1]}[where]
    target[0] = value
    measure[rows.params.dtype](rows.params, rows.moments, problem.network.n_coefs, sums)
    assert np.isfinite(sums).all(axis=1).tolist() == [True, False]
