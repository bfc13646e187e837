"""The two places of λ in each optimizer: the closed forms of Loshchilov & Hutter's updates, step by step."""

from itertools import pairwise

import numpy as np
import pytest

from skl2._kernels.optimizers import OPTIMIZERS, Step, take_step

WEIGHTS = np.array([1.5, -0.7, 0.0, 1e-3])
RATES = [0.1, 0.05, 0.2, 0.1, 0.01]
HEAVY_BALL, NESTEROV = {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}
ALL = [("sgd", {}), ("sgd", HEAVY_BALL), ("sgd", NESTEROV), ("adam", {})]
IDS = ["plain", "heavy-ball", "nesterov", "adam"]


def run(optimizer, params, gradient, rates, *, l2=0.0, decay=0.0, n_coefs=None):
    """Return (n_steps + 1, n_params): params before and after each step with gradient(params)."""
    params, moments, history = params.copy(), np.zeros((2, params.size), params.dtype), [params.copy()]
    for count, rate in enumerate(rates, 1):
        grad = np.asarray(gradient(params), params.dtype)
        step, where = Step(rate, np.array([l2]), np.array([decay]), count), (0, params.size)
        take_step(optimizer, step, params, grad, moments, np.array([n_coefs or params.size, 1]), where)
        history.append(params.copy())
    return np.array(history)


@pytest.mark.parametrize(("name", "changes"), ALL, ids=IDS)
def test_decoupled_decay_of_idle_weights_is_a_product(name, changes, tools):
    """Without data gradient every weight is W_0 ∏(1 - η_t λ), negative ones too; zero stays zero."""
    history = run(tools.plain(name, **changes), WEIGHTS, np.zeros_like, RATES, decay=0.5)
    shrinkage = np.cumprod(1 - 0.5 * np.array([0.0, *RATES]))
    np.testing.assert_allclose(history, shrinkage[:, np.newaxis] * WEIGHTS, rtol=1e-14)


@pytest.mark.parametrize(("name", "changes"), ALL, ids=IDS)
@pytest.mark.parametrize("mechanism", ["l2", "decay"])
def test_alpha_zero_and_intercepts_are_untouched(name, changes, mechanism, tools):
    """λ = 0 gives bit for bit the unregularised step, and parameters after n_coefs never see λ."""
    optimizer, gradient = tools.plain(name, **changes), np.cos
    free = run(optimizer, WEIGHTS, gradient, RATES)
    np.testing.assert_array_equal(run(optimizer, WEIGHTS, gradient, RATES, **{mechanism: 0.0}), free)
    half = run(optimizer, WEIGHTS, gradient, RATES, n_coefs=2, **{mechanism: 0.4})
    np.testing.assert_array_equal(half[:, 2:], free[:, 2:])
    assert np.all(half[1:, :2] != free[1:, :2])


def test_plain_sgd_cannot_tell_the_mechanisms_apart(tools):
    """Without momentum both are W ← (1 - ηλ)W - ηg, for every schedule of rates."""
    l2 = run(tools.plain(), WEIGHTS, np.cos, RATES, l2=0.5)
    decay = run(tools.plain(), WEIGHTS, np.cos, RATES, decay=0.5)
    np.testing.assert_allclose(l2, decay, rtol=1e-13)


def test_heavy_ball_parts_at_the_second_step(tools):
    """Equal after one step; after two, l2 minus decoupled is -η_1 μ λ W_0 (the rate is inside the buffer)."""
    optimizer = tools.plain(**HEAVY_BALL)
    l2, decay = (run(optimizer, WEIGHTS, np.cos, RATES, **{name: 0.5}) for name in ("l2", "decay"))
    np.testing.assert_allclose(l2[1], decay[1], rtol=1e-14, atol=1e-17)
    np.testing.assert_allclose(l2[2] - decay[2], -RATES[0] * 0.9 * 0.5 * WEIGHTS, rtol=1e-12, atol=1e-16)


