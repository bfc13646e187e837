"""Every row of LOSSES against scikit-learn's losses, each delta against its loss, and each constant as its minimum."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import huber, xlogy
from sklearn.metrics import log_loss, mean_gamma_deviance, mean_pinball_loss

from skl2._kernels.links import LINKS
from skl2._kernels.losses import LOSSES, loss_and_delta

RAW = np.random.default_rng(1).normal(scale=3, size=(7, 3))


def of_outputs(loss, prediction, y, sample_weight, parameters):
    """The sum over samples for each output, by scipy and scikit-learn or the formula."""
    if loss == "squared_error":
        return 0.5 * sample_weight @ (prediction - y) ** 2
    if loss == "absolute_error":
        return sample_weight @ np.abs(prediction - y)
    if loss == "huber":
        return sample_weight @ huber(parameters, prediction - y)
    if loss == "poisson":  # half the deviance
        return sample_weight @ (xlogy(y, y / prediction) - y + prediction)
    columns = zip(np.broadcast_to(y, prediction.shape).T, prediction.T, parameters, strict=True)
    total = sample_weight.sum()
    if loss == "quantile":
        return [total * mean_pinball_loss(*pair, sample_weight=sample_weight, alpha=level) for *pair, level in columns]
    if loss == "gamma":
        return [total / 2 * mean_gamma_deviance(*pair, sample_weight=sample_weight) for *pair, _ in columns]
    return [cross_entropy(np.c_[1 - t, t], np.c_[1 - p, p], sample_weight, share) for t, p, share in columns]


def cross_entropy(targets, probability, sample_weight, smoothing):
    """The log loss of targets (n, n_classes) of 0 and 1, of which a share is spread evenly."""
    if not smoothing:
        labels = np.arange(targets.shape[1])
        weight = {"sample_weight": sample_weight, "normalize": False}
        return log_loss(targets.argmax(axis=1), probability, labels=labels, **weight)
    targets = (1 - smoothing) * targets + smoothing / targets.shape[1]
    return -sample_weight @ np.sum(targets * np.log(probability), axis=1)


def reference(loss, raw, y, sample_weight, parameters):
    """The sum over samples and outputs."""
    prediction = LINKS[LOSSES[loss].out_activation](raw.copy())
    if loss == "log_loss":
        return cross_entropy(np.eye(raw.shape[1])[y[:, 0].astype(int)], prediction, sample_weight, parameters[0])
    return np.sum(of_outputs(loss, prediction, y, sample_weight, parameters))


@pytest.fixture(params=[*LOSSES, "log_loss, plain", "binary_log_loss, plain", "quantile of each"])
def case(request, tools):
    """A loss, its parameters, raw predictions (7, 2 or 3), targets and weights."""
    loss = request.param.split(",")[0].removesuffix(" of each")
    problem = tools.draw_problem(loss)
    parameters, chunk = problem.network.loss_parameters, problem.chunk
    y = np.column_stack([chunk.y, 1 - chunk.y]) if "of each" in request.param else chunk.y
    parameters = 0 * parameters if "plain" in request.param else parameters
    return loss, parameters, RAW[:, : parameters.size].copy(), y, chunk.sample_weight


def whole(y, loss):
    """Targets as numpy takes them: the numbers of classes are whole."""
    return y.astype(int) if loss == "log_loss" else y


def test_loss_equals_scikit_learn(case, tools):
    """The kernel returns the weighted sum of the losses that scikit-learn (or the formula) gives."""
    loss, parameters, raw, y, sample_weight = case
    expected = reference(loss, raw, y, sample_weight, parameters)
    result = loss_and_delta(LOSSES[loss].code, parameters, raw, y, sample_weight, tools.make_bits(raw.dtype))
    np.testing.assert_allclose(result, expected, rtol=1e-13)


def test_numpy_twin_is_the_kernel(case, tools):
    """The loss of each sample in numpy, which validation uses, sums up to the kernel's."""
    loss, parameters, raw, y, sample_weight = case
    expected = sample_weight @ LOSSES[loss].numpy(raw, whole(y, loss), parameters)
    result = loss_and_delta(LOSSES[loss].code, parameters, raw, y, sample_weight, tools.make_bits(raw.dtype))
    np.testing.assert_allclose(result, expected, rtol=1e-13)


