"""The values of alpha that are tried by default, and what their total shrinkage means."""

import itertools
import re

import numpy as np
import pandas as pd
import pytest

from skl2 import MLPClassifier, MLPRegressor
from skl2._inputs.grid import check_alphas, make_grid, resolve_alpha
from skl2._inputs.strengths import DECAYS, NO_EFFECT_IN_FLOAT32
from skl2._training.schedules import SCHEDULES

RANDOM = np.random.default_rng(0)
X = np.hstack([RANDOM.standard_normal((40, 3)), np.zeros((40, 1))])  # the weights of the last feature are idle
Y = X[:, 0] - np.sin(X[:, 1])
DECOUPLED = {"decay": "decoupled", "random_state": 0, "tol": 0.0, "n_iter_no_change": np.inf}
RATES = {  # by schedule: η of mini-batch t of n_batches · max_iter, in an epoch after n_before samples
    "constant": lambda t, n_before, n_steps: 1.0,
    "adaptive": lambda t, n_before, n_steps: 1.0,
    "invscaling": lambda t, n_before, n_steps: (n_before + 1) ** -0.1,
    "cosine": lambda t, n_before, n_steps: (1 + np.cos(np.pi * t / n_steps)) / 2,
    "linear": lambda t, n_before, n_steps: 1 - t / n_steps,
    "one_cycle": lambda t, n_before, n_steps: one_cycle(t, 0.3 * n_steps - 1, n_steps - 1),
}


def one_cycle(t, peak, last):
    """1/25 at the start, 1 at the peak, 1/250000 at the end, with half a cosine between two of them."""
    start, end, share = (1 / 25, 1, t / peak) if t < peak else (1, 1 / 250000, (t - peak) / (last - peak))
    return end + (start - end) * (1 + np.cos(np.pi * share)) / 2


def restart(t, length):
    """The cosine of a cycle of so many mini-batches at first, and of twice as many each time."""
    return restart(t - length, 2 * length) if t >= length else (1 + np.cos(np.pi * t / length)) / 2


