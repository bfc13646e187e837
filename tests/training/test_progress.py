"""When training ends, and what it says."""

import numpy as np
import pytest

from skl2._training.progress import CRITERIA, Baseline, Memory, Progress, Status, Validation


def judge(progress, losses=(), validations=(), tol=0.1, patience=1):
    """Record epochs and return the judgement of each."""
    epochs = [(loss, None) for loss in losses] + [(1.0, Validation(*validation)) for validation in validations]
    verdicts = []
    for loss, validation in epochs:
        progress.record(loss, 1.0, 0.1, 10, validation)
        verdicts.append(progress.judge(tol, patience))
    return verdicts


def test_a_stalled_loss_ends_training_after_its_patience():
    """More than n_iter_no_change epochs in a row without an improvement by tol: CONVERGED."""
    verdicts = judge(Progress(0.1, adaptive=False), losses=[1.0, 0.95, 0.5, 0.45, 0.44])
    assert [status for _, status, _ in verdicts] == [Status.TRAINING] * 4 + [Status.CONVERGED]
    assert verdicts[-1][2] == "Training loss did not improve more than tol=0.100000 for 1 consecutive epochs. Stopping."


def test_small_improvements_are_remembered_as_best():
    """An improvement below tol counts as stalled and still moves the best loss, as in scikit-learn."""
    progress = Progress(0.1, adaptive=False)
    verdicts = judge(progress, losses=[1.0, 0.95, 0.96])
    assert [is_best for is_best, *_ in verdicts] == [True, True, False]
    assert progress.best == -0.95
    assert progress.n_stalled == 2


@pytest.mark.parametrize(
    ("criterion", "validations"),
    [
        ("Validation score", [(0.5, 1.0), (0.8, 2.0), (0.8, 3.0), (0.7, 0.0)]),
        ("Validation loss", [(0.5, 0.8), (0.1, 0.5), (0.2, 0.5), (0.9, 0.6)]),
    ],
)
def test_validation_ends_training_by_its_own_value(criterion, validations):
    """With validation the training loss no longer matters; the score must rise, or the loss must fall."""
    progress = Progress(0.1, adaptive=False, criterion=criterion)
    verdicts = judge(progress, validations=validations)
    assert [status for _, status, _ in verdicts] == [Status.TRAINING] * 3 + [Status.STOPPED_EARLY]
    assert verdicts[-1][2].startswith(f"{criterion} did not improve more than tol=0.100000")
    assert progress.best_validation == validations[1]


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_ends_training_at_once(criterion, value):
    """A criterion that is NaN or infinite is a divergence, never an improvement, and is said so."""
    verdicts = judge(
        Progress(0.1, False, criterion),
        **{
            "Training loss": {"losses": [1.0, value]},
            "Validation score": {"validations": [(0.5, 1.0), (value, 1.0)]},
            "Validation loss": {"validations": [(0.5, 1.0), (0.5, value)]},
        }[criterion],
    )
    assert verdicts[1] == (False, Status.DIVERGED, f"{criterion} is not a finite number. Stopping.")


def test_adaptive_divides_the_rate_until_it_is_small():
    """'adaptive' answers a stall with a fifth of the rate, and gives up at 1e-6."""
    progress = Progress(4e-6, adaptive=True)
    verdicts = judge(progress, losses=[1.0] * 6)
    assert [status for _, status, _ in verdicts] == [Status.TRAINING] * 4 + [Status.CONVERGED] * 2
    assert progress.learning_rate == pytest.approx(4e-6 / 5)
    assert verdicts[2][2].endswith("Setting learning rate to 0.000001")
    assert verdicts[4][2].endswith("Learning rate too small. Stopping.")


def test_the_last_epoch_in_words():
    """What verbose prints are scikit-learn's lines."""
    progress = Progress(0.1, adaptive=False)
    progress.record(0.25, 1.0, 0.1, 10)
    assert progress.last_epoch() == "Iteration 1, loss = 0.25000000"
    progress.record(0.125, 1.0, 0.1, 10, Validation(0.75, 0.5))
    assert progress.last_epoch() == "Iteration 2, loss = 0.12500000\nValidation score: 0.750000"
    progress.criterion = "Validation loss"
    assert progress.last_epoch().endswith("Validation score: 0.750000\nValidation loss: 0.500000")
    assert progress.memory() == Memory(n_epochs_seen=2)
    assert progress.n_samples_seen == 20


def count_epochs(progress, **epochs):
    """How many epochs there were until training ended."""
    statuses = [status for _, status, _ in judge(progress, **epochs)]
    return statuses.index(next(status for status in statuses if status != Status.TRAINING)) + 1


@pytest.mark.parametrize("unit", [2.0**-40, 1.0, 2.0**40])
def test_tol_is_relative_below_the_loss_of_the_constant(unit):
    """Once a network beats the constant, tol is a share of the unit of the loss, of validation losses too."""
    losses = unit * np.array([0.5, 0.44, 0.3, 0.25, 0.24, 0.1])
    constant = Baseline(0.5 * unit, unit, validation=Validation(0.0, 0.5 * unit))
    assert count_epochs(Progress(0.1, False, baseline=constant), losses=losses) == 5
    validations = [(0.5, loss) for loss in losses]
    assert count_epochs(Progress(0.1, False, "Validation loss", baseline=constant), validations=validations) == 5


