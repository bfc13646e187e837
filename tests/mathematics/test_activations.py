"""What activations promise: training as the formulas of their papers say, and layers that keep their variance."""

import numpy as np
import pytest
from numpy.polynomial.legendre import leggauss
from scipy.optimize import minimize

from skl2 import MLPRegressor
from skl2._kernels.activations import ACTIVATIONS
from skl2._training.parameters import draw_initial, layer_views, pack

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

# As they are written in the papers, and for complex z: so derivatives are exact, and nobody has to write them down.
FORMULAS = {
    "leaky_relu": lambda z: np.where(z.real > 0, z, 0.01 * z),
    "elu": lambda z: np.where(z.real > 0, z, np.exp(z) - 1),
    "selu": lambda z: 1.0507009873554805 * np.where(z.real > 0, z, 1.6732632423543772 * (np.exp(z) - 1)),
    "softplus": lambda z: np.log(1 + np.exp(z)),
    "silu": lambda z: z / (1 + np.exp(-z)),
    "gelu": lambda z: 0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))),
}
RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((40, 3))
Y = np.column_stack([X[:, 0] - np.sin(2 * X[:, 1]), X[:, 2] ** 2])
LAMBDA, RATE, MOMENTUM, BATCH_SIZE = 0.1, 0.1, 0.9, 10
SETTINGS = {"hidden_layer_sizes": (5, 4), "alpha": LAMBDA, "random_state": 0}


def objective(formula, params, rows, sizes):
    """Half the mean squared error + (λ/2)·Σ‖W‖², of complex params."""
    layer, (coefs, intercepts) = X[rows], layer_views(params, sizes)
    for coef, intercept in zip(coefs[:-1], intercepts[:-1], strict=True):
        layer = formula(layer @ coef + intercept)
    difference = layer @ coefs[-1] + intercepts[-1] - Y[rows]
    return 0.5 * np.sum(difference**2) / len(difference) + 0.5 * LAMBDA * sum(np.sum(coef**2) for coef in coefs)


def gradient(formula, params, rows, sizes):
    """Return ∂objective/∂params, (n_params,), by steps in the imaginary direction."""
    steps = params + 1e-30j * np.eye(params.size)
    return np.array([objective(formula, step, rows, sizes).imag for step in steps]) / 1e-30


@pytest.mark.parametrize("name", FORMULAS)
def test_training_follows_the_formula(name):
    """Twelve steps with momentum are those of a trainer in numpy, with derivatives by complex steps, to 1e-10."""
    sizes = np.array([3, 5, 4, 2])
    params = draw_initial(sizes, ACTIVATIONS[name].initial, np.random.RandomState(0))
    velocity = np.zeros_like(params)
    for _ in range(3):
        for start in range(0, 40, BATCH_SIZE):
            rows = slice(start, start + BATCH_SIZE)
            velocity = MOMENTUM * velocity - RATE * gradient(FORMULAS[name], params, rows, sizes)
            params = params + velocity
    stochastic = {"optimizer": "sgd", "learning_rate_init": RATE, "momentum": MOMENTUM, "nesterovs_momentum": False}
    model = MLPRegressor(
        activation=name, **SETTINGS, **stochastic, batch_size=BATCH_SIZE, shuffle=False, max_iter=3
    ).fit(X, Y)
    np.testing.assert_allclose(pack(model.coefs_, model.intercepts_), params, rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", FORMULAS)
def test_lbfgs_follows_the_formula(name):
    """Six iterations of L-BFGS are scipy's on the objective in numpy, with derivatives by complex steps."""
    sizes, rows, formula = np.array([3, 5, 4, 2]), slice(None), FORMULAS[name]
    start = draw_initial(sizes, ACTIVATIONS[name].initial, np.random.RandomState(0))
    expected = minimize(
        lambda params: (objective(formula, params + 0j, rows, sizes).real, gradient(formula, params, rows, sizes)),
        start,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 6},
    )
    model = MLPRegressor(activation=name, **SETTINGS, optimizer="lbfgs", max_iter=6).fit(X, Y)
    assert model.n_iter_ == 6
    np.testing.assert_allclose(pack(model.coefs_, model.intercepts_), expected.x, rtol=0, atol=1e-7)


def test_selu_keeps_mean_zero_and_variance_one():
    """Of a standard normal z, selu(z) has mean 0 and variance 1: what its two constants are for."""
    nodes, weights = leggauss(100)
    halves = [(6 * (nodes - 1), 6 * weights), (6 * (nodes + 1), 6 * weights)]  # [-12, 0] and [0, 12]
    z, weights = (np.concatenate(parts) for parts in zip(*halves, strict=True))
    density = weights * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    values = ACTIVATIONS["selu"].numpy(z.copy())
    assert density @ values == pytest.approx(0, abs=1e-13)
    assert density @ values**2 == pytest.approx(1, rel=1e-13)


def test_selu_keeps_them_in_deep_layers():
    """In 20 layers of 200 units with its initial weights, mean and variance stay near 0 and 1; not with others."""
    sizes = np.full(21, 200)
    params = draw_initial(sizes, ACTIVATIONS["selu"].initial, np.random.RandomState(0))
    start = np.random.default_rng(0).standard_normal((500, 200))
    for name in ("selu", "elu", "relu"):
        layer = start
        for coef, intercept in zip(*layer_views(params, sizes), strict=True):
            layer = ACTIVATIONS[name].numpy(layer @ coef + intercept)
        keeps = abs(layer.mean()) < 0.1 and 0.8 < layer.var() < 1.25
        assert keeps == (name == "selu"), (layer.mean(), layer.var())
