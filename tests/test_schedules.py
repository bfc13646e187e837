"""Learning rates, mini-batch by mini-batch."""

import numpy as np
import pytest

from skl2._schedules import SCHEDULES, Clock

CLOCK = Clock(n_batches=4, n_epochs_before=2, max_iter=4, n_samples_before=99, power_t=0.5)


@pytest.mark.parametrize("name", SCHEDULES)
def test_one_rate_per_mini_batch_that_never_rises(name):
    """Every schedule starts at 1, gives one number in [0, 1] per mini-batch and never rises."""
    clocks = [CLOCK._replace(n_epochs_before=epoch, n_samples_before=33 * epoch) for epoch in range(4)]
    rates = np.concatenate([SCHEDULES[name].rates(clock) for clock in clocks])
    assert rates.shape == (16,)
    assert rates[0] == 1
    assert np.all((rates >= 0) & (np.diff(rates, prepend=1) <= 0))


def test_invscaling_counts_samples():
    """After 99 samples the rate is 1 / (99 + 1)**power_t during the whole epoch."""
    np.testing.assert_allclose(SCHEDULES["invscaling"].rates(CLOCK), 0.1, rtol=1e-15)


def test_cosine_falls_within_the_epoch():
    """½ (1 + cos(π t / T)) with t counted in mini-batches: ½ at half time, 0 from T on."""
    expected = 0.5 * (1 + np.cos(np.pi * np.array([8, 9, 10, 11]) / 16))
    np.testing.assert_allclose(SCHEDULES["cosine"].rates(CLOCK), expected, rtol=1e-15)
    assert SCHEDULES["cosine"].rates(CLOCK)[0] == pytest.approx(0.5)
    assert not SCHEDULES["cosine"].rates(CLOCK._replace(n_epochs_before=4)).any()