@pytest.mark.parametrize("criterion", ["Training loss", "Validation loss"])
@pytest.mark.parametrize("unit", [2.0**-10, 1.0, 2.0**10])
def test_tol_is_never_more_than_itself_above_the_loss_of_the_constant(unit, criterion):
    """On the way down to the constant large targets take small steps: there tol is absolute."""
    constant = Baseline(0.5 * unit, unit, validation=Validation(0.0, 0.5 * unit))

    def statuses(start, step):
        losses = start - step * np.arange(4)
        epochs = {"losses": losses} if criterion == "Training loss" else {"validations": [(0.0, one) for one in losses]}
        return [status for _, status, _ in judge(Progress(0.1, False, criterion, baseline=constant), **epochs)]

    least = 0.1 * min(unit, 1.0)
    assert set(statuses(10 * unit, 1.01 * least)) == {Status.TRAINING}
    assert statuses(10 * unit, 0.99 * least)[2] == CRITERIA[criterion].end
    assert (statuses(0.5 * unit, 1.01 * least)[2] == CRITERIA[criterion].end) == (unit > 1)


SCORES_REST = [(0.5, 0.9), (0.5, 0.8), (0.5, 0.7), (0.5, 0.6), (0.5, 0.4)]


def test_a_score_may_rest_while_the_loss_falls():
    """Ties of a score are no stall while the validation loss falls to half of the constant's."""
    constant = Baseline(validation=Validation(0.5, 1.0))
    progress = Progress(0.1, False, "Validation score", baseline=constant)
    verdicts = judge(progress, validations=[*SCORES_REST, (0.5, 0.2), (0.5, 0.05)], tol=0.09)
    assert [status for _, status, _ in verdicts] == [Status.TRAINING] * 6 + [Status.STOPPED_EARLY]
    assert verdicts[-1][2].startswith("Validation score did not improve more than tol=0.09")
    at_once = judge(Progress(0.1, False, "Validation score"), validations=SCORES_REST)  # nothing is known to beat
    assert at_once[2][1] == Status.STOPPED_EARLY


@pytest.mark.parametrize(
    "validations",
    [
        [(0.5, 0.9), (0.5, 0.85), (0.5, 0.8)],
        [(0.5, 0.6), (0.5, 0.9), (0.5, 0.7)],
        [(0.5, 0.45), (0.5, 0.3), (0.5, 0.1)],
        [(0.5, 0.9), (0.4, np.inf), (0.5, 0.9)],
    ],
    ids=["too slowly", "not below its lowest", "where much is learned", "not at all"],
)
def test_a_score_that_rests_too_long_ends_training(validations):
    """A loss that falls by less than tol, from a peak, or below half of the constant's does not excuse the score."""
    progress = Progress(0.1, False, "Validation score", baseline=Baseline(validation=Validation(0.5, 1.0)))
    assert judge(progress, validations=validations)[-1][1] == Status.STOPPED_EARLY


def test_a_score_rests_by_the_unit_of_the_loss():
    """The R² of a large or a small target may rest while its loss falls by tol of its unit."""
    for unit in (2.0**-20, 2.0**20):
        constant = Baseline(1.0, unit, validation=Validation(0.0, unit))
        progress = Progress(0.1, False, "Validation score", baseline=constant)
        verdicts = judge(progress, validations=[(-0.5, unit * loss) for loss in (0.9, 0.79, 0.68, 0.6, 0.52)])
        assert [status for _, status, _ in verdicts] == [Status.TRAINING] * 4 + [Status.STOPPED_EARLY]


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("unit", [2.0**-40, 1.0, 2.0**40])
def test_a_huge_tol_ends_training_after_its_patience(criterion, unit):
    """tol=1e9 stops as it always did: the first epoch improves, then patience, and one more."""
    constant = Baseline(unit / 2, unit, validation=Validation(0.0, unit / 2))
    losses = unit * np.array([0.49, 0.4, 0.3, 0.2, 0.1, 0.01])
    validations = [(1 - loss / unit, loss) for loss in losses]
    epochs = {"losses": losses} if criterion == "Training loss" else {"validations": validations}
    progress = Progress(0.1, False, criterion, baseline=constant)
    statuses = [status for _, status, _ in judge(progress, **epochs, tol=1e9, patience=3)]
    assert statuses.index(CRITERIA[criterion].end) == 4


def test_ties_in_score_go_to_the_lowest_loss_until_something_is_learned():
    """Of equal scores the loss decides as long as the best is above or near the constant's; then the first stays."""
    progress = Progress(0.1, False, "Validation score", baseline=Baseline(validation=Validation(0.5, 1.0)))
    validations = [(0.5, 1.3), (0.5, 1.4), (0.5, 0.95), (0.4, 0.9), (0.5, 0.8), (0.5, 0.7), (0.6, 2.0)]
    verdicts = judge(progress, validations=validations, patience=10)
    assert [is_best for is_best, *_ in verdicts] == [True, False, True, False, True, False, True]
