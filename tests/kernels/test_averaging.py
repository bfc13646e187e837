"""The moving average of the parameters over steps."""

import numpy as np
import pytest

from skl2._kernels.averaging import move_average
from skl2._kernels.epochs import DIVERGED, TRAINING, WEIGHT_NORM
from skl2._training.engine import kept, make_rows

RATES = np.array([[0.1, 0.2, 0.3]])  # of an epoch of three mini-batches
START = 7.0  # of averages, which should not count


def average_of(trajectory, decay_rate, dtype=np.float64):
    """The average after each step of a trajectory, (n_steps, n_params)."""
    average, seen = np.full(trajectory.shape[1], START, dtype), []
    for count, params in enumerate(trajectory.astype(dtype), start=1):
        move_average(average, params, decay_rate, count)
        seen.append(average.copy())
    return np.array(seen)


@pytest.mark.parametrize("decay_rate", [1e-3, 0.5, 0.9, 0.999, 1 - 1e-6])
def test_average_is_the_weighted_mean_of_the_steps(decay_rate):
    """After step t it is Σₛ βᵗ⁻ˢ params_s / Σₛ βᵗ⁻ˢ, Adam's bias correction written out; the start does not count."""
    trajectory = np.random.default_rng(0).standard_normal((40, 5))
    expected = []
    for t in range(1, 41):
        weights = decay_rate ** np.arange(t - 1, -1, -1.0)
        expected.append(weights @ trajectory[:t] / weights.sum())
    np.testing.assert_allclose(average_of(trajectory, decay_rate), expected, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("decay_rate", [0.5, 0.999])
def test_average_of_what_stands_still_is_that(decay_rate, dtype):
    """Where params are constant their average is the same to the last bit, from the first step on."""
    constant = np.tile(np.random.default_rng(0).uniform(4, 8, 9).astype(dtype), (20, 1))  # exact differences from START
    np.testing.assert_array_equal(average_of(constant, decay_rate, dtype), constant)


def test_average_without_end_is_the_mean_of_all_steps():
    """For β that 1 - 1e-12 comes near to, the average is Polyak's, the mean of all params so far."""
    trajectory = np.random.default_rng(0).standard_normal((50, 4))
    means = np.cumsum(trajectory, axis=0) / np.arange(1, 51)[:, np.newaxis]
    np.testing.assert_allclose(average_of(trajectory, 1 - 1e-12), means, rtol=0, atol=1e-9)


def run(tools, optimizer, n_parts=1, dtype=np.float64, n_epochs=1, **changes):
    """Train two networks; return their Rows and the Epochs of the last call."""
    problem = tools.draw_problem("squared_error", dtype=dtype)
    problem.chunk = problem.chunk._replace(batch_size=3)
    rows = make_rows(
        np.stack([problem.params, -problem.params]),
        problem.network.sizes,
        2,
        [0.1, 0.0],
        [0.0, 0.3],
        averages=optimizer.averaging > 0,
    )
    for _ in range(n_epochs):
        epochs = tools.make_epochs(RATES, n_rows=2)
        tools.call(problem, optimizer, rows, epochs, n_parts)
    return problem, rows, epochs


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_training_goes_on_as_without_an_average(optimizer, dtype, tools):
    """Params, moments and losses of training are bit for bit those without an average."""
    _, without, epochs = run(tools, tools.plain(optimizer, momentum=0.9), dtype=dtype, n_epochs=2)
    _, rows, averaging_epochs = run(tools, tools.plain(optimizer, momentum=0.9, averaging=0.9), dtype=dtype, n_epochs=2)
    np.testing.assert_array_equal(rows.params, without.params)
    np.testing.assert_array_equal(rows.moments, without.moments)
    np.testing.assert_array_equal(averaging_epochs.curves[:, :, 0], epochs.curves[:, :, 0])
    assert rows.n_averaged.tolist() == rows.n_steps.tolist() == [6, 6]
    assert kept(rows) is rows.average
    assert kept(without) is without.params


@pytest.mark.parametrize("n_parts", [1, 2])
def test_the_kernel_averages_the_params_after_each_step(n_parts, tools):
    """The average after an epoch is that of the params which calls of one mini-batch each leave."""
    optimizer, seen = tools.plain("adam", averaging=0.8), []
    problem, rows, epochs = run(tools, optimizer, n_parts)
    alone = make_rows(np.stack([problem.params, -problem.params]), problem.network.sizes, 2, [0.1, 0.0], [0.0, 0.3])
    whole = problem.chunk
    for number, rate in enumerate(RATES[0]):
        part = slice(3 * number, 3 * number + 3)
        X, y, weight = tools.dense(whole.X.dense[part]), whole.y[part], whole.sample_weight[part]
        problem.chunk = whole._replace(X=X, y=y, sample_weight=weight)
        tools.train(problem, tools.plain("adam"), alone, rate, n_parts)
        seen.append(alone.params.copy())
    for row in range(2):
        expected = average_of(np.array(seen)[:, row], 0.8)[-1]
        np.testing.assert_allclose(rows.average[row], expected, rtol=1e-12)
        weight_norm = np.linalg.norm(rows.average[row, : problem.network.n_coefs])
        assert epochs.curves[row, 0, WEIGHT_NORM] == pytest.approx(weight_norm, rel=1e-13)


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")  # numpy's words, without compilation
@pytest.mark.parametrize("where", ["average", "params"])
def test_an_average_that_is_not_finite_ends_its_row(where, tools):
    """So do the params behind it."""
    problem, rows, _ = run(tools, tools.plain("adam", averaging=0.8))
    problem.chunk = problem.chunk._replace(sample_weight=np.zeros(7))  # no step is taken
    getattr(rows, where)[1, 0] = np.inf
    tools.call(problem, tools.plain("adam", averaging=0.8), rows, tools.make_epochs(RATES, n_rows=2))
    assert rows.status.tolist() == [TRAINING, DIVERGED]
