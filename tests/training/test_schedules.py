"""Learning rates, mini-batch by mini-batch."""

from types import SimpleNamespace

import numpy as np
import pytest

from skl2 import MLPRegressor
from skl2._training.schedules import (
    SCHEDULES,
    SMALLEST_ADAPTIVE_RATE,
    count_cycles,
    end_of_cycles,
    has_ended,
    is_complete_at_max_iter,
    learning_rates,
    sum_of_cycles,
)

N_BATCHES, N_SAMPLES = 4, 33


def make_plan(name="cosine", **changes):
    """Return what a schedule is told."""
    settings = {"max_iter": 4, "power_t": 0.5, "T_0": 1, "T_mult": 2, "warmup_epochs": 0.0} | changes
    return SimpleNamespace(learning_rate=name, **settings)


def rates_of(name="cosine", n_epochs=4, first=0, n_batches=N_BATCHES, **changes):
    """Return the rates of epochs from the first on, one row for each."""
    numbers = first + np.arange(n_epochs)
    return learning_rates(make_plan(name, **changes), n_batches, N_SAMPLES, numbers, N_SAMPLES * numbers)


@pytest.mark.parametrize("name", SCHEDULES)
def test_one_rate_per_mini_batch(name):
    """Every schedule gives one number per mini-batch, from 0 to 1, which is the rate of one of them."""
    rates = rates_of(name, 20, max_iter=20)
    assert rates.shape == (20, N_BATCHES)
    assert np.all((rates >= 0) & (rates <= 1))
    assert rates.max() == (pytest.approx(1) if name == "one_cycle" else 1)


@pytest.mark.parametrize("name", sorted(SCHEDULES.keys() - {"one_cycle", "cosine_restarts"}))
def test_rates_that_never_rise(name):
    """But for one cycle and for restarts, rates start at 1 and never rise."""
    rates = rates_of(name).ravel()
    assert rates[0] == 1
    assert np.all(np.diff(rates) <= 0)


@pytest.mark.parametrize("warmup_epochs", [0, 2, 3.3])
@pytest.mark.parametrize("name", SCHEDULES)
def test_epochs_at_once_have_the_rates_of_each(name, warmup_epochs):
    """The rates of several epochs are, bit for bit, those asked for one by one."""
    settings = {"max_iter": 9, "power_t": 0.3, "T_0": 2, "warmup_epochs": warmup_epochs}
    together = rates_of(name, 8, 1, **settings)
    for epoch, rates in enumerate(together, 1):
        np.testing.assert_array_equal(rates_of(name, 1, epoch, **settings)[0], rates)


def test_invscaling_counts_samples():
    """After 99 samples the rate is 1 / (99 + 1)**power_t during the whole epoch."""
    np.testing.assert_allclose(rates_of("invscaling", 1, 3), 0.1, rtol=1e-15)


def test_invscaling_with_a_huge_power_is_zero():
    """What no float can hold divides to a rate of 0 (a power_t of 1e300 was an OverflowError)."""
    assert not rates_of("invscaling", 1, 3, power_t=1e300).any()


def test_cosine_falls_within_the_epoch():
    """½ (1 + cos(π t / T)) with t counted in mini-batches: ½ at half time, 0 from T on."""
    expected = 0.5 * (1 + np.cos(np.pi * np.array([8, 9, 10, 11]) / 16))
    np.testing.assert_allclose(rates_of("cosine", 1, 2), [expected], rtol=1e-15)
    assert rates_of("cosine", 1, 2)[0, 0] == pytest.approx(0.5)
    assert not rates_of("cosine", 1, 4).any()


def test_linear_falls_in_equal_steps():
    """1 - t / T, and 0 from T on."""
    np.testing.assert_allclose(rates_of("linear").ravel(), 1 - np.arange(16) / 16, rtol=1e-15)
    assert not rates_of("linear", 2, 4).any()


@pytest.mark.parametrize("T_mult", [1, 2, 3])
@pytest.mark.parametrize("T_0", [1, 3])
def test_each_cycle_is_a_cosine_of_its_own(T_0, T_mult):
    """The rates of cycle i, of T_0 · T_multⁱ epochs, are those of 'cosine' with so many as max_iter."""
    lengths = [T_0 * T_mult**i for i in range(4)]
    expected = np.vstack([rates_of("cosine", length, max_iter=length) for length in lengths])
    actual = rates_of("cosine_restarts", len(expected), T_0=T_0, T_mult=T_mult, max_iter=1)
    np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("max_iter", [10, 11, 40])
def test_one_cycle_rises_and_falls(max_iter):
    """From 1/25 to 1 in 30 % of the steps, and to 1/250000 in the last one, by half cosines (PyTorch's OneCycleLR)."""
    n_steps = max_iter * N_BATCHES
    peak = 0.3 * n_steps - 1
    where = np.array([0, peak / 2, peak, (peak + n_steps - 1) / 2, n_steps - 1])
    knots = np.array([1 / 25, 0.5 + 0.5 / 25, 1, 0.5 + 0.5 / 250000, 1 / 250000])
    rates = rates_of("one_cycle", max_iter, max_iter=max_iter).ravel()
    is_whole = where == np.round(where)
    np.testing.assert_allclose(rates[where[is_whole].astype(int)], knots[is_whole], rtol=1e-10)
    assert np.all(np.diff(rates[: int(peak)]) > 0)
    assert np.all(np.diff(rates[int(peak) + 1 :]) < 0)
    np.testing.assert_allclose(rates_of("one_cycle", 1, max_iter, max_iter=max_iter), 1 / 250000, rtol=1e-10)


