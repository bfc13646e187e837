"""Loss and gradient of all samples, chunk by chunk, through the compiled entry kernel."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array

from skl2._kernels.inputs import Inputs
from skl2._kernels.losses import LOSSES
from skl2._kernels.objective import add_gradient
from skl2._training.engine import make_workspace
from skl2._training.parameters import layer_views
from skl2._training.prediction import raw_prediction


def make_sparse(chunk):
    """The chunk with half of X zero and CSR, and the same chunk dense."""
    X = chunk.X.dense * (np.arange(chunk.X.dense.size).reshape(chunk.X.dense.shape) % 2)
    rows = csr_array(X)
    inputs = Inputs(np.empty((0, 0)), rows.data, rows.indices.astype(np.int32), rows.indptr.astype(np.int64))
    return chunk._replace(X=inputs), chunk._replace(X=chunk.X._replace(dense=X))


def evaluate(problem, params, loss=0.0, gradient=0.0):
    """Return (loss, gradient) of the chunk, added to those given."""
    losses, gradients = np.array([loss]), np.zeros((1, params.size)) + gradient
    add_parts(problem, params, losses, gradients, [0])
    return losses[0], gradients[0]


def add_parts(problem, params, losses, gradients, parts):
    """Add these parts of loss and gradient to losses (n_parts,) and gradients (n_parts, n_params)."""
    workspace = make_workspace(problem.network, problem.chunk.batch_size, params[np.newaxis], losses.size)
    for part in parts:
        add_gradient[params.dtype](problem.network, params, problem.chunk, losses, gradients, workspace, part)


@pytest.fixture(params=LOSSES)
def problem(request, tools):
    """A network with several outputs and a chunk of weighted samples."""
    return tools.draw_problem(request.param)


@pytest.mark.parametrize("storage", ["dense", "sparse"])
@pytest.mark.parametrize("hidden", [(), (4, 3)], ids=["depth0", "depth2"])
@pytest.mark.parametrize("loss", LOSSES)
def test_gradient_by_central_differences(loss, hidden, storage, tools):
    """The gradient is that of the sum returned, several outputs and weights included (scikit-learn #8349)."""
    problem, h = tools.draw_problem(loss, hidden=hidden), 1e-6
    if storage == "sparse":
        problem.chunk, _ = make_sparse(problem.chunk)
    _, gradient = evaluate(problem, problem.params)
    for i in range(problem.params.size):
        up, down = problem.params.copy(), problem.params.copy()
        up[i] += h
        down[i] -= h
        slope = (evaluate(problem, up)[0] - evaluate(problem, down)[0]) / (2 * h)
        assert gradient[i] == pytest.approx(slope, rel=1e-6, abs=1e-6)


def test_loss_is_the_weighted_sum_of_the_numpy_losses(problem):
    """The sum is that of the losses which numpy computes for the numpy prediction: no mean, no penalty."""
    chunk, layers = problem.chunk, layer_views(problem.params, problem.network.sizes)
    row = next(loss for loss in LOSSES.values() if loss.code == problem.network.loss)
    raw = raw_prediction(chunk.X.dense, *layers, "tanh")
    expected = chunk.sample_weight @ row.numpy(
        raw, chunk.y.astype(int) if row.out_activation == "softmax" else chunk.y, problem.network.loss_parameters
    )
    assert evaluate(problem, problem.params)[0] == pytest.approx(expected, rel=1e-13)


def test_gradient_is_added(problem):
    """What loss and gradient held before stays in them, and params are only read."""
    params = problem.params.copy()
    before = np.linspace(-3, 3, params.size)
    loss, gradient = evaluate(problem, problem.params)
    again, added = evaluate(problem, problem.params, 0.75, before)
    assert again == pytest.approx(0.75 + loss, rel=1e-14)
    assert_allclose(added, before + gradient, rtol=1e-13, atol=1e-14)
    assert_array_equal(problem.params, params)


@pytest.mark.parametrize("n_parts", [2, 3, 8])
@pytest.mark.parametrize("batch_size", [3, 7])
def test_each_part_has_a_place_of_its_own(batch_size, n_parts, problem):
    """A part is added where its number says and nowhere else, one without samples as zero; their sum is the whole."""
    problem.chunk = problem.chunk._replace(batch_size=batch_size)
    loss, gradient = evaluate(problem, problem.params)
    losses, gradients = np.zeros(n_parts), np.zeros((n_parts, problem.params.size))
    for part in reversed(range(n_parts)):
        add_parts(problem, problem.params, losses, gradients, [part])
        assert not losses[:part].any()
        assert not gradients[:part].any()
    assert losses.sum() == pytest.approx(loss, rel=1e-14)
    assert_allclose(gradients.sum(axis=0), gradient, rtol=1e-12, atol=1e-13)
    assert np.count_nonzero(losses) == np.count_nonzero(gradients.any(axis=1)) == min(n_parts, batch_size)


@pytest.mark.parametrize("batch_size", [1, 3, 6, 7])
def test_size_of_a_mini_batch_is_only_memory(batch_size, problem):
    """Loss and gradient of the chunk are the same to rounding however it is cut, dense and sparse."""
    sparse, dense = make_sparse(problem.chunk)
    problem.chunk = dense
    loss, gradient = evaluate(problem, problem.params)
    for chunk in (dense, sparse):
        problem.chunk = chunk._replace(batch_size=batch_size)
        other_loss, other_gradient = evaluate(problem, problem.params)
        assert other_loss == pytest.approx(loss, rel=1e-14)
        assert_allclose(other_gradient, gradient, rtol=1e-12, atol=1e-13)


def test_both_entry_kernels_have_one_gradient(problem, tools):
    """Divided by the weight, loss and gradient are those of a mini-batch in training: a step of SGD with rate 1."""
    loss, gradient = evaluate(problem, problem.params)
    mean_loss, rows = tools.run_chunk(problem, problem.params, tools.plain(), rate=1.0)
    weight = problem.chunk.sample_weight.sum()
    assert loss / weight == pytest.approx(mean_loss, rel=1e-14)
    assert_allclose(problem.params - rows.params[0], gradient / weight, rtol=1e-12, atol=1e-13)


def test_samples_without_weight_add_nothing(problem):
    """A weight of zero takes a sample out of loss and gradient; where all are zero, both are zero and not 0 / 0."""
    weight = problem.chunk.sample_weight.copy()
    weight[4:] = 0
    whole, problem.chunk = problem.chunk, problem.chunk._replace(sample_weight=weight, batch_size=2)
    loss, gradient = evaluate(problem, problem.params)
    problem.chunk = whole._replace(
        X=whole.X._replace(dense=whole.X.dense[:4]), y=whole.y[:4], sample_weight=whole.sample_weight[:4]
    )
    some_loss, some_gradient = evaluate(problem, problem.params)
    assert loss == pytest.approx(some_loss, rel=1e-14)
    assert_allclose(gradient, some_gradient, rtol=1e-12, atol=1e-13)
    problem.chunk = whole._replace(sample_weight=np.zeros(7))
    loss, gradient = evaluate(problem, problem.params)
    assert loss == 0
    assert not gradient.any()


def test_nan_passes(problem):
    """A weight that is NaN makes loss and gradient NaN: divergence must be seen."""
    params = problem.params.copy()
    params[0] = np.nan
    loss, gradient = evaluate(problem, params)
    assert np.isnan(loss)
    assert np.isnan(gradient[-1])
