"""Every row of LOSSES against scikit-learn's losses, each delta against its loss, and each constant as its minimum."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import xlogy
from sklearn.metrics import log_loss

from skl2._kernels.losses import LOSSES, loss_and_delta


def reference(loss, raw, y, sample_weight):
    """The sum over samples, in numpy or by scikit-learn."""
    prediction = LOSSES[loss].link(raw.copy())
    if loss == "squared_error":
        return 0.5 * np.sum(sample_weight[:, np.newaxis] * (prediction - y) ** 2)
    if loss == "poisson":  # half the deviance
        return np.sum(sample_weight[:, np.newaxis] * (xlogy(y, y / prediction) - y + prediction))
    if loss == "binary_log_loss":
        return sum(
            log_loss(y[:, k], prediction[:, k], sample_weight=sample_weight, normalize=False, labels=[0, 1])
            for k in range(y.shape[1])
        )
    labels = np.arange(prediction.shape[1])
    return log_loss(y[:, 0], prediction, sample_weight=sample_weight, normalize=False, labels=labels)


@pytest.fixture(params=LOSSES)
def case(request, tools):
    """A loss, raw predictions (7, 2 or 3), targets and weights."""
    chunk = tools.draw_problem(request.param).chunk
    raw = np.random.default_rng(1).normal(scale=3, size=(7, 3 if request.param == "log_loss" else 2))
    return request.param, raw, chunk.y, chunk.sample_weight


def test_loss_equals_scikit_learn(case, tools):
    """The kernel returns the weighted sum of the losses that scikit-learn (or the formula) gives."""
    loss, raw, y, sample_weight = case
    expected = reference(loss, raw, y, sample_weight)
    result = loss_and_delta(LOSSES[loss].code, raw, y, sample_weight, tools.make_bits(raw.dtype))
    np.testing.assert_allclose(result, expected, rtol=1e-13)


def test_numpy_twin_is_the_kernel(case, tools):
    """The loss of each sample in numpy, which validation uses, sums up to the kernel's."""
    loss, raw, y, sample_weight = case
    expected = sample_weight @ LOSSES[loss].numpy(raw, y.astype(int) if loss == "log_loss" else y)
    result = loss_and_delta(LOSSES[loss].code, raw, y, sample_weight, tools.make_bits(raw.dtype))
    np.testing.assert_allclose(result, expected, rtol=1e-13)


