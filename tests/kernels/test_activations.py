"""Every row of ACTIVATIONS: kernel, derivative and numpy twin agree."""

import numpy as np
import pytest

from skl2._kernels.activations import ACTIVATIONS, activate, keeps_slope, multiply_by_derivative

Z = np.random.default_rng(0).uniform(-4, 4, (10, 5))
INTERCEPT = np.linspace(-1, 1, 5)
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
SELU_SCALE, SELU_ALPHA = np.longdouble("1.0507009873554804934"), np.longdouble("1.6732632423543772848")


def run(name, z, tools, intercept=None):
    """Return (activation(z + intercept), what its derivative is made of), (n, units), by the kernels."""
    a, slope = z.copy(), np.full_like(z, np.nan)
    intercept = np.zeros(z.shape[1], z.dtype) if intercept is None else intercept
    activate(ACTIVATIONS[name].code, a, intercept, slope, tools.make_bits(z.dtype))
    return a, slope if keeps_slope(ACTIVATIONS[name].code) else a


def slopes(name, z, tools):
    """Return activation'(z), by the kernels."""
    one = np.ones_like(z)
    multiply_by_derivative(ACTIVATIONS[name].code, run(name, z, tools)[1], one, np.empty(z.shape[1], z.dtype))
    return one


def logistic(v):
    """1 / (1 + exp(-v)), without overflow."""
    return np.exp(np.minimum(v, 0)) / (1 + np.exp(-np.abs(v)))


def elu(z, scale=1, alpha=1):
    """Return (value, slope) of Clevert et al. (2016) and, scaled, of Klambauer et al. (2017)."""
    below = np.minimum(z, 0)
    return scale * np.where(z > 0, z, alpha * np.expm1(below)), scale * np.where(z > 0, 1, alpha * np.exp(below))


def gelu(z):
    """Return (value, slope) of 0.5 z (1 + tanh(√(2/π) (z + 0.044715 z³))), Hendrycks & Gimpel (2016)."""
    root = np.sqrt(2 / np.longdouble("3.14159265358979323846"))
    cubic = np.longdouble("0.044715")
    gate, rest = (logistic(sign * 2 * root * (z + cubic * z**3)) for sign in (1, -1))
    return z * gate, gate + z * 2 * root * (1 + 3 * cubic * z**2) * gate * rest


# (value, slope) in long double, and down to which size of them 8 eps are relative. GELU loses digits of its exponent
# in its left tail; the slopes of GELU and SiLU are sums that cross 0.
EXACT = {
    "leaky_relu": (lambda z: (np.where(z > 0, z, z / 100), np.where(z > 0, 1, np.longdouble("0.01"))), 0, 0),
    "elu": (elu, 0, 0),
    "selu": (lambda z: elu(z, SELU_SCALE, SELU_ALPHA), 0, 0),
    "softplus": (lambda z: (np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z))), logistic(z)), 0, 0),
    "silu": (lambda z: (z * logistic(z), logistic(z) + z * logistic(z) * logistic(-z)), 0, 0.1),
    "gelu": (gelu, 0.1, 0.1),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_kernel_equals_numpy(name, tools):
    """The kernel that trains and the numpy function that predicts compute the same activation."""
    a, _ = run(name, Z, tools, INTERCEPT)
    expected = ACTIVATIONS[name].numpy(Z + INTERCEPT)
    np.testing.assert_allclose(a, expected, rtol=0, atol=5e-16 * max(1, np.abs(expected).max()))