def sum_rates(schedule, n_samples, n_batches, max_iter):
    """Σ_t η_t of a base rate 1, one mini-batch after the other."""
    if schedule == "cosine_restarts":
        return sum(restart(t, 10 * n_batches) for t in range(n_batches * max_iter))
    rate, n_steps = RATES[schedule], n_batches * max_iter
    return sum(rate(t, n_samples * (t // n_batches), n_steps) for t in range(n_steps))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    "changes", [{}, {"batch_size": "auto"}, {"early_stopping": True, "validation_fraction": 0.4}, {"optimizer": "sgd"}]
)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_an_idle_weight_shrinks_by_the_total_shrinkage(schedule, changes):
    """Weights that the data leave alone end at exp(-D) of their start, D = path.total_shrinkage, to first order."""
    settings = {"hidden_layer_sizes": (4,), "batch_size": 11, "max_iter": 6, "power_t": 0.1} | changes
    path = MLPRegressor(learning_rate=schedule, **DECOUPLED | settings).path(X, Y, [0.0, 0.1, 0.2])
    start, *ends = (network.coefs_[0][-1] for network in path)
    for end, shrinkage in zip(ends, path.total_shrinkage[1:], strict=True):
        np.testing.assert_allclose(np.log(start / end), shrinkage, rtol=1e-3)
    assert path.total_shrinkage[0] == 0
    assert path.total_shrinkage[2] == 2 * path.total_shrinkage[1]


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_rates_of_many_epochs_are_summed_in_blocks(schedule):
    """Beyond a thousand epochs the sum of all rates is right to 1e-5."""
    settings = {"learning_rate": schedule, "batch_size": 20, "power_t": 0.1, "learning_rate_init": 0.01}
    estimator = MLPClassifier(**DECOUPLED, max_iter=4000, **settings)
    expected = 0.01 * sum_rates(schedule, 40, 2, 4000)
    assert make_grid(estimator, [1.0], 40).total_rate == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_grid_of_training_without_an_end(schedule):
    """A max_iter of 2**63 - 1, until it converges, has a grid that rises, at once (epochs were counted one by one)."""
    estimator = MLPClassifier(**DECOUPLED, max_iter=2**63 - 1, learning_rate=schedule)
    alphas = make_grid(estimator, 5, 40).alphas
    assert np.all(np.diff(alphas) > 0)


def test_a_rate_too_small_for_any_alpha_has_no_default_grid():
    """Where D / Σ_t η_t is no number, the message names the rate (the grid was infinite)."""
    estimator = MLPClassifier(**DECOUPLED, max_iter=1, learning_rate_init=1e-310)
    with pytest.raises(ValueError, match="is so small that no alpha"):
        make_grid(estimator, 5, 40)


@pytest.mark.parametrize("rate", [1e-3, 0.02])
@pytest.mark.parametrize(("n_samples", "batch_size", "n_batches"), [(40, 11, 4), (40, 20, 2), (450, "auto", 3)])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_grid_of_decoupled_decay(schedule, n_samples, batch_size, n_batches, rate):
    """0, then D from 0.03 to 30 in equal ratios, with λ = D / Σ_t η_t."""
    settings = {"learning_rate": schedule, "batch_size": batch_size, "learning_rate_init": rate, "power_t": 0.1}
    estimator = MLPClassifier(**DECOUPLED, max_iter=150, **settings)
    total = rate * sum_rates(schedule, n_samples, n_batches, 150)
    grid = make_grid(estimator, 5, n_samples)
    assert grid.total_rate == pytest.approx(total, rel=1e-12)
    np.testing.assert_allclose(grid.alphas * total, [0, 0.03, 0.3, 3, 30], rtol=1e-12)
    assert grid.description == (
        f"alpha = 0, and {grid.alphas[1]:.3g} to {grid.alphas[-1]:.3g}; D = alpha · Ση is the total shrinkage, "
        f"Ση = {grid.total_rate:.3g} the sum of all learning rates"
    )


def test_few_steps_limit_the_grid():
    """A step never takes more than half of a weight: where D = 30 would need that, the grid ends at η·λ = 0.5."""
    estimator = MLPRegressor(**DECOUPLED, learning_rate_init=0.01, max_iter=8)
    grid = make_grid(estimator, 5, 40)
    assert grid.alphas[0] == 0
    np.testing.assert_allclose(0.01 * grid.alphas[[1, -1]], [0.03 / 8, 0.5])
    np.testing.assert_allclose(np.diff(np.log(grid.alphas[1:])), np.log(0.5 / (0.03 / 8)) / 3)
    assert "0.375 to 50;" in grid.description


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("decay", DECAYS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_few_steps_have_a_default_or_a_reason(schedule, decay):
    """In any schedule a grid rises to at most η·λ = 0.5 and 'auto' is below that; or no step has a rate, it is said."""
    settings = {"hidden_layer_sizes": (2,), "learning_rate": schedule, "decay": decay, "alpha": "auto"}
    for max_iter, warmup_epochs in itertools.product([1, 2, 3, 4], [0, 1, 5]):
        estimator = MLPRegressor(**DECOUPLED | settings, max_iter=max_iter, warmup_epochs=warmup_epochs)
        if max_iter == 1 and warmup_epochs:  # one mini-batch, with which rates begin to rise from 0
            for train in (estimator.path, estimator.fit):
                with pytest.raises(ValueError, match=rf"max_iter=1 epochs with warmup_epochs={warmup_epochs} are 0"):
                    train(X, Y)
            continue
        path, largest = estimator.path(X, Y, 4), 0.5 if decay == "independent" else 0.5 / 0.001
        assert path.alphas[0] == 0 < path.alphas[1] < path.alphas[-1] <= largest * (1 + 1e-12)
        assert 0 < estimator.fit(X, Y).alpha_ <= largest


@pytest.mark.parametrize("settings", [{"penalty": "l2"}, {"learning_rate": "cosine"}, {"optimizer": "lbfgs"}], ids=str)
def test_the_grid_of_the_l2_penalty(settings):
    """0, then 1e-5 to 1 in equal ratios, whatever the data and the learning rate; there is no D."""
    for alphas in (5, np.int64(5)):
        grid = make_grid(MLPRegressor(**settings, learning_rate_init=5.0), alphas, 40)
        np.testing.assert_allclose(grid.alphas, [0, *np.logspace(-5, 0, 4)], rtol=1e-12)
        assert grid.total_rate is None
        assert grid.description == "alpha = 0, and 1e-05 to 1"


@pytest.mark.parametrize("estimator", [MLPRegressor(), MLPClassifier(**DECOUPLED)], ids=["l2", "decoupled"])
def test_an_int_says_how_many(estimator):
    """An int grid has so many different values, rising from 0."""
    for n_alphas in (2, 3, 10):
        alphas = make_grid(estimator, n_alphas, 40).alphas
        assert len(alphas) == n_alphas
        assert alphas[0] == 0
        assert np.all(np.diff(alphas) > 0)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_path_on_the_default_grid():
    """alphas=10 is the default; the samples that early stopping holds out count for no step."""
    settings = {"hidden_layer_sizes": (2,), "batch_size": 10, "max_iter": 3, "early_stopping": True}
    estimator = MLPRegressor(**DECOUPLED | settings, validation_fraction=0.25)
    path = estimator.path(X, Y)
    assert len(path) == 10
    np.testing.assert_array_equal(path.alphas, make_grid(estimator, 10, 30).alphas)
    assert repr(path).splitlines()[1] == make_grid(estimator, 10, 30).description
    assert MLPRegressor(hidden_layer_sizes=(2,), max_iter=1).path(X, Y, 2).total_shrinkage is None


@pytest.mark.parametrize("alphas", [[3, 0.0, 1], (3, 0, 1), np.array([3, 0, 1]), pd.Series([3.0, 0.0, 1.0])], ids=type)
def test_alphas_as_given(alphas):
    """Numbers in any container and order are taken as they are."""
    grid = make_grid(MLPRegressor(), alphas, 40)
    assert grid.alphas.tolist() == [3, 0, 1]
    assert grid.alphas.dtype == np.float64
    assert grid.description == "alpha as given"


def test_the_largest_alpha_is_checked():
    """At the largest alpha of the grid decay must not reverse a weight; the estimator's own alpha does not matter."""
    estimator = MLPRegressor(**DECOUPLED, learning_rate_init=0.1, alpha=100.0)
    assert make_grid(estimator, [1.0, 9.0, 2.0], 40).alphas.max() == 9
    assert estimator.alpha == 100
    with pytest.raises(ValueError, match=r"got 0\.1 \* 10\.0 = 1\. Lower alpha below 10"):
        make_grid(estimator, [1.0, 10.0, 2.0], 40)


@pytest.mark.parametrize(
    "alphas", [[], [-1.0], [0.1, np.nan], [np.inf], [[0.1]], 0.1, None, True, "ten", ["a"], [[1], [1, 2]]], ids=repr
)
def test_alphas_that_are_none(alphas):
    """What is no list of finite numbers >= 0 is refused, with what was given."""
    with pytest.raises(ValueError, match=r"alphas must be an int .* finite numbers >= 0; (a λ .*)?got ") as error:
        make_grid(MLPRegressor(), alphas, 40)
    assert str(error.value).endswith(f"got {alphas!r}.")


@pytest.mark.parametrize("alphas", [1, 0, -3])
def test_too_few_alphas(alphas):
    """An int below 2 leaves nothing to compare."""
    with pytest.raises(ValueError, match=f"at least 2; got alphas={alphas}"):
        make_grid(MLPRegressor(), alphas, 40)


def test_alpha_must_have_an_effect():
    """Without penalty and decay all networks would be the same: refused, with what to write."""
    with pytest.raises(ValueError, match=r"alpha has no effect.*Write penalty='l2' or decay='decoupled'"):
        make_grid(MLPRegressor(penalty=None), 5, 40)
    assert make_grid(MLPRegressor(penalty=None, decay="decoupled"), 5, 40).total_rate > 0
    assert check_alphas([0.0]).tolist() == [0.0]


def test_very_many_steps():
    """However many steps there are, the smallest decay is one that float32 does not round away."""
    estimator = MLPRegressor(decay="decoupled", batch_size=1, max_iter=30000)
    smallest, largest = make_grid(estimator, 5, 100).alphas[[1, -1]] * estimator.learning_rate_init
    assert smallest == pytest.approx(NO_EFFECT_IN_FLOAT32)
    assert largest == pytest.approx(30 / 3e6)


def test_two_values_are_the_ends():
    """The smallest grid is 0 and the largest value."""
    assert make_grid(MLPRegressor(), 2, 40).alphas.tolist() == [0, 1]


@pytest.mark.parametrize(("n_samples", "batch_size", "n_batches"), [(40, 11, 4), (40, 20, 2), (450, "auto", 3)])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_an_alpha_for_one_network(schedule, n_samples, batch_size, n_batches):
    """alpha='auto' is 3 / Σ_t η_t, a number is itself, and an estimator stays as it is."""
    settings = {"learning_rate": schedule, "batch_size": batch_size, "learning_rate_init": 0.01, "power_t": 0.1}
    estimator = MLPClassifier(**DECOUPLED, alpha="auto", max_iter=50, **settings)
    total = 0.01 * sum_rates(schedule, n_samples, n_batches, 50)
    assert resolve_alpha(estimator, n_samples) == pytest.approx(3 / total, rel=1e-12)
    assert estimator.alpha == "auto"
    assert resolve_alpha(estimator.set_params(alpha=0.25), n_samples) == 0.25


def test_few_steps_limit_the_alpha_of_one_network():
    """A step takes at most half of a weight, where 3 / Σ_t η_t would take more: η·λ = 0.5, as in the grid."""
    estimator = MLPRegressor(**DECOUPLED, alpha="auto", learning_rate_init=0.2, max_iter=4)
    assert resolve_alpha(estimator, 40) == 0.5 / 0.2 < 3 / (4 * 0.2)
    assert resolve_alpha(estimator.set_params(max_iter=6), 40) == pytest.approx(3 / (6 * 0.2))  # just at the limit
    assert resolve_alpha(estimator.set_params(max_iter=12), 40) == pytest.approx(3 / (12 * 0.2))


@pytest.mark.parametrize(("rate", "words"), [(1e-310, "so small that no alpha"), (1e307, "so large that any alpha")])
def test_rates_for_which_no_alpha_is_right(rate, words):
    """Where D / Σ_t η_t is no number, or 0, the message names the rate."""
    estimator = MLPRegressor(**DECOUPLED, alpha="auto", learning_rate_init=rate, max_iter=1 if rate < 1 else 100)
    with pytest.raises(ValueError, match=rf"learning_rate_init={re.escape(str(rate))} is {words}"):
        resolve_alpha(estimator, 40)


def test_an_alpha_between_two():
    """A place between two values is one in equal ratios; a whole number is the value itself."""
    grid = make_grid(MLPRegressor(), [0.01, 1.0, 4.0], 40)
    assert [grid.between(place) for place in (0, 1.0, 2.0)] == [0.01, 1, 4]
    for place, expected in [(0.5, 0.1), (0.25, 0.01**0.75), (1.5, 2), (1.25, 2**0.5)]:
        assert grid.between(place) == pytest.approx(expected, rel=1e-14)
    assert type(grid.between(0.5)) is type(grid.between(2)) is float


def test_an_alpha_beside_0():
    """0 has no ratio: beside it the nearer one is taken."""
    grid = make_grid(MLPRegressor(), [0.0, 1.0, 0.0], 40)
    assert [grid.between(place) for place in (0, 0.49, 0.51, 1, 1.49, 1.51, 2)] == [0, 0, 1, 1, 1, 0, 0]


def test_very_small_and_large_alphas():
    """Between the smallest and the largest numbers nothing overflows."""
    grid = make_grid(MLPRegressor(), [1e-300, 1e300], 40)
    assert grid.between(0.5) == pytest.approx(1)


def test_a_description_of_ones_own():
    """Values may have another name than 'as given'."""
    assert make_grid(MLPRegressor(), [1.0, 2.0], 40, "alpha = 1 to 2").description == "alpha = 1 to 2"
    assert "as given" not in make_grid(MLPClassifier(**DECOUPLED), [1.0, 2.0], 40, "alpha = 1 to 2").description


def test_strengths_of_layers_are_no_grid():
    """Where values have a λ for each layer, the message says who takes them."""
    with pytest.raises(ValueError, match=r"numbers >= 0; a λ for each layer .* GridSearchCV takes a list of them; got"):
        check_alphas([[1, 2]])


def test_the_sum_of_many_rates_after_a_warm_up():
    """Beyond a thousand epochs the sum is right to 1e-3 with a long warm-up, and that of cycles to rounding."""
    settings = {"batch_size": 20, "learning_rate_init": 0.01, "max_iter": 4000, "warmup_epochs": 1500}
    estimator = MLPClassifier(**DECOUPLED, **settings, learning_rate="cosine")
    expected = 0.01 * ((3000 - 1) / 2 + (5000 + 1) / 2)
    assert make_grid(estimator, [1.0], 40).total_rate == pytest.approx(expected, rel=1e-3)
    estimator.set_params(learning_rate="cosine_restarts", T_mult=1, T_0=2500)
    assert make_grid(estimator, [1.0], 40).total_rate == pytest.approx(expected, rel=1e-12)
