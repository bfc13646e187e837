"""Memory that begins with a cache line."""

import numpy as np
import pytest

from skl2 import MLPClassifier
from skl2._estimators.problem import make_problem
from skl2._estimators.solution import begin, solve
from skl2._inputs.samples import Given
from skl2._kernels.training import LINE
from skl2._training import alignment
from skl2._training.engine import join, make_workspace

RANDOM = np.random.default_rng(0)
X, Y = RANDOM.standard_normal((30, 3)), RANDOM.integers(0, 3, 30)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(1,), (7, 3), (2, 3, 5), (300, 300)], ids=str)
def test_arrays_begin_with_a_line(shape, dtype):
    """However many are made, each is a writeable array in C order, of its shape and type, and begins with a line."""
    for array in [alignment.empty(shape, dtype) for _ in range(20)]:
        array[:] = 1
        assert (array.shape, array.dtype) == (shape, dtype)
        assert array.flags.c_contiguous
        assert alignment.is_aligned(array)


def test_whole_lines_hold_as_many_and_no_more_than_needed():
    """The next multiple of a line of float32, so that rows of such a length all begin with lines."""
    assert [alignment.whole_lines(n) for n in (1, LINE - 1, LINE, LINE + 1)] == [LINE, LINE, LINE, 2 * LINE]


def start(dtype, optimizer="adam"):
    """The Training of three networks of 31 weights and intercepts, and what solves it."""
    model = MLPClassifier((4,), dtype=dtype, optimizer=optimizer, batch_size=10, max_iter=3, random_state=0)
    problem = make_problem(model, Given(X, Y, None))
    return model, problem, begin(model, problem, np.array([0.0, 0.1, 0.3]))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_what_fills_a_line_is_zero_and_stays_so(optimizer, dtype):
    """After training, numbers behind the intercepts of a network, and their moments, are 0."""
    model, problem, training = start(dtype, optimizer)
    n_params = problem.task.network.n_params
    assert n_params == 31
    assert training.rows.params.shape == (3, 32)
    solve(model, problem, training)
    assert not training.rows.params[:, n_params:].any()
    assert not training.rows.moments[:, :, n_params:].any()
    assert training.rows.moments[:, :, n_params - 1].all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_network_in_training_begins_with_a_line(dtype):
    """Weights and moments of each network, gradients of each part, also after some were taken out and joined."""
    _, problem, training = start(dtype)
    workspace = make_workspace(problem.task.network, 10, training.rows.params, n_parts=2)
    again = join([training.take([1]), training.take(np.array([2, 0]))], [[1], [2, 0]])
    for rows in (training.rows, training.take([2, 1]).rows, again.rows):
        vectors = [*rows.params, *rows.moments.reshape(-1, 32), *workspace.grad, *workspace.activations]
        assert all(map(alignment.is_aligned, vectors))
    np.testing.assert_array_equal(again.rows.params, training.rows.params)


def test_what_came_from_elsewhere_is_moved():
    """Training that a pickle or a memory map brought, and does not begin with lines, is copied before it goes on."""
    _, _, training = start("float32")
    assert training.to_train() is training
    params = np.append(np.float32(0), training.rows.params)[1:].reshape(training.rows.params.shape)
    moved = training._replace(rows=training.rows._replace(params=params)).to_train()
    assert alignment.is_aligned(moved.rows.params)
    np.testing.assert_array_equal(moved.rows.params, training.rows.params)