def test_nesterov_parts_at_the_first_step(tools):
    """After one step, l2 minus decoupled is -η_1 μ λ W_0."""
    optimizer = tools.plain(**NESTEROV)
    l2, decay = (run(optimizer, WEIGHTS, np.cos, RATES, **{name: 0.5}) for name in ("l2", "decay"))
    np.testing.assert_allclose(l2[1] - decay[1], -RATES[0] * 0.9 * 0.5 * WEIGHTS, rtol=1e-12, atol=1e-16)


def test_heavy_ball_with_l2_follows_its_recurrence(tools):
    """Idle weights under l2 obey W_{t+1} = (1 + μ - ηλ)W_t - μW_{t-1}: they ring instead of shrinking."""
    rate, penalty, momentum = 0.1, 0.5, 0.9
    history = run(tools.plain(**HEAVY_BALL), WEIGHTS, np.zeros_like, [rate] * 200, l2=penalty)
    expected = [WEIGHTS, (1 - rate * penalty) * WEIGHTS]
    for _ in range(199):
        expected.append((1 + momentum - rate * penalty) * expected[-1] - momentum * expected[-2])
    np.testing.assert_allclose(history, expected, rtol=0, atol=1e-13)
    assert history[:, 0].min() < 0


@pytest.mark.parametrize("epsilon", [1e-8, 0.3])
def test_first_step_of_adam(epsilon, tools):
    """l2: W - η q/(|q| + ε) with q = g + λW. Decoupled: (1 - ηλ)W - η g/(|g| + ε), on the old weights."""
    g, rate, strength = np.array([0.5, -2.0, 0.1, -0.01]), 0.1, 0.4
    optimizer = tools.plain("adam", epsilon=epsilon)
    q = g + strength * WEIGHTS
    l2 = run(optimizer, WEIGHTS, lambda _: g, [rate], l2=strength)[1]
    decay = run(optimizer, WEIGHTS, lambda _: g, [rate], decay=strength)[1]
    np.testing.assert_allclose(l2, WEIGHTS - rate * q / (np.abs(q) + epsilon), rtol=1e-13)
    np.testing.assert_allclose(decay, (1 - rate * strength) * WEIGHTS - rate * g / (np.abs(g) + epsilon), rtol=1e-13)


def test_adam_with_l2_moves_idle_weights_whatever_alpha_is(tools):
    """Without data gradient and with ε → 0 the trajectory under l2 does not depend on λ, and crosses zero."""
    optimizer, params, rates = tools.plain("adam", epsilon=1e-300), np.array([0.2, -0.2]), [0.01] * 60
    weak, strong = (run(optimizer, params, np.zeros_like, rates, l2=strength) for strength in (1e-6, 1.0))
    np.testing.assert_allclose(weak, strong, rtol=0, atol=1e-14)
    assert weak[1, 0] == pytest.approx(0.19, abs=1e-14)
    assert weak[:, 0].min() < 0


def test_adam_with_constant_gradient(tools):
    """Decoupled: W_t = (1 - ηλ)^t W_0 - g/(|g| + ε) (1 - (1 - ηλ)^t)/λ, which tends to -sign(g)/λ."""
    g, rate, strength, steps = np.array([0.5, -2.0, 1.0, -0.1]), 0.1, 0.4, 50
    history = run(tools.plain("adam"), WEIGHTS, lambda _: g, [rate] * steps, decay=strength)
    shrinkage = (1 - rate * strength) ** np.arange(steps + 1)[:, np.newaxis]
    expected = shrinkage * WEIGHTS - g / (np.abs(g) + 1e-8) * (1 - shrinkage) / strength
    np.testing.assert_allclose(history, expected, rtol=1e-12)


@pytest.mark.parametrize("scale", [1e-3, 1e3])
def test_decoupled_adam_does_not_see_the_scale_of_the_loss(scale, tools):
    """(c·loss, c·ε) gives the trajectory of (loss, ε) under decoupled decay: λ never meets the moments."""
    base = run(tools.plain("adam"), WEIGHTS, np.cos, RATES, decay=0.4)
    scaled = run(tools.plain("adam", epsilon=1e-8 * scale), WEIGHTS, lambda w: scale * np.cos(w), RATES, decay=0.4)
    np.testing.assert_allclose(scaled, base, rtol=1e-12)


