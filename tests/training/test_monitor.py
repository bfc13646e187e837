"""What happens between two epochs, seen without a trainer."""

import numpy as np
import pytest

from skl2._training.engine import Plan
from skl2._training.monitor import Hooks, Monitor
from skl2._training.progress import Progress, Status, Validation

WEIGHT_NORM, RATE = 3.5, 0.01
PLAN = Plan(
    n_epochs=9,
    max_iter=9,
    max_fun=9,
    batch_size=4,
    shuffle=False,
    learning_rate="constant",
    power_t=0.5,
    tol=0.0,
    n_iter_no_change=1,
)


def make(scores=None, dtype=np.float64, **hooks):
    """A Monitor of the params 1, 2, 3 and intercepts 4, 5; `scores` are what validation will say."""
    validate = None
    if scores is not None:
        values = iter(scores)
        validate = lambda params: Validation(next(values), 0.25)  # noqa: E731
    progress = Progress(0.1, adaptive=False, criterion="Validation score" if validate else "Training loss")
    return Monitor(np.arange(1, 6, dtype=dtype), progress, PLAN, Hooks(validate, **hooks))


def run(monitor, losses, n_samples=1):
    """Begin and end an epoch for each loss; the statuses."""
    statuses = []
    for loss in losses:
        monitor.begin()
        statuses.append(monitor.end(loss, WEIGHT_NORM, RATE, n_samples))
    return statuses


def test_an_epoch_is_written_down():
    """The history has the loss, ‖W‖ without intercepts, the samples and the validation of each epoch."""
    monitor = make(scores=[0.5, 0.75])
    assert monitor.end(2.0, WEIGHT_NORM, RATE, 10) == monitor.end(1.0, 2.5, RATE, 10) == Status.TRAINING
    history = monitor.progress
    assert history.loss_curve == [2.0, 1.0]
    assert history.weight_norm_curve == [WEIGHT_NORM, 2.5]
    assert history.validations == [Validation(0.5, 0.25), Validation(0.75, 0.25)]
    assert history.n_samples_seen == 20


def test_an_epoch_begins_once():
    """However often it is said, the hook hears that an epoch begins once until it ends, well or not."""
    begun = []
    monitor = make(begin=lambda: begun.append(len(begun)))
    for end in (lambda: monitor.end(1.0, WEIGHT_NORM, RATE, 1), lambda: monitor.diverge(RATE, 1)):
        assert not monitor.in_epoch
        monitor.begin()
        monitor.begin()
        assert monitor.in_epoch
        end()
    assert begun == [0, 1]


def test_the_order_of_hooks():
    """The epoch is validated, then reported, then ends for callbacks, which see the history complete."""
    heard = []
    monitor = make(
        begin=lambda: heard.append("begin"),
        report=lambda text: heard.append(text.split(",")[0]),
        end=lambda is_complete: heard.append(len(monitor.progress.loss_curve)),
    )
    validate = lambda params: heard.append("validate") or Validation(0.5, 0.25)  # noqa: E731
    monitor.hooks = monitor.hooks._replace(validate=validate)
    monitor.progress.best_params = monitor.params.copy()
    monitor.begin()
    monitor.end(1.0, WEIGHT_NORM, RATE, 1)
    assert heard == ["begin", "validate", "Iteration 1", 1]


def test_a_divergence_is_written_down():
    """A diverged epoch: DIVERGED, a loss of NaN, and nothing is validated."""
    texts = []

    def forbidden(*_):
        raise AssertionError

    monitor = make(report=texts.append)
    monitor.hooks = monitor.hooks._replace(validate=forbidden)
    monitor.begin()
    assert monitor.diverge(RATE, 7) == Status.DIVERGED
    history = monitor.progress
    assert np.isnan([history.loss, *history.loss_curve, *history.weight_norm_curve]).tolist() == [True] * 3
    assert np.isnan(history.validations).tolist() == [[True, True]]
    assert history.n_samples_seen == 7
    assert texts == ["Iteration 1, loss = nan\nValidation score: nan", "Training diverged. Stopping."]


def test_an_epoch_ends_once_if_it_began():
    """The hook hears whether the epoch was complete, once, however it ends, and nothing of epochs that never began."""
    heard = []
    monitor = make(end=lambda is_complete: heard.append(is_complete))
    run(monitor, [1.0])
    assert heard == [True]
    monitor.begin()
    monitor.diverge(RATE, 1)
    assert heard == [True, False]
    monitor.begin()
    monitor.finish(Status.INTERRUPTED)
    assert heard == [True, False, False]
    monitor.finish(Status.DIVERGED)
    assert len(heard) == 3


