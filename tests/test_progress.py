"""When training ends, and what it says."""

import numpy as np
import pytest

from skl2._progress import Progress, Status


def judge(progress, losses=(), scores=(), tol=0.1, patience=1):
    """Record epochs and return the judgement of each."""
    epochs = [(loss, None) for loss in losses] + [(1.0, score) for score in scores]
    verdicts = []
    for loss, score in epochs:
        progress.record(loss, 1.0, 10, score)
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


def test_the_validation_score_takes_precedence():
    """With scores the loss no longer matters, more is better, and the end is STOPPED_EARLY."""
    verdicts = judge(Progress(0.1, adaptive=False), scores=[0.5, 0.8, 0.8, 0.7])
    assert [status for _, status, _ in verdicts] == [Status.TRAINING] * 3 + [Status.STOPPED_EARLY]
    assert verdicts[-1][2].startswith("Validation score did not improve more than tol=0.100000")


@pytest.mark.parametrize("values", [{"losses": [np.nan] * 4}, {"scores": [np.nan] * 4}], ids=["loss", "score"])
def test_nan_counts_as_stalled(values):
    """A NaN never counts as an improvement, so that it ends training by patience."""
    verdicts = judge(Progress(0.1, adaptive=False), **values)
    assert not any(is_best for is_best, *_ in verdicts)
    assert verdicts[1][1] in {Status.CONVERGED, Status.STOPPED_EARLY}


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
    progress.record(0.125, 1.0, 10, 0.75)
    assert progress.last_epoch() == "Iteration 2, loss = 0.12500000\nValidation score: 0.750000"
    assert progress.memory() == {"n_epochs_seen": 2, "n_cuts": 0, "best": -np.inf, "n_stalled": 0}
    assert progress.n_samples_seen == 20