@pytest.mark.parametrize("warmup_epochs", [1, 2, 2.5])
@pytest.mark.parametrize("name", SCHEDULES)
def test_a_warm_up_comes_before_the_schedule(name, warmup_epochs):
    """Rates rise in a line from 0 to the first of the schedule, which then has the epochs that are left."""
    settings = {"max_iter": 9, "T_0": 2, "warmup_epochs": warmup_epochs}
    rates, n_warm = rates_of(name, 9, **settings).ravel(), int(warmup_epochs * N_BATCHES)
    first = 1 / 25 if name == "one_cycle" else 1
    np.testing.assert_allclose(rates[:n_warm], first * np.arange(n_warm) / n_warm, rtol=1e-14)
    if name == "invscaling" and warmup_epochs == 2.5:  # it is constant in an epoch, by the samples seen before
        n_seen = N_SAMPLES * np.repeat(np.maximum(np.arange(2, 9) - 2.5, 0), N_BATCHES)[2:]
        np.testing.assert_allclose(rates[n_warm:], 1 / np.sqrt(n_seen + 1), rtol=1e-14)
        return
    # As many mini-batches, in epochs that may be cut elsewhere.
    n_left, n_batches = rates.size - n_warm, N_BATCHES if warmup_epochs % 1 == 0 else 2
    own = settings | {"warmup_epochs": 0, "max_iter": n_left / n_batches, "T_0": 2 * N_BATCHES / n_batches}
    expected = rates_of(name, n_left // n_batches, n_batches=n_batches, **own).ravel()
    np.testing.assert_allclose(rates[n_warm:], expected, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_warm_up_longer_than_training(name):
    """Then rates rise until the end."""
    rates = rates_of(name, 4, warmup_epochs=8).ravel()
    np.testing.assert_allclose(rates, (1 / 25 if name == "one_cycle" else 1) * np.arange(16) / 32, rtol=1e-14)


@pytest.mark.parametrize(
    ("T_0", "T_mult", "ends"), [(1, 2, [1, 3, 7, 15]), (4, 1, [4, 8, 12]), (2, 3, [2, 8])], ids=str
)
def test_the_ends_of_cycles(T_0, T_mult, ends):
    """They are T_0 (1 + T_mult + T_mult² + …), after the warm-up; training is complete there and nowhere else."""
    for warmup_epochs in (0, 2, 0.5):
        plan = make_plan("cosine_restarts", T_0=T_0, T_mult=T_mult, warmup_epochs=warmup_epochs, max_iter=15)
        found = [n for n in range(1, 16) if count_cycles(plan, n) > count_cycles(plan, n - 1)]
        assert found == [n for n in np.ceil(np.add(ends, warmup_epochs)) if n <= 15]
        assert [end_of_cycles(plan, k + 1) for k in range(len(found))] == found
        for max_iter in range(1, 16):
            plan.max_iter = max_iter
            assert is_complete_at_max_iter(plan) == (max_iter in found)
    assert count_cycles(make_plan("cosine"), 4) == 0


def test_cycles_that_are_no_whole_epochs():
    """Cycles of short runs end with them, whatever the rounding of T_0."""
    for max_iter in range(1, 60):
        plan = make_plan("cosine_restarts", T_0=10 * max_iter / 70, max_iter=max_iter)
        assert is_complete_at_max_iter(plan)
        assert end_of_cycles(plan, 3) == max_iter


@pytest.mark.parametrize("warmup_epochs", [0, 3, 40])
@pytest.mark.parametrize(("T_0", "T_mult"), [(10, 2), (7, 1), (1, 3), (50, 1)])
def test_the_sum_of_cycles_has_a_closed_form(T_0, T_mult, warmup_epochs):
    """It is the sum of all rates, wherever max_iter is."""
    for max_iter in (1, 2, 6, 7, 13, 30, 31):
        settings = {"T_0": T_0, "T_mult": T_mult, "warmup_epochs": warmup_epochs, "max_iter": max_iter}
        expected = rates_of("cosine_restarts", max_iter, **settings).sum()
        assert sum_of_cycles(make_plan("cosine_restarts", **settings), N_BATCHES) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", SCHEDULES)
def test_what_ends_a_schedule(name):
    """'adaptive' ends at a rate of 1e-6, what falls to 0 at max_iter, and what goes on for ever never."""
    by_its_rate, by_its_epochs = name == "adaptive", name in ("cosine", "linear", "one_cycle")
    assert has_ended(name, SMALLEST_ADAPTIVE_RATE, 3, 10) == by_its_rate
    assert has_ended(name, 0.1, 10, 10) == has_ended(name, 0.1, 11, 10) == by_its_epochs
    assert not has_ended(name, 1.01 * SMALLEST_ADAPTIVE_RATE, 9, 10)
    if name != "cosine_restarts":
        assert is_complete_at_max_iter(make_plan(name)) == by_its_epochs


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_without_a_rate_has_ended(name):
    """Where all rates to come are 0, `has_ended` says so, and the table has no schedule that dies unnoticed."""
    assert rates_of(name, 1, 10**7, max_iter=10).any() or has_ended(name, 0.1, 10, 10)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("name", SCHEDULES)
def test_the_curve_has_the_mean_of_each_epoch(name, optimizer):
    """learning_rate_curve_ times mini-batches is Σ η_t of each epoch: an idle weight ends at exp(-λ·Σ η_t)."""
    X = np.random.default_rng(0).standard_normal((30, 2))
    X[:, 1] = 0  # the weights of this feature are idle
    settings = {"batch_size": 10, "max_iter": 7, "random_state": 0, "tol": 1e9, "n_iter_no_change": 2, "power_t": 0.1}
    settings |= {"hidden_layer_sizes": (3,), "optimizer": optimizer, "learning_rate": name, "learning_rate_init": 0.01}
    settings |= {"T_0": 1} | ({} if SCHEDULES[name].adaptive else {"n_iter_no_change": np.inf})
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