@pytest.mark.parametrize("is_complete", [True, False])
def test_only_complete_epochs_let_a_callback_stop(is_complete):
    """A diverged epoch stays a divergence whatever a callback answers."""
    monitor = make(end=lambda is_complete: True)
    monitor.begin()
    status = monitor.end(1.0, WEIGHT_NORM, RATE, 1) if is_complete else monitor.diverge(RATE, 1)
    assert status == (Status.STOPPED_BY_CALLBACK if is_complete else Status.DIVERGED)


def test_divergence_without_validation_has_none():
    """Where nothing validates, an epoch that diverged adds no validation to the history."""
    monitor = make()
    assert monitor.diverge(RATE, 3) == Status.DIVERGED
    assert monitor.progress.validations == []


@pytest.mark.parametrize("stop", [True, False])
def test_a_callback_stops_what_goes_on(stop):
    """A callback that asks to stop ends training, and does not hide that it had ended by itself."""
    monitor = make(end=lambda is_complete: stop)
    statuses = run(monitor, [1.0, 2.0, 3.0])
    going_on = Status.STOPPED_BY_CALLBACK if stop else Status.TRAINING
    assert statuses == [going_on, going_on, Status.CONVERGED]


def test_callbacks_hear_of_the_last_epoch():
    """The hook hears the end of an epoch that ends training too."""
    heard = []
    monitor = make(end=lambda is_complete: heard.append(is_complete))
    assert run(monitor, [1.0, 2.0, 3.0])[-1] == Status.CONVERGED
    assert heard == [True] * 3


@pytest.mark.parametrize(
    ("status", "finished"),
    [(Status.STOPPED_EARLY, Status.STOPPED_EARLY), (Status.DIVERGED, Status.RESTORED)],
)
def test_finish_returns_to_the_best_epoch(status, finished):
    """Training ends in place with the params of the best score; a divergence after it is RESTORED."""
    monitor = make(scores=[0.5, 0.75, 0.75, 0.25])
    params = monitor.params
    for epoch in range(4):
        params[:] = epoch
        monitor.end(1.0, WEIGHT_NORM, RATE, 1)
    params[:] = np.nan
    assert monitor.finish(status) == monitor.progress.status == finished
    assert monitor.params is params
    np.testing.assert_array_equal(params, np.full(5, 1.0))


def test_a_warm_start_may_stay_the_best():
    """Where no epoch beats the score before, training ends with the params it began with."""
    monitor = make(scores=[0.5, 0.7])
    monitor.progress.best = 0.75
    for epoch in range(2):
        monitor.params[:] = epoch
        monitor.end(1.0, WEIGHT_NORM, RATE, 1)
    monitor.finish(Status.MAX_ITER)
    np.testing.assert_array_equal(monitor.params, [1, 2, 3, 4, 5])


@pytest.mark.parametrize("scores", [None, [np.nan]], ids=["no validation", "no finite score"])
@pytest.mark.parametrize("status", [Status.MAX_ITER, Status.DIVERGED])
def test_finish_without_a_best_epoch_keeps_the_last(status, scores):
    """Without validation or a finite score the params stay those of the last epoch, and so does the status."""
    monitor = make(scores)
    monitor.params[:] = 7
    monitor.end(1.0, WEIGHT_NORM, RATE, 1)
    monitor.params[:] = 8
    assert monitor.finish(int(status)) == monitor.progress.status == status
    assert isinstance(monitor.progress.status, Status)
    np.testing.assert_array_equal(monitor.params, np.full(5, 8.0))


def test_report_hears_why():
    """After the line of the epoch comes the reason why training ends, if it does."""
    texts = []
    monitor = make(report=texts.append)
    for loss in (1.0, 2.0, 3.0):
        monitor.end(loss, WEIGHT_NORM, RATE, 1)
    assert texts[:3] == [f"Iteration {k}, loss = {k}.00000000" for k in (1, 2, 3)]
    assert texts[3:] == ["Training loss did not improve more than tol=0.000000 for 1 consecutive epochs. Stopping."]


@pytest.mark.parametrize("status", [Status.INTERRUPTED, Status.CONVERGED])
def test_finish_before_any_epoch_validates_what_there_is(status):
    """Where no epoch has ended the params there are are validated, but not after Ctrl-C, which should not wait."""
    monitor = make(scores=[0.5])
    monitor.params[:] = 7
    assert monitor.finish(status) == status
    assert monitor.progress.has_best() == (status == Status.CONVERGED)
    np.testing.assert_array_equal(monitor.progress.result(monitor.params), np.full(5, 7.0))
