"""Gradients of the whole network, through the compiled entry kernel."""

import numpy as np
import pytest

from skl2._kernels.activations import ACTIVATIONS
from skl2._kernels.losses import LOSSES
from skl2._training.parameters import layer_views
from skl2._training.prediction import raw_prediction

HIDDEN = [(), (4,), (4, 3)]
LAMBDA = 0.3


def slopes(problem, tools, **mechanism):
    """Central differences of the reported loss by each parameter; with rate 0 nothing moves."""
    h, result = 1e-6, np.empty_like(problem.params)
    for i in range(problem.params.size):
        moved = [problem.params.copy() for _ in range(2)]
        moved[0][i] += h
        moved[1][i] -= h
        up, down = (tools.run_chunk(problem, params, tools.plain(), rate=0.0, **mechanism)[0] for params in moved)
        result[i] = (up - down) / (2 * h)
    return result


def step_taken(problem, tools, **mechanism):
    """Params before minus after one step of plain SGD with rate 1."""
    _, rows = tools.run_chunk(problem, problem.params, tools.plain(), rate=1.0, **mechanism)
    return problem.params - rows.params[0]


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("hidden", HIDDEN, ids=["depth0", "depth1", "depth2"])
def test_gradient_by_central_differences(activation, loss, hidden, tools):
    """With the l2 penalty, the gradient used is that of the reported loss, penalty included."""
    problem = tools.draw_problem(loss, activation, hidden)
    expected = slopes(problem, tools, l2=LAMBDA)
    np.testing.assert_allclose(step_taken(problem, tools, l2=LAMBDA), expected, rtol=2e-7, atol=2e-8)


@pytest.mark.parametrize("loss", LOSSES)
def test_decoupled_decay_is_outside_the_reported_loss(loss, tools):
    """With decoupled decay, the reported loss has the slopes of the data loss; the step adds λW to weights only."""
    problem = tools.draw_problem(loss)
    expected = slopes(problem, tools, decay=LAMBDA)
    np.testing.assert_allclose(slopes(problem, tools), expected, rtol=0, atol=1e-12)
    expected[: problem.network.n_coefs] += LAMBDA * problem.params[: problem.network.n_coefs]
    np.testing.assert_allclose(step_taken(problem, tools, decay=LAMBDA), expected, rtol=0, atol=2e-8)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_training_and_prediction_see_the_same_network(activation, tools):
    """The loss reported by the kernel is that of the numpy prediction."""
    problem = tools.draw_problem("squared_error", activation, (4, 3))
    chunk = problem.chunk
    raw = raw_prediction(chunk.X.dense, *layer_views(problem.params, problem.network.sizes), activation)
    expected = 0.5 * np.average(((raw - chunk.y) ** 2).sum(axis=1), weights=chunk.sample_weight)
    assert tools.run_chunk(problem, problem.params, tools.plain(), rate=0.0)[0] == pytest.approx(expected, rel=1e-13)


def test_float32_gradient_is_the_rounded_float64_gradient(tools):
    """The float32 kernel takes the step of the float64 kernel to single precision."""
    double = step_taken(tools.draw_problem("log_loss"), tools, l2=LAMBDA)
    single = step_taken(tools.draw_problem("log_loss", dtype=np.float32), tools, l2=LAMBDA)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, double, rtol=0, atol=1e-6)