@DTYPES
@pytest.mark.parametrize("name", EXACT)
def test_accuracy(name, dtype, tools):
    """Kernel, slope and twin are within 8 eps of the exact value, relative unless `EXACT` says where not."""
    random, sizes = np.random.default_rng(0), np.geomspace(1e-30, 80, 1000)
    z = np.concatenate([random.uniform(-60, 60, 10000), random.uniform(-2, 2, 10000), -sizes, [0], sizes]).astype(dtype)
    function, smallest, smallest_slope = EXACT[name]
    value, slope = function(z.astype(np.longdouble))
    computed = run(name, z[np.newaxis], tools)[0][0], ACTIVATIONS[name].numpy(z.copy())
    cases = [(values, value, smallest) for values in computed]
    cases.append((slopes(name, z[np.newaxis], tools)[0], slope, smallest_slope))
    for found, exact, size in cases:
        assert np.all(np.abs(found - exact) <= 8 * np.finfo(dtype).eps * np.maximum(np.abs(exact), size))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_derivative_by_central_differences(name, tools):
    """multiply_by_derivative, given output or slope, multiplies delta by the derivative, and sums its rows."""
    activation, h, total = ACTIVATIONS[name], 1e-6, np.full(5, np.nan)
    delta = np.linspace(-2, 2, Z.size).reshape(Z.shape)
    expected = delta * (activation.numpy(Z + h) - activation.numpy(Z - h)) / (2 * h)
    multiply_by_derivative(activation.code, run(name, Z, tools)[1], delta, total)
    np.testing.assert_allclose(delta, expected, rtol=0, atol=1e-9)
    np.testing.assert_allclose(total, delta.sum(axis=0), rtol=0, atol=1e-14)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_nan_passes(name, tools):
    """No activation hides a NaN, in the kernel or in numpy: divergence must be seen."""
    assert np.isnan(run(name, np.array([[np.nan]]), tools)[0][0, 0])
    assert np.isnan(ACTIVATIONS[name].numpy(np.array([np.nan]))[0])


@DTYPES
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_numpy_keeps_dtype_and_does_not_overflow(name, dtype):
    """The numpy twin returns the dtype it is given, and huge arguments raise no floating-point warning."""
    largest = np.finfo(dtype).max / 2
    z = np.array([-np.inf, -largest, -1e4, -50, 0, 50, 1e4, largest, np.inf], dtype)
    assert ACTIVATIONS[name].numpy(z).dtype == dtype


@DTYPES
@pytest.mark.parametrize("name", EXACT)
def test_far_tails_have_their_limits(name, dtype, tools):
    """However far z is, values and slopes are those of the asymptotes: where training overshoots it can come back."""
    largest = np.finfo(dtype).max / 2
    z = np.array([[-np.inf, -largest, -1e30, 1e30, largest, np.inf]], dtype)
    scale, alpha = (SELU_SCALE, SELU_ALPHA) if name == "selu" else (1, 1 if name == "elu" else 0)
    left, left_slope = (z[0, :3] / 100, 0.01) if name == "leaky_relu" else (np.full(3, -scale * alpha), 0)
    expected = np.concatenate([left, dtype(scale) * z[0, 3:]])
    for values in (run(name, z, tools)[0], ACTIVATIONS[name].numpy(z.copy())):
        np.testing.assert_allclose(values[0], expected, rtol=1e-6, atol=1e-30)
    np.testing.assert_allclose(slopes(name, z, tools)[0], [left_slope] * 3 + [scale] * 3, rtol=1e-6, atol=1e-30)


def test_relu_has_slope_zero_at_zero():
    """relu'(0) = 0, the choice of scikit-learn."""
    delta = np.ones((1, 1))
    multiply_by_derivative(ACTIVATIONS["relu"].code, np.zeros((1, 1)), delta, np.empty(1))
    assert delta[0, 0] == 0


def test_slopes_at_a_kink_are_those_on_the_left(tools):
    """leaky_relu'(0) = 0.01 and selu'(0) = scale · alpha, the choices of torch."""
    zero = np.zeros((1, 1))
    assert slopes("leaky_relu", zero, tools)[0, 0] == 0.01
    assert slopes("selu", zero, tools)[0, 0] == pytest.approx(float(SELU_SCALE * SELU_ALPHA), rel=1e-15)
