"""When training ends, and what it says."""

import numpy as np
import pytest

from skl2._training.progress import CRITERIA, Memory, Progress, Status, Validation


def judge(progress, losses=(), validations=(), tol=0.1, patience=1):
    """Record epochs and return the judgement of each."""
    epochs = [(loss, None) for loss in losses] + [(1.0, Validation(*validation)) for validation in validations]
    verdicts = []
    for loss, validation in epochs:
        progress.record(loss, 1.0, 10, validation)
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
    progress.record(0.25, 1.0, 10)
    assert progress.last_epoch() == "Iteration 1, loss = 0.25000000"
    progress.record(0.125, 1.0, 10, Validation(0.75, 0.5))
    assert progress.last_epoch() == "Iteration 2, loss = 0.12500000\nValidation score: 0.750000"
    progress.criterion = "Validation loss"
    assert progress.last_epoch().endswith("Validation score: 0.750000\nValidation loss: 0.500000")
    assert progress.memory() == Memory(n_epochs_seen=2)
    assert progress.n_samples_seen == 20
