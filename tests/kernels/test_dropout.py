"""Dropout: its random numbers, its masks, and the gradient of what is left."""

import os

import numpy as np
import pytest

from skl2._kernels.activations import ACTIVATIONS
from skl2._kernels.dropout import N_ROUNDS, N_WORDS, UNIT_BITS, draw, drop, philox
from skl2._kernels.inputs import Inputs
from skl2._kernels.losses import LOSSES
from skl2._kernels.network import Network

COMPILED = os.environ.get("NUMBA_DISABLE_JIT", "0") == "0"
ONES = 0xFFFFFFFF
PI = (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0)
ANSWERS = [  # of kat_vectors, Random123
    ((0,) * 4, (0,) * 2, 7, [0x5F6FB709, 0x0D893F64, 0x4F121F81, 0x4F730A48]),
    ((ONES,) * 4, (ONES,) * 2, 7, [0x5207DDC2, 0x45165E59, 0x4D8EE751, 0x8C52F662]),
    (*PI, 7, [0x4DFCCABA, 0x190A87F0, 0xC47362BA, 0xB6B5242A]),
    ((0,) * 4, (0,) * 2, 10, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
    ((ONES,) * 4, (ONES,) * 2, 10, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
    (*PI, 10, [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1]),
]
SEED = 0x123456789ABCDEF


@pytest.mark.parametrize(("counter", "key", "n_rounds", "words"), ANSWERS)
def test_known_answers_of_philox(counter, key, n_rounds, words):
    """The words are those that the authors of Philox4x32 publish."""
    assert list(philox(counter, key, n_rounds)) == words


def make_network(rates, seed=SEED):
    """A network of which only dropout counts."""
    return Network(np.array([1] * (len(rates) + 2)), 0, 0, 0, np.zeros(1), np.array(rates, float), seed)


def masks(rate, first_sample, shape, *, layer=1, seed=SEED, dtype=np.float64, width=256):
    """Masks of samples that follow one another, (n_samples, n_units)."""
    a, slope = np.ones(shape, dtype), np.full(shape, 2, dtype)
    bits = np.empty(N_WORDS * width, f"int{8 * np.dtype(dtype).itemsize}")
    drop(make_network([rate] * layer, seed), layer, first_sample, a, slope, bits)
    np.testing.assert_array_equal(slope, 2 * a)
    return a


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_units_are_silent_or_count_more(rate, dtype):
    """A mask is 0 with probability p, and 1 / (1 - p) otherwise: its mean is 1, its variance p / (1 - p)."""
    m = masks(rate, 10**12, (400, 300) if COMPILED else (40, 30), dtype=dtype)
    assert np.unique(m).tolist() == [0, dtype(1 / (1 - rate))]
    assert abs(np.mean(m == 0) - rate) < 5 * np.sqrt(rate * (1 - rate) / m.size)


def test_numbers_are_uniform():
    """Each bit of the numbers is 1 half of the time, and sixteen classes are equally likely (χ², to 1e-6)."""
    bits, numbers = np.empty(1024, np.int64), []
    for group in range(200 if COMPILED else 10):
        draw(SEED, 1, group, 0, 256, bits)
        numbers.append(bits.copy())
    numbers = np.concatenate(numbers)
    assert 0 <= numbers.min() < numbers.max() < 2**UNIT_BITS
    share = [np.mean(numbers >> bit & 1) for bit in range(UNIT_BITS)]
    np.testing.assert_allclose(share, 0.5, atol=5 * 0.5 / np.sqrt(numbers.size))
    counts = np.bincount(numbers >> (UNIT_BITS - 4), minlength=16)
    assert np.sum((counts - numbers.size / 16) ** 2 / (numbers.size / 16)) < 56


NEIGHBOURS = {
    "unit": lambda m, shape: (m[:, 1:], m[:, :-1]),
    "sample": lambda m, shape: (m[1:], m[:-1]),
    "sample four on": lambda m, shape: (m[4:], m[:-4]),
    "diagonal": lambda m, shape: (m[1:, 1:], m[:-1, :-1]),
    "layer": lambda m, shape: (m, masks(0.5, 0, shape, layer=2)),
    "seed": lambda m, shape: (m, masks(0.5, 0, shape, seed=SEED + 1)),
    "seed, high bits": lambda m, shape: (m, masks(0.5, 0, shape, seed=SEED + 2**32)),
    "step": lambda m, shape: (m, masks(0.5, shape[0], shape)),
    "sample beyond a word": lambda m, shape: (m, masks(0.5, 2**34, shape)),
}


@pytest.mark.parametrize("neighbour", NEIGHBOURS)
def test_neighbours_are_independent(neighbour):
    """The correlation of masks of neighbouring units, samples, layers, seeds and mini-batches is that of chance."""
    shape = (400, 300) if COMPILED else (40, 30)
    one, other = NEIGHBOURS[neighbour](masks(0.5, 0, shape), shape)
    assert abs(np.mean((one - 1) * (other - 1))) < 5 / np.sqrt(one.size)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_masks_follow_from_sample_layer_and_unit(dtype):
    """Samples have the same masks in any part of a mini-batch, with any scratch and in either precision."""
    whole = masks(0.3, 5, (23, 17))
    for first, last in ((0, 1), (0, 4), (2, 9), (3, 23), (22, 23)):
        part = masks(0.3, 5 + first, (last - first, 17), dtype=dtype, width=5)
        np.testing.assert_array_equal(part, whole[first:last].astype(dtype))


@pytest.mark.parametrize("rate", [1 - 2**-40, np.nextafter(1, 0)])
def test_a_rate_next_to_1_is_one(rate):
    """All units are silent, or nearly all."""
    m = masks(rate, 0, (20, 20))
    assert np.all(np.isfinite(m))
    assert np.mean(m == 0) > 0.99


@pytest.mark.parametrize("hidden", [(4,), (5, 3), (3, 4, 2)], ids=str)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradient_with_fixed_masks(activation, hidden, tools):
    """A step of gradient descent is the gradient of the loss with the same masks, by central differences."""
    problem = tools.draw_problem("squared_error", activation, hidden)
    rates = np.array([0.4, 0.0, 0.3])[: len(hidden)]  # a layer without between two
    problem.network = problem.network._replace(dropout=rates, seed=7)
    _, rows = tools.run_chunk(problem, problem.params, tools.plain(), rate=1.0)
    numeric = np.empty_like(problem.params)
    for i in range(numeric.size):
        losses = []
        for step in (1e-6, -1e-6):
            params = problem.params.copy()
            params[i] += step
            losses.append(tools.run_chunk(problem, params, tools.plain(), rate=0.0)[0])
        numeric[i] = (losses[0] - losses[1]) / 2e-6
    np.testing.assert_allclose(problem.params - rows.params[0], numeric, rtol=1e-5, atol=1e-7)
    without = problem.network._replace(dropout=np.empty(0))
    problem.network = without
    _, plain = tools.run_chunk(problem, problem.params, tools.plain(), rate=1.0)
    assert not np.allclose(plain.params, rows.params)


def test_a_linear_layer_is_penalised_in_expectation(tools):
    """E[½(w·(m∘h) - y)²] = ½(w·h - y)² + ½ p/(1 - p) Σ wⱼ²hⱼ² (Wager, Wang & Liang, 2013), and so is its gradient."""
    n, rate = (200_000 if COMPILED else 2_000), 0.3
    sizes = np.array([2, 3, 1], np.intp)
    identity, loss = ACTIVATIONS["identity"].code, LOSSES["squared_error"].code
    network = Network(sizes, identity, loss, 9, np.zeros(sizes[-1]), np.array([rate]), 3)
    random = np.random.default_rng(0)
    x, y, params = random.standard_normal(2), 0.7, random.standard_normal(13)
    X = Inputs(np.tile(x, (n, 1)), np.empty(0), np.empty(0, np.int32), np.empty(0, np.int64))
    problem = tools.draw_problem("squared_error")
    chunk = problem.chunk._replace(X=X, y=np.full((n, 1), y), sample_weight=np.ones(n), batch_size=n)
    problem.network, problem.chunk = network, chunk
    reported, rows = tools.run_chunk(problem, params, tools.plain(), rate=1.0)
    coef, w, intercept, last = params[:6].reshape(2, 3), params[6:9], params[9:12], params[12]
    h, factor = x @ coef + intercept, rate / (1 - rate)
    error = w @ h + last - y
    assert reported == pytest.approx(0.5 * error**2 + 0.5 * factor * np.sum(w**2 * h**2), rel=20 / np.sqrt(n))
    of_h = error * w + factor * w**2 * h
    gradient = [*np.outer(x, of_h).ravel(), *(error * h + factor * w * h**2), *of_h, error]
    np.testing.assert_allclose(params - rows.params[0], gradient, rtol=0, atol=20 / np.sqrt(n))


@pytest.mark.parametrize("n_parts", [2, 3, 8])
def test_parts_of_a_mini_batch_have_the_masks_of_the_whole(n_parts, tools):
    """In however many parts, a mini-batch leaves the same weights up to rounding: no mask has changed."""
    problem = tools.draw_problem("log_loss", hidden=(6, 5))
    problem.network = problem.network._replace(dropout=np.array([0.5, 0.2]), seed=11)
    _, whole = tools.run_chunk(problem, problem.params, tools.plain(), rate=0.1)
    _, parts = tools.run_chunk(problem, problem.params, tools.plain(), rate=0.1, n_parts=n_parts)
    np.testing.assert_allclose(parts.params, whole.params, rtol=1e-12, atol=1e-13)


def test_the_fewest_rounds_that_pass():
    """Seven: Salmon et al. (2011), table 2."""
    assert N_ROUNDS == 7