def test_adam_with_l2_is_scale_free_in_loss_and_alpha_together(tools):
    """(c·loss, c·λ, c·ε) gives the trajectory of (loss, λ, ε) under l2, and (c·loss, λ, c·ε) does not."""
    base = run(tools.plain("adam"), WEIGHTS, np.cos, RATES, l2=0.4)
    optimizer = tools.plain("adam", epsilon=1e-8 * 100)
    together = run(optimizer, WEIGHTS, lambda w: 100 * np.cos(w), RATES, l2=40)
    apart = run(optimizer, WEIGHTS, lambda w: 100 * np.cos(w), RATES, l2=0.4)
    np.testing.assert_allclose(together, base, rtol=1e-12)
    assert np.max(np.abs(apart - base)) > 0.01


def test_adam_sees_each_coordinate_on_its_own_scale(tools):
    """Rescaling each coordinate of the gradient leaves decoupled Adam alone (ε → 0) and changes Adam with l2."""
    optimizer, scales = tools.plain("adam", epsilon=1e-300), np.array([10.0, 1e-2, 1.0, 1e3])
    runs = {
        (name, scaled): run(
            optimizer, WEIGHTS, lambda w, scaled=scaled: (scales if scaled else 1) * np.cos(w), RATES, **{name: 0.4}
        )
        for name in ("l2", "decay")
        for scaled in (False, True)
    }
    np.testing.assert_allclose(runs["decay", True], runs["decay", False], rtol=1e-12)
    assert np.max(np.abs(runs["l2", True] - runs["l2", False])) > 0.01


def test_stationary_point_of_adam_on_a_parabola(tools):
    """l2 ends at ridge, c/(h + λ); decoupled where |g| = ελ|W|/(1 - λ|W|): almost the unregularised optimum."""
    h, c, strength, epsilon = np.array([1.0, 2.0]), np.array([0.5, -1.2]), 0.5, 0.1
    optimizer, start = tools.plain("adam", epsilon=epsilon, beta_2=0.9), np.array([0.1, 0.1])
    rates = [0.05] * 2000
    l2 = run(optimizer, start, lambda w: h * w - c, rates, l2=strength)[-1]
    w = run(optimizer, start, lambda w: h * w - c, rates, decay=strength)[-1]
    np.testing.assert_allclose(l2, c / (h + strength), rtol=1e-9)
    g = h * w - c
    np.testing.assert_allclose(np.abs(g), epsilon * strength * np.abs(w) / (1 - strength * np.abs(w)), rtol=1e-9)
    np.testing.assert_array_equal(np.sign(g), -np.sign(w))


@pytest.mark.parametrize("changes", [HEAVY_BALL, NESTEROV], ids=["heavy-ball", "nesterov"])
def test_momentum_ends_at_another_ridge(changes, tools):
    """On a parabola l2 ends at ridge(λ) and decoupled decay at ridge((1 - μ)λ)."""
    h, c, strength = np.array([1.0, 2.0]), np.array([0.5, -1.2]), 0.5
    l2, decay = (
        run(tools.plain(**changes), np.zeros(2), lambda w: h * w - c, [0.05] * 1500, **{name: strength})[-1]
        for name in ("l2", "decay")
    )
    np.testing.assert_allclose(l2, c / (h + strength), rtol=1e-12)
    np.testing.assert_allclose(decay, c / (h + 0.1 * strength), rtol=1e-12)


def test_sign_descent_with_decay_stays_in_its_box(tools):
    """With β = 0 and ε → 0, |W| never leaves max(|W_0|, 1/λ), however large the gradient."""
    optimizer = tools.plain("adam", beta_1=0.0, beta_2=0.0, epsilon=1e-300)
    random = np.random.default_rng(0)
    history = run(optimizer, WEIGHTS, lambda w: 1e3 * random.standard_normal(w.size), [0.3] * 300, decay=2.0)
    assert np.abs(history).max() <= 1.5
    assert np.abs(history[-100:]).max() <= 0.5 + 1e-12


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("mechanism", ["l2", "decay"])
def test_every_optimizer_descends_and_keeps_float32(name, mechanism, tools):
    """Each row of OPTIMIZERS reduces a parabola a thousandfold with a small λ, in the dtype of the params."""
    start = np.array([3.0, -2.0], np.float32)
    history = run(tools.plain(name), start, lambda w: 2 * w, np.geomspace(0.3, 1e-3, 200), **{mechanism: 1e-3})
    assert history.dtype == np.float32
    assert np.sum(history[-1] ** 2) < 1e-3 * np.sum(history[0] ** 2)


