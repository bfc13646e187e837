"""Training that pauses between two epochs, goes on, and is taken apart and joined meanwhile."""

import copy

import joblib
import numpy as np
import pytest
from ctrl_c import press_ctrl_c
from numpy.testing import assert_array_equal, assert_equal

from skl2 import MLPRegressor
from skl2._estimators.problem import make_problem
from skl2._estimators.solution import begin, solve
from skl2._inputs.samples import Given
from skl2._kernels.activations import ACTIVATIONS
from skl2._kernels.initial_weights import glorot
from skl2._kernels.losses import LOSSES
from skl2._kernels.network import Network
from skl2._kernels.optimizers import OPTIMIZERS, Optimizer
from skl2._training.batches import Order, Samples
from skl2._training.engine import Plan, Task, Training, _Run, advance, join, make_rows, train
from skl2._training.monitor import Hooks
from skl2._training.parameters import count_coefs, draw_initial
from skl2._training.progress import Progress, Status, Validation
from skl2._training.schedules import SCHEDULES

SIZES = np.array([3, 4, 1], np.intp)
NETWORK = Network(
    SIZES, ACTIVATIONS["relu"].code, LOSSES["squared_error"].code, count_coefs(SIZES), np.zeros(SIZES[-1])
)
RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((20, 3))
SAMPLES = Samples(X, np.sin(X[:, :1]), None, np.arange(20))
ALPHAS = np.array([0.3, 0.0, 3.0, 0.1])
SOME_DIVERGE = np.array([1e306, 0.1, 1.0, 1e4])
N_EPOCHS = 8
CASES = {
    **{schedule: {"learning_rate": schedule} for schedule in SCHEDULES},
    "adaptive": {"learning_rate": "adaptive", "tol": 0.05, "n_iter_no_change": 1},
    "sgd": {"optimizer": "sgd", "learning_rate": "cosine"},
    "in order": {"shuffle": False, "decoupled": True},
    "converging": {"tol": 0.02, "n_iter_no_change": 1},
    "early": {"validates": True, "n_iter_no_change": 1},
    "diverging": {"optimizer": "sgd", "learning_rate": "cosine", "n_iter_no_change": 9.0, "alphas": SOME_DIVERGE},
}
PARTS = [[[0], [1], [2], [3]], [[2, 0], [3, 1]], [[3, 1, 0, 2]], [[1], [3, 2, 0]]]

pytestmark = pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")  # numpy's, without compilation


def validate(params):
    """Score params by their distance from 0.2."""
    return Validation(-float(np.sum((params - 0.2) ** 2)), 0.0)


class Case:
    """A task, hooks, and the start of a training of four networks."""

    def __init__(self, optimizer="adam", alphas=ALPHAS, decoupled=False, validates=False, **changes):
        self.optimizer = Optimizer(OPTIMIZERS[optimizer].code, 0.9, True, 0.9, 0.999, 1e-8)
        self.plan = Plan(N_EPOCHS, N_EPOCHS, 100, 7, True, "constant", 0.5, 0.0, 3.0)._replace(**changes)
        self.hooks = Hooks(validate) if validates else Hooks()
        self.strengths = (0 * alphas, alphas) if decoupled else (alphas, 0 * alphas)

    def begin(self):
        """Return the Training before its first epoch."""
        params = np.tile(draw_initial(SIZES, glorot, np.random.RandomState(0)), (4, 1))
        criterion = "Validation score" if self.hooks.validate else "Training loss"
        adaptive = self.plan.learning_rate == "adaptive"
        progress = [Progress(0.05, adaptive, criterion) for _ in range(4)]
        return Training(make_rows(params, SIZES, 2, *self.strengths), progress, Order(len(X), np.random.RandomState(1)))

    def run(self, function, training, n_epochs):
        """Train with `advance` or `train` for up to n_epochs more; return the training."""
        task = Task(NETWORK, self.optimizer, SAMPLES, self.plan._replace(n_epochs=n_epochs))
        function(task, training, self.hooks)
        return training

    def complete(self):
        """Return the training after all epochs, at once."""
        return self.run(train, self.begin(), N_EPOCHS)


@pytest.fixture(params=CASES)
def case(request):
    """Each row of CASES."""
    return Case(**CASES[request.param])


def networks(training):
    """What there is to know of the networks; `loss` is the sum over an epoch that is under way."""
    return training.rows._replace(loss=None)._asdict(), [vars(history) for history in training.progress]


def order(training):
    """The order of the samples, and the state of what draws the next."""
    return training.order.numbers, training.order.random_state.get_state()


