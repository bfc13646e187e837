"""L-BFGS below the estimators: the objective, and the training of rows."""

import signal

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from sklearn.linear_model import Ridge
from threadpoolctl import threadpool_limits

from skl2._kernels.activations import ACTIVATIONS
from skl2._kernels.initial_weights import glorot
from skl2._kernels.losses import LOSSES
from skl2._kernels.network import Network
from skl2._training.batches import Order, Samples
from skl2._training.engine import Plan, Task, Training, make_rows
from skl2._training.interrupts import Interrupts
from skl2._training.lbfgs import Objective, train_lbfgs
from skl2._training.monitor import Hooks
from skl2._training.parameters import count_coefs, draw_initial, layer_views, pack
from skl2._training.prediction import raw_prediction
from skl2._training.progress import Progress, Status, Validation
from skl2._training.team import Team

RANDOM = np.random.default_rng(0)
N = 40
X = RANDOM.standard_normal((N, 3)) * RANDOM.integers(0, 2, (N, 3))
Y = X[:, 0] - np.sin(X[:, 1]) + 0.3 * RANDOM.standard_normal(N)
TWO = np.column_stack([Y, X[:, 2] - 2 * Y])
WEIGHT = RANDOM.uniform(0.5, 2, N)
TARGETS = {  # several outputs with every loss
    "squared_error": TWO,
    "absolute_error": TWO,
    "huber": TWO,
    "quantile": TWO,
    "gamma": np.exp(TWO),
    "poisson": RANDOM.poisson(np.exp(TWO)).astype(float),
    "binary_log_loss": (TWO > 0.2).astype(int),
    "log_loss": np.digitize(Y, [-0.5, 0.4])[:, np.newaxis],
}
PLAN = Plan(
    n_epochs=6,
    max_iter=6,
    max_fun=100,
    batch_size=7,
    shuffle=True,
    learning_rate="constant",
    power_t=0.5,
    tol=1e-6,
    n_iter_no_change=2,
)


def make_task(loss="squared_error", rows=X, weight=WEIGHT, indices=None, **changes):
    """A network of several outputs with one hidden layer, and the data of the loss."""
    sizes = np.array([3, 4, 3 if loss == "log_loss" else 2], np.intp)
    network = Network(sizes, ACTIVATIONS["tanh"].code, LOSSES[loss].code, count_coefs(sizes), np.full(sizes[-1], 0.4))
    indices = np.arange(N) if indices is None else indices
    samples = Samples(rows, TARGETS[loss][indices], None if weight is None else weight[indices], indices)
    return Task(network, None, samples, PLAN._replace(**changes))


def make_objective(task, l2, n_parts=1):
    """The objective, evaluated by one thread."""
    return Objective(task, np.full(len(task.network.sizes) - 1, l2), Team(n_parts, 0), Interrupts())


def draw_params(task, seed=0):
    """Random params, intercepts too."""
    return 2 * draw_initial(task.network.sizes, glorot, np.random.RandomState(seed))


