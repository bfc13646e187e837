"""What the kernel tests share: a tiny problem for one call of the compiled entry kernel."""

from types import SimpleNamespace

import numpy as np
import pytest

from skl2._kernels.activations import ACTIVATIONS
from skl2._kernels.epochs import RATE, Epochs, Rule
from skl2._kernels.inputs import Inputs
from skl2._kernels.losses import LOSSES
from skl2._kernels.network import Network
from skl2._kernels.optimizers import OPTIMIZERS, Optimizer
from skl2._kernels.tickets import N_COUNTERS, Tickets
from skl2._kernels.training import Chunk, train_chunk
from skl2._kernels.vectormath import EXP_BLOCK
from skl2._training.engine import make_rows, make_workspace
from skl2._training.parameters import count_coefs

N_SAMPLES, N_FEATURES = 7, 3
NEVER = Rule(tol=0.0, n_iter_no_change=np.inf, adaptive=False, smallest_rate=0.0, constant_loss=np.inf, unit=1.0)


# What losses take for each output; 0.25 and 0.5 are ε of label smoothing.
PARAMETERS = {loss: np.zeros(2) for loss in LOSSES} | {
    "huber": np.array([0.5, 1.35]),
    "quantile": np.array([0.2, 0.7]),
    "binary_log_loss": np.array([0.25, 0.5]),
    "log_loss": np.full(3, 0.25),
}


def plain(optimizer="sgd", **changes):
    """An Optimizer without momentum, or with what `changes` says."""
    settings = {"momentum": 0.0, "nesterov": False, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8} | changes
    return Optimizer(OPTIMIZERS[optimizer].code, **settings)


def make_bits(dtype):
    """Scratch of vectormath for `dtype`."""
    return np.empty(EXP_BLOCK, f"int{8 * np.dtype(dtype).itemsize}")


def dense(X):
    """Rows of X as the kernels take them."""
    return Inputs(X, np.empty(0, X.dtype), np.empty(0, np.int32), np.empty(0, np.int64))


def draw_problem(loss, activation="tanh", hidden=(4,), dtype=np.float64):
    """A random network, its parameters and a chunk of one weighted mini-batch."""
    random = np.random.default_rng(0)
    n_outputs = 3 if loss == "log_loss" else 2
    sizes = np.array([N_FEATURES, *hidden, n_outputs], np.intp)
    network = Network(sizes, ACTIVATIONS[activation].code, LOSSES[loss].code, count_coefs(sizes), PARAMETERS[loss])
    real = random.standard_normal((N_SAMPLES, n_outputs))
    y = {
        "squared_error": real,
        "absolute_error": real,
        "huber": real,
        "quantile": real[:, :1],  # several of one target
        "gamma": np.exp(real),
        "poisson": random.poisson(2.0, (N_SAMPLES, n_outputs)),
        "binary_log_loss": random.integers(0, 2, (N_SAMPLES, n_outputs)),
        "log_loss": random.integers(0, n_outputs, (N_SAMPLES, 1)),
    }[loss]
    X = random.standard_normal((N_SAMPLES, N_FEATURES))
    sample_weight = random.uniform(0.5, 2, N_SAMPLES)
    chunk = Chunk(dense(X.astype(dtype)), y.astype(dtype), sample_weight.astype(dtype), N_SAMPLES, 0, 1)
    params = random.standard_normal(network.n_coefs + np.sum(sizes[1:])).astype(dtype)
    return SimpleNamespace(network=network, params=params, chunk=chunk)


def make_epochs(rates, n_rows=1, total_weight=1.0, rule=NEVER, n_samples=N_SAMPLES):
    """Epochs of these learning rates, (n_epochs, n_batches), for rows whose base rate is 1."""
    standing = np.zeros((n_rows, 5))
    standing[:, RATE] = 1
    before = n_samples * np.arange(len(rates))
    return Epochs(rates, total_weight, rule, standing, np.full((n_rows, len(rates), 3), np.nan), before)


def under_way(rates):
    """Epochs of which the chunk with these rates, or one for all mini-batches, is not the end."""
    return np.append(np.ravel(rates), np.nan)[np.newaxis]


def train(problem, optimizer, rows, rates, n_parts=1):
    """Train rows on the chunk, with its mini-batches in n_parts parts; rates (n_batches,) or one for all."""
    n_batches = -(-problem.chunk.y.shape[0] // problem.chunk.batch_size)
    rates = np.full(n_batches, rates) if np.ndim(rates) == 0 else rates
    call(problem, optimizer, rows, make_epochs(under_way(rates), rows.status.size), n_parts)


def call(problem, optimizer, rows, epochs, n_parts=1):
    """Call the kernel in this thread, once."""
    workspace = make_workspace(problem.network, problem.chunk.batch_size, rows.params, n_parts)
    tickets = Tickets(np.zeros(N_COUNTERS, np.int64), 0)
    train_chunk[rows.params.dtype](problem.network, optimizer, rows, problem.chunk, epochs, workspace, tickets)


def run_chunk(problem, params, optimizer, *, rate, l2=0.0, decay=0.0, n_parts=1):
    """Train a copy of params on the chunk; return (mean reported loss, Rows)."""
    rows = make_rows(params[np.newaxis].copy(), problem.network.sizes, 2, [l2], [decay])
    train(problem, optimizer, rows, rate, n_parts)
    return rows.loss[0] / problem.chunk.sample_weight.sum(), rows


@pytest.fixture
def tools():
    """The functions above, for the tests of kernels."""
    functions = plain, dense, make_bits, draw_problem, make_epochs, train, call, run_chunk
    return SimpleNamespace(**{function.__name__: function for function in functions})