@pytest.mark.parametrize(("name", "changes"), ALL, ids=IDS)
def test_cautious_decay_spares_what_a_step_drives_away(name, changes, tools):
    """It is the free step where that leads away from 0, else that of decoupled decay (arXiv:2510.12402)."""
    gradient = np.array([-1.0, -1.0, -1.0, 1.0])  # of weights 1.5 and 1e-3, one is driven away; 0 stays without decay
    free, decoupled, cautious = (
        run(tools.plain(name, cautious=cautious, **changes), WEIGHTS, lambda _: gradient, [0.1], decay=decay)[1]
        for decay, cautious in ((0.0, False), (0.5, False), (0.5, True))
    )
    is_driven_away = (free - WEIGHTS) * WEIGHTS > 0
    assert is_driven_away.tolist() == [True, False, False, False]
    np.testing.assert_array_equal(cautious, np.where(is_driven_away, free, decoupled))
    assert np.all((free != decoupled) == (WEIGHTS != 0))


@pytest.mark.parametrize(("name", "changes"), ALL, ids=IDS)
def test_cautious_decay_of_idle_weights_is_decoupled(name, changes, tools):
    """A weight that the data leave alone shrinks as under decoupled decay."""
    cautious, decoupled = (
        run(tools.plain(name, cautious=cautious, **changes), WEIGHTS, np.zeros_like, RATES, decay=0.5)
        for cautious in (True, False)
    )
    np.testing.assert_array_equal(cautious, decoupled)


@pytest.mark.parametrize(("name", "changes"), ALL, ids=IDS)
def test_the_unit_of_decay_is_a_factor_of_it(name, changes, tools):
    """With decay_unit u, weights shrink by η · u · λ."""
    twice = run(tools.plain(name, decay_unit=2.0, **changes), WEIGHTS, np.cos, RATES, decay=0.25)
    np.testing.assert_array_equal(twice, run(tools.plain(name, **changes), WEIGHTS, np.cos, RATES, decay=0.5))


@pytest.mark.parametrize("mechanism", ["l2", "decay"])
@pytest.mark.parametrize("name", ["sgd", "adam"])
@pytest.mark.parametrize("strengths", [(0.3, 0.3, 0.1), (0.3, 0.0, 0.3), (0.1, 0.2, 0.2), (0.0, 0.0, 0.4)], ids=str)
def test_each_layer_has_its_own_strength(strengths, name, mechanism, tools):
    """The weights of a layer step bit for bit as with its λ everywhere, and intercepts as without, cut anywhere."""
    sizes, random = np.array([2, 3, 1, 2]), np.random.default_rng(0)
    start, grad = random.standard_normal((2, 6 + 3 + 2 + 6))
    layers = np.repeat([0, 1, 2, 3], [6, 3, 2, 6])  # the intercepts last

    def take(strengths, cuts=(0, 17)):
        params, moments = start.copy(), np.full((2, start.size), 0.5)
        both = {"l2": np.zeros(3), "decay": np.zeros(3)} | {mechanism: np.array(strengths)}
        for where in pairwise(cuts):
            step = Step(0.1, both["l2"], both["decay"], 3)
            take_step(tools.plain(name, momentum=0.9), step, params, grad, moments, sizes, where)
        return np.vstack([params, moments])

    alone = [take([strength] * 3) for strength in (*strengths, 0.0)]
    expected = np.choose(layers, alone)
    for cuts in ((0, 17), (0, 3, 7, 7, 10, 12, 17), tuple(range(18))):
        np.testing.assert_array_equal(take(strengths, cuts), expected)