@pytest.mark.parametrize("kind", [np.array, csr_array], ids=["dense", "sparse"])
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
@pytest.mark.parametrize("loss", LOSSES)
def test_gradient_by_central_differences(loss, weight, kind):
    """The gradient is that of the objective, for several outputs: scikit-learn's is n_outputs times it (#8349)."""
    task = make_task(loss, kind(X), weight)
    params, h = draw_params(task), 1e-6
    objective = make_objective(task, 0.7)
    _, gradient = objective(params)
    for i in range(params.size):
        up, down = params.copy(), params.copy()
        up[i] += h
        down[i] -= h
        assert gradient[i] == pytest.approx((objective(up)[0] - objective(down)[0]) / (2 * h), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
@pytest.mark.parametrize("loss", LOSSES)
def test_objective_is_mean_loss_and_penalty_of_the_weights(loss, weight):
    """The objective is Σ wᵢ lossᵢ / Σ wᵢ + (λ/2)·Σ‖W‖² over the samples asked for, without the intercepts."""
    indices = np.array([3, 0, 17, 39, 5])
    task = make_task(loss, weight=weight, indices=indices)
    params = draw_params(task)
    params.flags.writeable = False
    raw = raw_prediction(X, *layer_views(params, task.network.sizes), "tanh")
    losses = LOSSES[loss].numpy(raw, TARGETS[loss], task.network.loss_parameters)
    expected = np.average(losses[indices], weights=None if weight is None else weight[indices])
    expected += 0.35 * np.sum(params[: task.network.n_coefs] ** 2)
    objective = make_objective(task, 0.7)
    first, gradient = objective(params)
    assert first == pytest.approx(expected, rel=1e-13)
    objective(-params)
    again, same_gradient = objective(params)
    assert again == first
    assert_array_equal(same_gradient, gradient)
    assert not np.shares_memory(gradient, same_gradient)


@pytest.mark.parametrize("kind", [np.array, csr_array], ids=["dense", "sparse"])
@pytest.mark.parametrize("n_parts", [2, 8])
def test_parts_are_the_whole(n_parts, kind):
    """In parts, the last of them empty, loss and gradient are the same to rounding."""
    task = make_task(rows=kind(X), indices=np.arange(7))
    params = draw_params(task)
    (loss, gradient), (whole, expected) = (make_objective(task, 0.7, parts)(params) for parts in (n_parts, 1))
    assert loss == pytest.approx(whole, rel=1e-14)
    assert_allclose(gradient, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("n_threads", [1, 2, 4])
def test_results_do_not_depend_on_the_number_of_threads(n_threads, monkeypatch):
    """Rows are bit-identical with one, two and four threads, of which all that have parts evaluate some."""
    monkeypatch.setattr("skl2._training.team.MIN_PART", 1)
    monkeypatch.setattr("skl2._training.team.MIN_REUSE", 1)
    monkeypatch.setattr("skl2._training.team.HELP_PAYS", 0)
    with threadpool_limits(1, user_api="blas"):
        expected, _ = run([0.1, 0.2])
    callers, asked = set(), Team._ask
    with threadpool_limits(n_threads, user_api="blas"):
        monkeypatch.setattr(Team, "_ask", lambda team, *call: callers.add(team.n_parts) or asked(team, *call))
        rows, _ = run([0.1, 0.2])
    assert_array_equal(rows.params, expected.params)
    assert callers == (set() if n_threads == 1 else {8})


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
def test_whatever_holds_the_samples(weight, tmp_path):
    """X dense, sparse or in columns, of either precision, and sizes and params that may not be written: one result."""
    rows, network = X.astype(np.float32), make_task().network
    sizes = np.memmap(tmp_path / "sizes", network.sizes.dtype, "w+", shape=network.sizes.shape)
    sizes[:] = network.sizes
    sizes.flags.writeable = False
    params = draw_params(make_task())
    params.flags.writeable = False
    loss, gradient = make_objective(make_task(rows=rows.astype(np.float64), weight=weight), 0.1)(params)
    for same in (rows, np.asfortranarray(rows), np.asfortranarray(rows, np.float64), csr_array(rows)):
        task = make_task(rows=same, weight=weight)._replace(network=network._replace(sizes=sizes))
        other_loss, other_gradient = make_objective(task, 0.1)(params)
        assert other_loss == pytest.approx(loss, rel=1e-14)
        assert_allclose(other_gradient, gradient, rtol=1e-12, atol=1e-14)


def test_ridge_is_where_the_gradient_vanishes():
    """The gradient at scikit-learn's Ridge solution for two outputs is zero to rounding."""
    ridge = Ridge(alpha=0.3 * WEIGHT.sum()).fit(X, TWO, WEIGHT)
    task, sizes = make_task(), np.array([3, 2], np.intp)
    task = task._replace(network=task.network._replace(sizes=sizes, n_coefs=6))
    _, gradient = make_objective(task, 0.3)(pack([ridge.coef_.T], [ridge.intercept_]))
    assert_allclose(gradient, 0, atol=1e-14)


def run(l2, dtype=np.float64, hooks=Hooks(), seeds=range(9), **changes):
    """Train one row per λ, each from the start of its seed, which float32 can hold; return (rows, progress)."""
    task = make_task(**changes)
    params = np.stack([draw_params(task, seed) for seed, _ in zip(seeds, l2, strict=False)])
    params = params.astype(np.float32).astype(dtype)
    rows = make_rows(params, task.network.sizes, 0, l2, np.zeros(len(l2)))
    criterion = "Validation score" if hooks.validate else "Training loss"
    progress = [Progress(0.1, False, criterion) for _ in l2]
    train_lbfgs(task, Training(rows, progress, Order(N, None)), hooks)
    return rows, progress


def test_rows_do_not_see_each_other():
    """Rows with a λ of their own end, bit for bit, where each ends alone, with its history and status."""
    settings = {"n_epochs": 25, "tol": 1e-2}
    alphas = [0.0, 0.5, 3.0]
    together, histories = run(alphas, **settings)
    assert together.status.tolist() == [Status.MAX_ITER, Status.CONVERGED, Status.CONVERGED]
    assert len({len(history.loss_curve) for history in histories}) == 3
    for row, l2 in enumerate(alphas):
        rows, (alone,) = run([l2], seeds=[row], **settings)
        assert_array_equal(together.params[row], rows.params[0])
        assert histories[row].loss_curve == alone.loss_curve
        assert histories[row].weight_norm_curve == alone.weight_norm_curve
        assert histories[row].status == together.status[row] == rows.status[0]


def test_float32_rows_are_rounded_float64_rows():
    """The search is in double precision whatever the network: float32 rows have the losses of float64 ones."""
    double, (expected,) = run([0.1], n_epochs=25)
    single, (history,) = run([0.1], np.float32, n_epochs=25)
    assert history.loss_curve == expected.loss_curve
    assert_array_equal(single.params, double.params.astype(np.float32))


def test_validation_returns_to_the_best_iteration():
    """With a validation score each row stops by its patience and ends with the params of its best iteration."""
    seen = []

    def validate(params):
        seen.append(params.copy())
        return Validation(-abs(len(seen) - 2), 0.0)  # the second call is the best

    rows, (progress,) = run([0.1], hooks=Hooks(validate), n_epochs=20)
    assert_array_equal(rows.params[0], seen[1])
    assert rows.status[0] == progress.status == Status.STOPPED_EARLY
    assert len(seen) == len(progress.validations) == 5


def test_training_loss_never_stalls():
    """Without validation no patience ends it: scipy's rules alone do."""
    rows, (progress,) = run([0.1], tol=0.02, n_iter_no_change=1, n_epochs=200)
    gains = -np.diff(progress.loss_curve)
    assert np.sum(gains < 0.02) > 2
    assert rows.status[0] == Status.CONVERGED


@pytest.mark.parametrize("n_complete", [0, 2])
def test_an_interrupt_ends_every_row(n_complete, monkeypatch):
    """Ctrl-C in the first row ends it at its last iterate, and the others where they began, all as INTERRUPTED."""
    starts, _ = run([0.1, 0.2], tol=np.inf)
    expected = starts if n_complete == 0 else run([0.1], n_epochs=n_complete)[0]
    evaluate, iterations, interrupts = Objective.__call__, [], []

    def interrupt_once(self, params):
        if len(iterations) == n_complete and not interrupts:
            interrupts.append(params)
            raise KeyboardInterrupt
        return evaluate(self, params)

    monkeypatch.setattr(Objective, "__call__", interrupt_once)
    rows, progress = run([0.1, 0.2], hooks=Hooks(end=lambda is_complete: iterations.append("end")))
    assert_array_equal(rows.params[0], expected.params[0])
    assert_array_equal(rows.params[1], starts.params[1])
    assert rows.status.tolist() == [Status.INTERRUPTED] * 2
    assert [len(history.loss_curve) for history in progress] == [n_complete, 0]


@pytest.mark.parametrize("where", ["products", "hook"])
def test_ctrl_c_is_let_in_between_products_and_into_hooks(where, monkeypatch):
    """Ctrl-C in the products of a chunk waits for their end, and no longer; in a hook it does not wait."""
    before, after, compute = [], [], Team.map

    def press(name):
        if name == where:
            before.append(name)
            signal.raise_signal(signal.SIGINT)
            after.append(name)

    monkeypatch.setattr(Team, "map", lambda *arguments: press("products") or compute(*arguments))
    rows, _ = run([0.1], hooks=Hooks(end=lambda is_complete: press("hook")))
    assert rows.status[0] == Status.INTERRUPTED
    assert before == [where]
    assert after == ([where] if where == "products" else [])


def test_a_callback_stops_its_row():
    """Where `end` asks to stop, the row stops after that iteration; `begin` and `end` are heard once per iteration."""
    heard = []
    hooks = Hooks(
        begin=lambda: heard.append("begin"),
        end=lambda is_complete: heard.append("end") or len(heard) == 4,
    )
    rows, (progress,) = run([0.1], hooks=hooks)
    assert heard == ["begin", "end"] * 2
    assert rows.status[0] == Status.STOPPED_BY_CALLBACK
    assert len(progress.loss_curve) == 2
    assert_array_equal(rows.params, run([0.1], n_epochs=2)[0].params)
