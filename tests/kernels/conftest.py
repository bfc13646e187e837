"""What the kernel tests share: a tiny problem for one call of the compiled entry kernel."""

from types import SimpleNamespace

import numpy as np
import pytest

from skl2._kernels.activations import ACTIVATIONS
from skl2._kernels.inputs import Inputs
from skl2._kernels.losses import LOSSES
from skl2._kernels.network import Network
from skl2._kernels.optimizers import OPTIMIZERS, Optimizer
from skl2._kernels.tickets import N_COUNTERS
from skl2._kernels.training import Chunk, train_chunk
from skl2._kernels.vectormath import EXP_BLOCK
from skl2._training.engine import make_rows, make_workspace
from skl2._training.parameters import count_coefs

N_SAMPLES, N_FEATURES = 7, 3


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
    n_outputs = {"squared_error": 2, "poisson": 2, "binary_log_loss": 2, "log_loss": 3}[loss]
    sizes = np.array([N_FEATURES, *hidden, n_outputs], np.intp)
    network = Network(sizes, ACTIVATIONS[activation].code, LOSSES[loss].code, count_coefs(sizes))
    y = {
        "squared_error": random.standard_normal((N_SAMPLES, n_outputs)),
        "poisson": random.poisson(2.0, (N_SAMPLES, n_outputs)),
        "binary_log_loss": random.integers(0, 2, (N_SAMPLES, n_outputs)),
        "log_loss": random.integers(0, n_outputs, (N_SAMPLES, 1)),
    }[loss]
    X = random.standard_normal((N_SAMPLES, N_FEATURES))
    sample_weight = random.uniform(0.5, 2, N_SAMPLES)
    chunk = Chunk(dense(X.astype(dtype)), y.astype(dtype), sample_weight.astype(dtype), N_SAMPLES, 0)
    params = random.standard_normal(network.n_coefs + np.sum(sizes[1:])).astype(dtype)
    return SimpleNamespace(network=network, params=params, chunk=chunk)


def train(problem, optimizer, rows, n_parts=1):
    """Train rows on the chunk, with its mini-batches in n_parts parts."""
    workspace = make_workspace(problem.network, problem.chunk.batch_size, rows.params, n_parts)
    counters = np.zeros(N_COUNTERS, np.int64)
    train_chunk[rows.params.dtype](problem.network, optimizer, rows, problem.chunk, workspace, counters, 0)


def run_chunk(problem, params, optimizer, *, rate, l2=0.0, decay=0.0, n_parts=1):
    """Train a copy of params on the chunk; return (mean reported loss, Rows)."""
    rows = make_rows(params[np.newaxis].copy(), 2, [l2], [decay])
    n_batches = -(-problem.chunk.y.shape[0] // problem.chunk.batch_size)
    rows = rows._replace(learning_rates=np.full((1, n_batches), rate))
    train(problem, optimizer, rows, n_parts)
    return rows.loss[0] / problem.chunk.sample_weight.sum(), rows


@pytest.fixture
def tools():
    """The functions above, for the tests of kernels."""
    return SimpleNamespace(
        plain=plain, dense=dense, make_bits=make_bits, draw_problem=draw_problem, train=train, run_chunk=run_chunk
    )