def test_delta_by_central_differences(case, tools):
    """Delta is the derivative of the sum by each raw prediction."""
    loss, parameters, raw, y, sample_weight = case
    code, bits, h = LOSSES[loss].code, tools.make_bits(raw.dtype), 1e-5
    delta = raw.copy()
    loss_and_delta(code, parameters, delta, y, sample_weight, bits)
    for index in np.ndindex(raw.shape):
        up, down = raw.copy(), raw.copy()
        up[index] += h
        down[index] -= h
        slope = np.subtract(*(loss_and_delta(code, parameters, z, y, sample_weight, bits) for z in (up, down)))
        assert delta[index] == pytest.approx(slope / (2 * h), abs=1e-8, rel=1e-8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loss", ["absolute_error", "quantile", "huber"])
def test_what_is_met_pulls_nowhere(loss, dtype, tools):
    """A prediction that is the target costs nothing and has derivative 0, at the kink too; NaN is neither side."""
    y = np.array([[0.1, 3.0]], dtype)
    raw, weight = y.copy(), np.full(1, 2, dtype)
    assert loss_and_delta(LOSSES[loss].code, np.full(2, 0.3), raw, y, weight, tools.make_bits(dtype)) == 0
    np.testing.assert_array_equal(raw, [[0, 0]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loss", ["binary_log_loss", "log_loss"])
def test_confident_mistakes_cost_their_distance(loss, dtype, tools):
    """A raw prediction 500 on the wrong side costs 500: no clipping of probabilities, no overflow."""
    raw = np.array([[500.0]] if loss == "binary_log_loss" else [[0.0, 500.0]], dtype)
    y, sample_weight, none = np.zeros((1, 1), dtype), np.ones(1, dtype), np.zeros(raw.shape[1])
    assert loss_and_delta(LOSSES[loss].code, none, raw, y, sample_weight, tools.make_bits(dtype)) == pytest.approx(500)
    np.testing.assert_allclose(raw, [[1.0]] if loss == "binary_log_loss" else [[-1.0, 1.0]], atol=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
def test_nan_passes(loss, tools):
    """A NaN among the raw predictions makes the loss NaN: divergence must be seen."""
    problem = tools.draw_problem(loss)
    raw = np.zeros((7, 3 if loss == "log_loss" else 2))
    raw[2, 1] = np.nan
    call, chunk = (LOSSES[loss].code, problem.network.loss_parameters), problem.chunk
    assert np.isnan(loss_and_delta(*call, raw, chunk.y, chunk.sample_weight, tools.make_bits(raw.dtype)))


def test_softmax_rows_sum_to_one_without_overflow():
    """The numpy softmax is a distribution even for raw predictions of ±1e4."""
    z = np.array([[1e4, -1e4, 0.0], [1.0, 2.0, 3.0]])
    np.testing.assert_allclose(LINKS["softmax"](z).sum(axis=1), 1, rtol=1e-15)


def test_softmax_of_the_largest_numbers():
    """Raw predictions further apart than float64 can say are probabilities of 1 and 0, without numpy's warning."""
    np.testing.assert_array_equal(LINKS["softmax"](np.array([[1.7e308, -1.7e308, 0.0]])), [[1, 0, 0]])


def mean_loss(loss, raw, y, sample_weight, parameters):
    """The mean, over samples that may weigh, of the loss of one raw prediction (n_outputs,) for all of them."""
    return np.average(LOSSES[loss].numpy(np.tile(raw, (len(y), 1)), y, parameters), weights=sample_weight)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_constant_is_the_minimum(case, weighted):
    """No constant raw prediction has a smaller mean loss than that of `constant`, whose mean loss is what it says."""
    loss, parameters, raw, y, sample_weight = case
    y, sample_weight = whole(y, loss), sample_weight if weighted else None
    constant, least = LOSSES[loss].constant(y, sample_weight, parameters)
    assert constant.shape == (raw.shape[1],)
    assert mean_loss(loss, constant, y, sample_weight, parameters) == pytest.approx(least, rel=1e-12)
    method = "Nelder-Mead" if loss in ("absolute_error", "quantile") else None  # kinks stop the others
    found = minimize(lambda z: mean_loss(loss, z, y, sample_weight, parameters), 0 * constant, tol=1e-10, method=method)
    assert found.fun == pytest.approx(least, abs=1e-6)  # a label that all have is approached at infinity
    for step in np.vstack([np.eye(constant.size), -np.eye(constant.size)]):
        assert mean_loss(loss, constant + 1e-3 * step, y, sample_weight, parameters) >= least - 1e-15


@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_constants_are_what_they_are_called(n):
    """Median and quantiles are numpy's, Huber's location is the mean for a wide δ and the median for a narrow one."""
    y = np.random.default_rng(n).standard_normal((n, 2))
    constants = {loss: LOSSES[loss].constant for loss in LOSSES}
    np.testing.assert_allclose(constants["absolute_error"](y, None, np.zeros(2))[0], np.median(y, axis=0), rtol=1e-14)
    levels = np.array([0.1, 0.5, 0.83])
    expected = np.quantile(y[:, 0], levels, method="averaged_inverted_cdf")
    np.testing.assert_allclose(constants["quantile"](y[:, :1], None, levels)[0], expected, rtol=1e-14)
    np.testing.assert_allclose(constants["huber"](y, None, np.full(2, 1e3))[0], y.mean(axis=0), rtol=1e-9)
    half = (np.sort(y, axis=0)[(n - 1) // 2], np.sort(y, axis=0)[n // 2])
    narrow = constants["huber"](y, None, np.full(2, 1e-9))[0]
    assert np.all((half[0] - 1e-8 <= narrow) & (narrow <= half[1] + 1e-8))
    np.testing.assert_allclose(constants["gamma"](np.exp(y), None, None)[0], np.log(np.exp(y).mean(axis=0)), rtol=1e-14)


@pytest.mark.parametrize("loss", [name for name, loss in LOSSES.items() if loss.regression])
def test_weights_of_a_constant_count_samples(loss, tools):
    """Whole weights are repetitions, and what weighs nothing is not there."""
    problem = tools.draw_problem(loss)
    y, parameters, weight = problem.chunk.y, problem.network.loss_parameters, np.array([0, 2, 1, 3, 0, 1, 4])
    (raw, least), (expected, same) = (
        LOSSES[loss].constant(values, weights, parameters)
        for values, weights in ((y, weight), (np.repeat(y, weight, axis=0), None))
    )
    np.testing.assert_allclose(raw, expected, rtol=1e-13)
    assert least == pytest.approx(same, rel=1e-13)


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
    none = np.zeros(4 if loss == "log_loss" else y.shape[1])
    constant, loss_of_constant = LOSSES[loss].constant(y, weight, none)
    assert np.all(np.isfinite(constant))
    assert loss_of_constant == pytest.approx(least, abs=1e-15)
    assert mean_loss(loss, constant, y, weight, none) == pytest.approx(least, abs=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.uint8])
@pytest.mark.parametrize("weighted", [False, True])
def test_equal_targets_have_no_variance(dtype, weighted):
    """Where all targets of an output are the same number, it is the constant, and its loss is exactly 0."""
    y = np.tile(np.array([[0.1, 200.7]]).astype(dtype), (7, 1))
    weight = np.linspace(0.1, 0.7, 7) if weighted else None
    constant, least = LOSSES["squared_error"].constant(y, weight, np.zeros(2))
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
    constant, least = LOSSES["squared_error"].constant((3e8 + noise).astype(dtype), weight, np.zeros(1))
    assert least == pytest.approx(variance.item() / 2, rel=1e-12)
    assert constant.item() - 3e8 == pytest.approx(np.average(noise[:, 0], weights=weight), abs=1e-7)
