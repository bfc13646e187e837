"""The end of an epoch in the kernel: what it writes, and whether it ends a row."""

from types import SimpleNamespace

import numpy as np
import pytest

from skl2._kernels.epochs import BASE_RATE, CONVERGED, DIVERGED, LOSS, N_DONE, RATE, TRAINING, WEIGHT_NORM, Rule, judge
from skl2._training.engine import make_rows
from skl2._training.progress import Baseline, Progress, Status

RATES = np.array([[0.1, 0.2, 0.3], [0.05, 0.04, 0.03]])  # of two epochs, each of three mini-batches


def draw_epochs(tools, dtype=np.float64):
    """A problem whose chunk is two epochs of 7 samples in mini-batches of 3, each in its own order; and these two."""
    problem = tools.draw_problem("squared_error", dtype=dtype)
    parts = []
    for order in np.random.default_rng(1).permuted(np.tile(np.arange(7), (2, 1)), axis=1):
        X, chunk = tools.dense(problem.chunk.X.dense[order]), problem.chunk
        parts.append(chunk._replace(X=X, y=chunk.y[order], sample_weight=chunk.sample_weight[order], batch_size=3))
    X = tools.dense(np.concatenate([part.X.dense for part in parts]))
    y, weight = (np.concatenate([getattr(part, name) for part in parts]) for name in ("y", "sample_weight"))
    problem.chunk = parts[0]._replace(X=X, y=y, sample_weight=weight, n_epochs=2)
    return problem, parts


def draw_rows(problem):
    """Two networks."""
    return make_rows(np.stack([problem.params, -problem.params]), problem.network.sizes, 2, [0.1, 0.0], [0.0, 0.3])


@pytest.mark.parametrize("n_parts", [1, 2])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_epochs_of_a_chunk_are_trained_one_after_the_other(n_parts, dtype, tools):
    """Two epochs in one chunk are two calls with a chunk each, bit for bit: weights, moments, steps and curves."""
    problem, parts = draw_epochs(tools, dtype)
    rows, again = draw_rows(problem), draw_rows(problem)
    together = tools.make_epochs(RATES, n_rows=2)
    tools.call(problem, tools.plain("adam"), rows, together, n_parts)
    for epoch, part in enumerate(parts):
        alone = tools.make_epochs(RATES[[epoch]], n_rows=2)
        tools.call(SimpleNamespace(network=problem.network, chunk=part), tools.plain("adam"), again, alone, n_parts)
        np.testing.assert_array_equal(together.curves[:, epoch], alone.curves[:, 0])
    for name in rows._fields:
        np.testing.assert_array_equal(getattr(rows, name), getattr(again, name))
    assert rows.n_steps.tolist() == [6, 6]
    assert together.standing[:, N_DONE].tolist() == [2, 2]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_an_epoch_leaves(dtype, tools):
    """The mean loss is the sum over mini-batches by the total weight; ‖W‖ has no intercepts; the base rate is as is."""
    problem, (part, _) = draw_epochs(tools, dtype)
    problem.chunk = part
    rows, epochs = draw_rows(problem), tools.make_epochs(RATES[:1], n_rows=2, total_weight=4.0)
    epochs.standing[:, RATE] = 0.5, 0.25
    tools.call(problem, tools.plain(), rows, epochs)
    under_way = draw_rows(problem)
    tools.train(problem, tools.plain(), under_way, 0.5 * RATES[0])
    coefs = rows.params[:, : problem.network.n_coefs].astype(float)
    assert epochs.curves[0, 0, LOSS] == pytest.approx(under_way.loss[0] / 4, rel=1e-12)
    np.testing.assert_allclose(epochs.curves[:, 0, WEIGHT_NORM], np.linalg.norm(coefs, axis=1), rtol=1e-12)
    assert epochs.curves[:, 0, BASE_RATE].tolist() == [0.5, 0.25]
    assert rows.loss.tolist() == [0, 0]


def test_an_epoch_ends_with_its_last_chunk(tools):
    """A chunk in the middle of an epoch writes nothing, and its loss stays for the next one."""
    problem, (part, _) = draw_epochs(tools)
    problem.chunk = part._replace(first_batch=1)
    rows, epochs = draw_rows(problem), tools.make_epochs(np.full((1, 5), 0.1), n_rows=2)
    tools.call(problem, tools.plain(), rows, epochs)
    assert np.isnan(epochs.curves).all()
    assert np.all(rows.loss > 0)
    problem.chunk = part._replace(first_batch=2)
    tools.call(problem, tools.plain(), rows, epochs)
    assert epochs.standing[:, N_DONE].tolist() == [1, 1]


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")  # numpy's words when kernels run uncompiled
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", ["intercept", "moment", "loss"])
def test_what_is_not_finite_ends_a_row_without_a_record(tools, where, value):
    """One number that is not finite at the end of an epoch ends its row as DIVERGED, and no other."""
    problem, (part, _) = draw_epochs(tools)
    problem.chunk = part._replace(sample_weight=np.zeros(7))  # no step is taken
    rows, epochs = draw_rows(problem), tools.make_epochs(RATES[:1], n_rows=2)
    {"intercept": rows.params[1, ::-1], "moment": rows.moments[1, 1], "loss": rows.loss[1:]}[where][0] = value
    tools.call(problem, tools.plain("adam"), rows, epochs)
    assert rows.status.tolist() == [TRAINING, DIVERGED]
    assert epochs.standing[:, N_DONE].tolist() == [1, 0]


def test_sums_of_float32_do_not_overflow(tools):
    """Weights whose squares float32 cannot hold are finite: ‖W‖ is taken in double precision."""
    problem, (part, _) = draw_epochs(tools, np.float32)
    problem.chunk = part._replace(sample_weight=np.zeros(7, np.float32))
    rows, epochs = draw_rows(problem), tools.make_epochs(RATES[:1], n_rows=2)
    rows.params[0] = 3e38
    tools.call(problem, tools.plain(), rows, epochs)
    assert rows.status.tolist() == [TRAINING, TRAINING]
    assert epochs.curves[0, 0, WEIGHT_NORM] == pytest.approx(3e38 * np.sqrt(problem.network.n_coefs))


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("adaptive", [False, True])
def test_the_kernel_judges_as_progress_does(adaptive, seed):
    """Over random losses, tolerances and units the kernel ends a row, or cuts its rate, in the epoch Progress does."""
    random = np.random.default_rng(seed)
    unit, patience, tol = random.choice([0.1, 1.0, 10.0]), int(random.integers(1, 4)), random.choice([1e-3, 0.1, 0.5])
    baseline = Baseline(loss=unit / 2, unit=unit)
    progress = Progress(3e-5, adaptive, baseline=baseline)
    rule = Rule(tol, patience, adaptive, 1e-6, baseline.loss, baseline.unit)
    standing = np.array([0, *progress.standing()])
    for loss in unit * np.exp(-0.1 * np.arange(40) + 0.2 * random.standard_normal(40)):
        progress.record(loss, 1.0, progress.learning_rate, 10)
        _, status, _ = progress.judge(tol, patience)
        assert judge(rule, standing, loss) == status
        assert tuple(standing[1:]) == progress.standing()
        if status != TRAINING:
            break
    assert (TRAINING, DIVERGED, CONVERGED) == (Status.TRAINING, Status.DIVERGED, Status.CONVERGED)