@pytest.mark.parametrize("pauses", [(3,), (1,) * 7, (2, 4), (8,)], ids=str)
def test_training_with_pauses_is_training_at_once(case, pauses):
    """Weights, moments, history and order after several calls are those after one, bit for bit."""
    training, whole = case.begin(), case.complete()
    for n_epochs in pauses:
        case.run(advance, training, n_epochs)
    case.run(train, training, N_EPOCHS - sum(pauses))
    assert_equal(networks(training), networks(whole))
    if Status.MAX_ITER in whole.rows.status:  # else there is an epoch in which no network trains
        assert_equal(order(training), order(whole))


def test_the_cases_are_what_they_say():
    """The rate of 'adaptive' falls; networks end early and at different epochs; some diverge and others do not."""
    ends = {name: Case(**CASES[name]).complete() for name in CASES}
    assert len({len(history.loss_curve) for history in ends["converging"].progress}) > 1
    assert len({len(history.loss_curve) for history in ends["early"].progress}) > 1
    assert set(ends["diverging"].rows.status) == {Status.DIVERGED, Status.MAX_ITER}
    assert len({history.n_cuts for history in ends["adaptive"].progress}) > 1


@pytest.mark.parametrize("pauses", [(), (3,)], ids=str)
def test_epochs_at_once_are_epochs_one_by_one(case, pauses):
    """Many epochs by one call are, bit for bit, those of the loop that somebody listens to: one by one, judged here."""
    one_by_one, at_once = case.begin(), case.begin()
    for n_epochs in pauses:
        case.run(advance, at_once, n_epochs)
    case.run(train, at_once, N_EPOCHS - sum(pauses))
    case.hooks = case.hooks._replace(report=lambda text: None)
    case.run(train, one_by_one, N_EPOCHS)
    assert_equal(networks(at_once), networks(one_by_one))
    assert_equal(order(at_once), order(one_by_one))


@pytest.mark.parametrize(("at_most", "n_calls"), [(N_EPOCHS, 1), (3, 3), (2, 4), (0.5, N_EPOCHS)])
def test_how_many_epochs_are_trained_at_once(at_most, n_calls, monkeypatch):
    """As many as fit into a chunk, and as little work as Ctrl-C should wait for; one by one for who listens."""
    calls, train_epochs = [], _Run.train_epochs
    monkeypatch.setattr(_Run, "train_epochs", lambda *arguments: calls.append(1) or train_epochs(*arguments))
    case = Case()
    work = 20 * 6 * case.begin().rows.params.size  # of an epoch of four networks
    monkeypatch.setattr("skl2._training.batches.BLOCK_FLOPS", int(at_most * work))
    case.complete()
    assert len(calls) == n_calls
    calls.clear()
    case.hooks = Hooks(report=lambda text: None)
    case.complete()
    assert len(calls) == N_EPOCHS


def test_ctrl_c_is_heard_after_epochs_at_once(monkeypatch):
    """Ctrl-C while all epochs are trained by one call ends rows as interrupted, also those that had converged in it."""
    case, draw = Case(**CASES["converging"]), Order.draw

    def press(*arguments):
        press_ctrl_c()
        return draw(*arguments)

    monkeypatch.setattr(Order, "draw", press)
    training = case.complete()
    assert training.rows.status.tolist() == [Status.INTERRUPTED] * 4
    monkeypatch.undo()
    whole = networks(case.complete())
    assert [len(history.loss_curve) for history in training.progress] == [len(one["loss_curve"]) for one in whole[1]]


def test_a_pause_is_no_end():
    """After `advance` networks are in training, with their last weights; `train` ends them, at their best epoch."""
    case = Case(validates=True)
    training = case.run(advance, case.begin(), 2)
    assert training.rows.status.tolist() == [Status.TRAINING] * 4
    assert {history.status for history in training.progress} == {Status.TRAINING}
    last = training.rows.params.copy()
    for history in training.progress:
        history.best_params[:] = 7
    case.run(advance, training, 0)
    assert_array_equal(training.rows.params, last)
    case.run(train, training, 0)
    assert training.rows.status.tolist() == [history.status for history in training.progress] == [Status.MAX_ITER] * 4
    assert np.all(training.rows.params == 7)


def test_networks_that_have_ended_stay_as_they_are():
    """To advance networks that have all ended changes neither weights nor history."""
    case = Case(tol=1e9, n_iter_no_change=1)
    training = case.run(advance, case.begin(), N_EPOCHS)
    assert training.rows.status.tolist() == [Status.CONVERGED] * 4
    before = copy.deepcopy(networks(training))
    assert_equal(networks(case.run(advance, training, 3)), before)