def test_delta_by_central_differences(case, tools):
    """Delta is the derivative of the sum by each raw prediction."""
    loss, raw, y, sample_weight = case
    code, bits, h = LOSSES[loss].code, tools.make_bits(raw.dtype), 1e-5
    delta = raw.copy()
    loss_and_delta(code, delta, y, sample_weight, bits)
    for index in np.ndindex(raw.shape):
        up, down = raw.copy(), raw.copy()
        up[index] += h
        down[index] -= h
        slope = loss_and_delta(code, up, y, sample_weight, bits) - loss_and_delta(code, down, y, sample_weight, bits)
        assert delta[index] == pytest.approx(slope / (2 * h), abs=1e-8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loss", ["binary_log_loss", "log_loss"])
def test_confident_mistakes_cost_their_distance(loss, dtype, tools):
    """A raw prediction 500 on the wrong side costs 500: no clipping of probabilities, no overflow."""
    raw = np.array([[500.0]] if loss == "binary_log_loss" else [[0.0, 500.0]], dtype)
    y, sample_weight = np.zeros((1, 1), dtype), np.ones(1, dtype)
    assert loss_and_delta(LOSSES[loss].code, raw, y, sample_weight, tools.make_bits(dtype)) == pytest.approx(500)
    np.testing.assert_allclose(raw, [[1.0]] if loss == "binary_log_loss" else [[-1.0, 1.0]], atol=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
def test_nan_passes(loss, tools):
    """A NaN among the raw predictions makes the loss NaN: divergence must be seen."""
    problem = tools.draw_problem(loss)
    raw = np.zeros((7, 3 if loss == "log_loss" else 2))
    raw[2, 1] = np.nan
    code, chunk = LOSSES[loss].code, problem.chunk
    assert np.isnan(loss_and_delta(code, raw, chunk.y, chunk.sample_weight, tools.make_bits(raw.dtype)))


def test_softmax_rows_sum_to_one_without_overflow():
    """The numpy softmax is a distribution even for raw predictions of ±1e4."""
    z = np.array([[1e4, -1e4, 0.0], [1.0, 2.0, 3.0]])
    np.testing.assert_allclose(LOSSES["log_loss"].link(z).sum(axis=1), 1, rtol=1e-15)


def test_softmax_of_the_largest_numbers():
    """Raw predictions further apart than float64 can say are probabilities of 1 and 0, without numpy's warning."""
    np.testing.assert_array_equal(LOSSES["log_loss"].link(np.array([[1.7e308, -1.7e308, 0.0]])), [[1, 0, 0]])


def mean_loss(loss, raw, y, sample_weight):
    """The mean, over samples that may weigh, of the loss of one raw prediction (n_outputs,) for all of them."""
    return np.average(LOSSES[loss].numpy(np.tile(raw, (len(y), 1)), y), weights=sample_weight)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_constant_is_the_minimum(case, weighted):
    """No constant raw prediction has a smaller mean loss than that of `constant`, whose mean loss is what it says."""
    loss, raw, y, sample_weight = case
    y, sample_weight = y.astype(int) if loss == "log_loss" else y, sample_weight if weighted else None
    constant, least = LOSSES[loss].constant(y, sample_weight, raw.shape[1])
    assert constant.shape == (raw.shape[1],)
    assert mean_loss(loss, constant, y, sample_weight) == pytest.approx(least, rel=1e-12)
    found = minimize(lambda z: mean_loss(loss, z, y, sample_weight), np.zeros_like(constant), tol=1e-10)
    assert found.fun == pytest.approx(least, abs=1e-6)  # a label that all have is approached at infinity
    for step in np.vstack([np.eye(constant.size), -np.eye(constant.size)]):
        assert mean_loss(loss, constant + 1e-3 * step, y, sample_weight) >= least - 1e-15


@pytest.mark.parametrize(
    ("loss", "y", "weight", "least"),
    [
        ("log_loss", [[0], [0], [2]], None, np.log(3) - 2 / 3 * np.log(2)),
        ("log_loss", [[0], [0], [2], [3]], [1, 1, 1, 0], np.log(3) - 2 / 3 * np.log(2)),
        ("log_loss", [[2], [2]], None, 0.0),
        ("binary_log_loss", [[0, 1, 0], [0, 1, 1]], None, np.log(2)),
        ("binary_log_loss", [[0, 1, 0], [0, 1, 1], [1, 0, 1]], [1, 1, 0], np.log(2)),
        ("poisson", [[0, 1], [0, 3]], None, 1.5 * np.log(3) - 2 * np.log(2)),
    ],
)
def test_what_does_not_occur_is_improbable(loss, y, weight, least):
    """Classes, labels and events that do not occur have a finite raw prediction, with the loss of the others."""
    y = np.array(y, None if loss == "log_loss" else float)
    constant, loss_of_constant = LOSSES[loss].constant(y, weight, 4 if loss == "log_loss" else y.shape[1])
    assert np.all(np.isfinite(constant))
    assert loss_of_constant == pytest.approx(least, abs=1e-15)
    assert mean_loss(loss, constant, y, weight) == pytest.approx(least, abs=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.uint8])
@pytest.mark.parametrize("weighted", [False, True])
def test_equal_targets_have_no_variance(dtype, weighted):
    """Where all targets of an output are the same number, it is the constant, and its loss is exactly 0."""
    y = np.tile(np.array([[0.1, 200.7]]).astype(dtype), (7, 1))
    weight = np.linspace(0.1, 0.7, 7) if weighted else None
    constant, least = LOSSES["squared_error"].constant(y, weight, 2)
    np.testing.assert_array_equal(constant, y[0])
    assert least == 0


@pytest.mark.parametrize(("dtype", "step"), [(np.float32, 32.0), (np.float64, 2.0**-20)])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_large_mean_costs_no_digits(dtype, step, weighted):
    """The variance of small noise on a mean of 3e8 is that of the noise, in single precision too."""
    random = np.random.default_rng(0)
    noise = step * random.integers(-9, 9, (50, 1))
    weight = random.uniform(0.5, 2, 50) if weighted else None
    variance = np.average((noise - np.average(noise, axis=0, weights=weight)) ** 2, axis=0, weights=weight)
    constant, least = LOSSES["squared_error"].constant((3e8 + noise).astype(dtype), weight, 1)
    assert least == pytest.approx(variance.item() / 2, rel=1e-12)
    assert constant.item() - 3e8 == pytest.approx(np.average(noise[:, 0], weights=weight), abs=1e-7)
