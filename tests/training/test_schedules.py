"""Learning rates, mini-batch by mini-batch."""

from types import SimpleNamespace

import numpy as np
import pytest

from skl2 import MLPRegressor
from skl2._training.schedules import SCHEDULES, SMALLEST_ADAPTIVE_RATE, Clock, has_ended, make_clock

CLOCK = Clock(n_batches=4, n_epochs_before=np.array([2]), max_iter=4, n_samples_before=np.array([99]), power_t=0.5)


@pytest.mark.parametrize("name", SCHEDULES)
def test_one_rate_per_mini_batch_that_never_rises(name):
    """Every schedule starts at 1, gives one number in [0, 1] per mini-batch and never rises."""
    rates = SCHEDULES[name].rates(CLOCK._replace(n_epochs_before=np.arange(4), n_samples_before=33 * np.arange(4)))
    assert rates.shape == (4, 4)
    assert rates[0, 0] == 1
    assert np.all((rates >= 0) & (np.diff(rates, prepend=1) <= 0))


@pytest.mark.parametrize("name", SCHEDULES)
def test_epochs_at_once_have_the_rates_of_each(name):
    """The rates of several epochs are, bit for bit, those asked for one by one."""
    plan = SimpleNamespace(max_iter=7, power_t=0.3)
    together = SCHEDULES[name].rates(make_clock(plan, 5, 6, 33, SimpleNamespace(n_epochs_seen=2, n_samples_seen=66)))
    for epoch, rates in enumerate(together):
        seen = SimpleNamespace(n_epochs_seen=2 + epoch, n_samples_seen=66 + 33 * epoch)
        np.testing.assert_array_equal(SCHEDULES[name].rates(make_clock(plan, 5, 1, 33, seen))[0], rates)


def test_invscaling_counts_samples():
    """After 99 samples the rate is 1 / (99 + 1)**power_t during the whole epoch."""
    np.testing.assert_allclose(SCHEDULES["invscaling"].rates(CLOCK), 0.1, rtol=1e-15)


def test_invscaling_with_a_huge_power_is_zero():
    """What no float can hold divides to a rate of 0 (a power_t of 1e300 was an OverflowError)."""
    assert not SCHEDULES["invscaling"].rates(CLOCK._replace(power_t=1e300)).any()


def test_cosine_falls_within_the_epoch():
    """½ (1 + cos(π t / T)) with t counted in mini-batches: ½ at half time, 0 from T on."""
    expected = 0.5 * (1 + np.cos(np.pi * np.array([8, 9, 10, 11]) / 16))
    np.testing.assert_allclose(SCHEDULES["cosine"].rates(CLOCK), [expected], rtol=1e-15)
    assert SCHEDULES["cosine"].rates(CLOCK)[0, 0] == pytest.approx(0.5)
    assert not SCHEDULES["cosine"].rates(CLOCK._replace(n_epochs_before=np.array([4]))).any()


@pytest.mark.parametrize(
    ("name", "by_its_rate", "by_its_epochs"),
    [
        ("constant", False, False),
        ("invscaling", False, False),
        ("adaptive", True, False),
        ("cosine", False, True),
    ],
)
def test_what_ends_a_schedule(name, by_its_rate, by_its_epochs):
    """'adaptive' ends at a rate of 1e-6, 'cosine' after max_iter epochs, and what goes on for ever never does."""
    assert has_ended(name, SMALLEST_ADAPTIVE_RATE, 3, 10) == by_its_rate
    assert has_ended(name, 0.1, 10, 10) == has_ended(name, 0.1, 11, 10) == by_its_epochs
    assert not has_ended(name, 1.01 * SMALLEST_ADAPTIVE_RATE, 9, 10)


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_without_a_rate_has_ended(name):
    """Where all rates to come are 0, `has_ended` says so, and the table has no schedule that dies unnoticed."""
    clock = CLOCK._replace(n_epochs_before=np.array([10]), max_iter=10, n_samples_before=np.array([10**9]))
    assert SCHEDULES[name].rates(clock).any() or has_ended(name, 0.1, 10, 10)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("name", SCHEDULES)
def test_the_curve_has_the_mean_of_each_epoch(name, optimizer):
    """learning_rate_curve_ times mini-batches is Σ η_t of each epoch: an idle weight ends at exp(-λ·Σ η_t)."""
    X = np.random.default_rng(0).standard_normal((30, 2))
    X[:, 1] = 0  # the weights of this feature are idle
    settings = {"batch_size": 10, "max_iter": 7, "random_state": 0, "tol": 1e9, "n_iter_no_change": 2, "power_t": 0.1}
    settings |= {"hidden_layer_sizes": (3,), "optimizer": optimizer, "learning_rate": name, "learning_rate_init": 0.01}
    settings |= {} if SCHEDULES[name].adaptive else {"n_iter_no_change": np.inf}
    start, end = (MLPRegressor(decay="decoupled", alpha=alpha, **settings).fit(X, X[:, 0]) for alpha in (0.0, 0.1))
    curve = end.learning_rate_curve_
    assert len(curve) == 7
    assert {type(rate) for rate in curve} == {float}
    np.testing.assert_allclose(np.log(start.coefs_[0][1] / end.coefs_[0][1]), 0.1 * 3 * sum(curve), rtol=1e-3)
    if name == "constant":
        assert curve == [0.01] * 7
    if name == "adaptive":
        np.testing.assert_allclose(curve, [0.01] * 4 + [0.002] * 3)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_curve_goes_on():
    """Warm fits and partial_fit append to learning_rate_curve_, an epoch each, the latter where the cosine stands."""
    X = np.random.default_rng(0).standard_normal((30, 2))
    settings = {"hidden_layer_sizes": (3,), "batch_size": 10, "max_iter": 4, "learning_rate": "cosine"}
    whole = MLPRegressor(**settings, warm_start=True).fit(X, X[:, 0])
    parts = MLPRegressor(**settings)
    for _ in range(4):
        parts.partial_fit(X, X[:, 0])
    assert parts.learning_rate_curve_ == whole.learning_rate_curve_
    assert np.all(np.diff(whole.learning_rate_curve_) < 0)
    assert whole.fit(X, X[:, 0]).learning_rate_curve_ == 2 * parts.learning_rate_curve_
