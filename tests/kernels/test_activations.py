"""Every row of ACTIVATIONS: kernel, derivative and numpy twin agree."""

import numpy as np
import pytest

from skl2._kernels.activations import ACTIVATIONS, activate, multiply_by_derivative

Z = np.random.default_rng(0).uniform(-4, 4, (10, 5))
INTERCEPT = np.linspace(-1, 1, 5)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_kernel_equals_numpy(name, tools):
    """The kernel that trains and the numpy function that predicts compute the same activation."""
    z = Z.copy()
    activate(ACTIVATIONS[name].code, z, INTERCEPT, tools.make_bits(z.dtype))
    np.testing.assert_allclose(z, ACTIVATIONS[name].numpy(Z + INTERCEPT), rtol=0, atol=5e-16)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_derivative_by_central_differences(name):
    """multiply_by_derivative, given the output, multiplies delta by the slope at the input, and sums its rows."""
    activation, h, total = ACTIVATIONS[name], 1e-6, np.full(5, np.nan)
    delta = np.linspace(-2, 2, Z.size).reshape(Z.shape)
    expected = delta * (activation.numpy(Z + h) - activation.numpy(Z - h)) / (2 * h)
    multiply_by_derivative(activation.code, activation.numpy(Z.copy()), delta, total)
    np.testing.assert_allclose(delta, expected, rtol=0, atol=1e-9)
    np.testing.assert_allclose(total, delta.sum(axis=0), rtol=0, atol=1e-14)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_nan_passes(name, tools):
    """No activation hides a NaN, in the kernel or in numpy: divergence must be seen."""
    z = np.array([[np.nan]])
    activate(ACTIVATIONS[name].code, z, np.zeros(1), tools.make_bits(z.dtype))
    assert np.isnan(z[0, 0])
    assert np.isnan(ACTIVATIONS[name].numpy(np.array([np.nan]))[0])


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numpy_keeps_dtype_and_does_not_overflow(name, dtype):
    """The numpy twin returns the dtype it is given, and huge arguments raise no floating-point warning."""
    z = np.array([-1e4, -50, 0, 50, 1e4], dtype)
    assert ACTIVATIONS[name].numpy(z).dtype == dtype


def test_relu_has_slope_zero_at_zero():
    """relu'(0) = 0, the choice of scikit-learn."""
    delta = np.ones((1, 1))
    multiply_by_derivative(ACTIVATIONS["relu"].code, np.zeros((1, 1)), delta, np.empty(1))
    assert delta[0, 0] == 0
