"""The trainer with several rows: a path before there is a path."""

import numpy as np
import pytest

from skl2._kernels.activations import ACTIVATIONS
from skl2._kernels.initial_weights import glorot
from skl2._kernels.losses import LOSSES
from skl2._kernels.network import Network
from skl2._kernels.optimizers import OPTIMIZERS, Optimizer
from skl2._training.batches import Order, Samples
from skl2._training.engine import Plan, Task, Training, make_rows, train
from skl2._training.monitor import Hooks
from skl2._training.parameters import count_coefs, draw_initial, norm
from skl2._training.progress import Progress, Status, Validation

SIZES = np.array([3, 4, 1], np.intp)
RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((30, 3))
SAMPLES = Samples(X, np.sin(X[:, :1]), None, np.arange(30))
ALPHAS = np.array([0.0, 0.1, 1.0])
PLAN = Plan(
    n_epochs=8,
    max_iter=8,
    max_fun=100,
    batch_size=7,
    shuffle=True,
    learning_rate="cosine",
    power_t=0.5,
    tol=0.0,
    n_iter_no_change=3,
)


def run(alphas, hooks=Hooks(), optimizer="adam", rate=0.05, random_state=None, **changes):
    """Train one row per alpha from the same start; return (rows, progress)."""
    network = Network(
        SIZES, ACTIVATIONS["relu"].code, LOSSES["squared_error"].code, count_coefs(SIZES), np.zeros(SIZES[-1])
    )
    optimizer = Optimizer(OPTIMIZERS[optimizer].code, 0.9, True, 0.9, 0.999, 1e-8)
    params = np.tile(draw_initial(SIZES, glorot, np.random.RandomState(0)), (len(alphas), 1))
    rows = make_rows(params, SIZES, 2, alphas, 0 * alphas)
    criterion = "Validation score" if hooks.validate else "Training loss"
    progress = [Progress(rate, adaptive=False, criterion=criterion) for _ in alphas]
    task = Task(network, optimizer, SAMPLES, PLAN._replace(**changes))
    order = Order(len(X), random_state or np.random.RandomState(1))
    train(task, Training(rows, progress, order), hooks)
    return rows, progress


def test_each_row_is_the_fit_at_its_alpha():
    """Row k of several is bit for bit the row trained alone, with its history."""
    together, histories = run(ALPHAS)
    for row, alpha in enumerate(ALPHAS):
        alone, (history,) = run(np.array([alpha]))
        np.testing.assert_array_equal(together.params[row], alone.params[0])
        assert histories[row].loss_curve == history.loss_curve
        assert histories[row].weight_norm_curve == history.weight_norm_curve


def test_a_finished_row_does_not_hold_up_the_others():
    """A row that converges stops there while the others train on."""
    rows, progress = run(ALPHAS, tol=0.005, n_iter_no_change=1, n_epochs=60, max_iter=60, learning_rate="constant")
    lengths = [len(history.loss_curve) for history in progress]
    assert rows.status.tolist() == [Status.CONVERGED] * 3
    assert len(set(lengths)) > 1
    for row, history in enumerate(progress):
        weight_norm = norm(rows.params[row, : count_coefs(SIZES)])
        assert history.weight_norm_curve[-1] == pytest.approx(weight_norm, rel=1e-14)


def test_validation_returns_to_the_best_epoch():
    """With a validation score each row ends with the params of its best epoch."""
    seen = []

    def validate(params):
        seen.append(params.copy())
        return Validation(-abs(len(seen) - 4), 0.0)  # the fourth call is the best

    rows, (progress,) = run(np.array([0.1]), Hooks(validate))
    np.testing.assert_array_equal(rows.params[0], seen[3])
    assert progress.best == 0
    assert rows.status[0] == Status.STOPPED_EARLY
    assert len(seen) == len(progress.validations) == 8


def test_validation_without_one_finite_score_is_a_divergence():
    """Where the first score is NaN there is no best epoch to return to: DIVERGED at once, not the initial weights."""
    rows, (progress,) = run(np.array([0.1]), Hooks(lambda params: Validation(np.nan, 0.0)))
    assert rows.status[0] == Status.DIVERGED
    assert len(progress.validations) == 1


@pytest.mark.parametrize("n_complete", [0, 2])
def test_an_interrupt_keeps_what_was_trained(n_complete):
    """Ctrl-C ends every row as INTERRUPTED, with the history of its complete epochs and the weights trained so far."""

    class Interrupting(np.random.RandomState):
        calls = 0

        def shuffle(self, x):
            self.calls += 1
            if self.calls > n_complete:
                raise KeyboardInterrupt
            super().shuffle(x)

    start = draw_initial(SIZES, glorot, np.random.RandomState(0))
    hooks = Hooks(lambda params: Validation(0.0, 0.0))
    rows, progress = run(np.array([0.0]), hooks, optimizer="sgd", random_state=Interrupting(1))
    assert rows.status[0] == Status.INTERRUPTED
    assert len(progress[0].loss_curve) == n_complete
    assert np.array_equal(rows.params[0], start) == (n_complete == 0)


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")  # numpy's words, without compilation
@pytest.mark.parametrize("batch_size", [30, 7])
def test_a_diverged_row_is_told_apart(batch_size):
    """Weights that overflow, in the last mini-batch of an epoch or before, end their row alone, with a loss of NaN."""
    settings = {"optimizer": "sgd", "rate": 0.05, "n_epochs": 2, "batch_size": batch_size}
    rows, (calm, wild) = run(np.array([0.1, 1e306]), **settings)
    assert rows.status.tolist() == [Status.MAX_ITER, Status.DIVERGED]
    assert len(calm.loss_curve) == 2
    assert np.isnan(wild.loss_curve).tolist() == [True]


def test_report_hears_every_epoch():
    """report receives one text per epoch and row, and the reason of an end."""
    texts = []
    run(np.array([0.1]), Hooks(report=texts.append), tol=1e9, n_iter_no_change=1)
    assert [text.split(",")[0] for text in texts[:3]] == ["Iteration 1", "Iteration 2", "Iteration 3"]
    assert texts[3].startswith("Training loss did not improve")
    assert len(texts) == 4