@pytest.mark.parametrize("numbers", PARTS, ids=str)
@pytest.mark.parametrize("pause", [0, 3])
def test_join_is_the_inverse_of_take(numbers, pause):
    """Networks that are taken apart in any way and joined are what they were, in their order."""
    case = Case()
    training = case.run(advance, case.begin(), pause)
    joined = join([training.take(np.array(part)) for part in numbers], numbers)
    assert_equal(networks(joined), networks(training))
    assert_equal(order(joined), order(training))


@pytest.mark.parametrize("numbers", PARTS, ids=str)
def test_parts_are_trained_apart(case, numbers):
    """Taken apart, trained one after the other, joined, and so again: the networks that are trained together."""
    training, whole = case.begin(), case.complete()
    for function, n_epochs in ((advance, 3), (advance, 4), (train, 1)):
        parts = [case.run(function, training.take(part), n_epochs) for part in numbers]
        training = join(parts, numbers)
    assert_equal(networks(training), networks(whole))


@pytest.mark.parametrize("ended_first", [True, False])
def test_the_order_goes_on_where_a_part_has_ended(ended_first):
    """After a part that ended before the others, the samples come in the order in which these have seen them."""
    case = Case(alphas=np.array([1e306, 0.1, 1e306, 0.3]), optimizer="sgd")
    numbers = [[0, 2], [1, 3]] if ended_first else [[1, 3], [0, 2]]
    together = case.run(advance, case.begin(), 4)
    start = case.begin()
    joined = join([case.run(advance, start.take(part), 4) for part in numbers], numbers)
    assert [len(history.loss_curve) for history in joined.progress] == [1, 4, 1, 4]
    assert_equal(order(joined), order(together))


@pytest.mark.parametrize("left", [[1], [3, 0], [2, 1, 3]], ids=str)
def test_what_is_dropped_does_not_change_the_rest(case, left):
    """Networks that train on without some of the others end as they do with them."""
    training, whole = case.run(advance, case.begin(), 3), case.complete()
    rest = case.run(train, training.take(np.array(left)), N_EPOCHS - 3)
    assert_equal(networks(rest), networks(whole.take(left)))


def test_what_is_taken_goes_on_independently():
    """A part that trains on leaves the weights, the order and the history of what it was taken from."""
    case = Case(validates=True)
    training = case.run(advance, case.begin(), 3)
    before = copy.deepcopy((networks(training), order(training)))
    case.run(train, training.take(np.array([2, 0])), 3)
    assert_equal(order(training), before[1])
    assert_equal(networks(training), before[0])


def lend(training, folder):
    """The same training as joblib lends it to another process: read-only memory maps."""
    joblib.dump(training, folder / "training")
    return joblib.load(folder / "training", mmap_mode="r")


@pytest.mark.parametrize("pause", [0, 3])
def test_what_another_process_lends_trains_on(case, pause, tmp_path):
    """A copy of what is lent trains on to the end of the training that has stayed; what is lent stays as it is."""
    training, whole = case.run(advance, case.begin(), pause), case.complete()
    lent = lend(training, tmp_path)
    assert not lent.rows.params.flags.writeable
    ours = lent.to_train()
    assert {type(part) for part in ours.rows} == {np.ndarray}
    assert_equal(networks(case.run(train, ours, N_EPOCHS - pause)), networks(whole))
    assert_equal(networks(lent), networks(training))
    assert_equal(order(lent), order(training))


def test_what_is_ours_is_not_copied():
    """A training whose arrays are all writable is the one to train, as large as it may be; with a read-only one not."""
    training = Case().begin()
    assert training.to_train() is training
    for name in ("params", "status"):
        changed = Case().begin()
        getattr(changed.rows, name).flags.writeable = False
        ours = changed.to_train()
        assert all(part.flags.writeable for part in ours.rows)
        assert_equal(networks(ours), networks(training))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("early_stopping", [True, False])
def test_solve_trains_until_so_many_epochs_are_complete(early_stopping):
    """solve(until) counts the epochs before, also where a network has ended, and without a limit ends as the path."""
    settings = {"max_iter": 7, "learning_rate": "cosine", "optimizer": "sgd", "early_stopping": early_stopping}
    estimator, alphas = MLPRegressor(hidden_layer_sizes=(4,), random_state=0, **settings), [1e306, 0.1, 3.0]
    path = estimator.path(X, np.sin(X[:, 0]), alphas)
    assert path.n_iter.tolist() == [1, 7, 7]
    problem = make_problem(estimator, Given(X, np.sin(X[:, 0])))
    training = begin(estimator, problem, alphas)
    for until in (2, 3, 3):
        solve(estimator, problem, training, until=until)
        assert [len(history.loss_curve) for history in training.progress] == np.minimum(path.n_iter, until).tolist()
    solve(estimator, problem, training)
    assert_array_equal(training.rows.params, path.params)
    assert_equal([np.array(history.loss_curve) for history in training.progress], path.loss_curves)
