"""Dropout: which units of a hidden layer are silent for which sample, from a random generator without a state.

The mask of a unit follows from a key and from where it is: the number of the sample in all of training, the layer and
the unit. So it depends neither on the threads nor on the parts of a mini-batch, and nothing is drawn in Python.
"""

from skl2._compilation.jit import kernel
from skl2._kernels.activations import keeps_slope, multiply_by_derivative, sum_rows

# Philox4x32-7: Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011. Multipliers, what
# is added to the key from round to round, and rounds: the fewest with which it passes all of BigCrush.
MULTIPLIER_0, MULTIPLIER_1 = 0xD2511F53, 0xCD9E8D57
WEYL_0, WEYL_1 = 0x9E3779B9, 0xBB67AE85
N_ROUNDS = 7
LOW = 0xFFFFFFFF  # a word; numbers here are words in wider integers, as numba and Python agree on these
N_WORDS = 4  # of a counter, and random ones for it
UNIT_BITS = 31  # of a random word that count: they fit into integers as wide as float32


@kernel
def philox(counter, key, n_rounds):
    """Return four random words for a counter of four and a key of two; words are from 0 to 2**32 - 1."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(n_rounds):
        a, b = MULTIPLIER_0 * c0, MULTIPLIER_1 * c2
        c0, c1, c2, c3 = ((b >> 32) & LOW) ^ c1 ^ k0, b & LOW, ((a >> 32) & LOW) ^ c3 ^ k1, a & LOW
        k0, k1 = (k0 + WEYL_0) & LOW, (k1 + WEYL_1) & LOW
    return c0, c1, c2, c3


@kernel
def drop(network, layer, first_sample, a, slope, bits):
    """a ← a · m and slope ← slope · m, where m is 0 with the probability p of this layer, else 1 / (1 - p).

    first_sample: how many samples training has seen before a[0]; a, slope (n, units); bits: scratch of vectormath.
    """
    rate, width = network.dropout[layer - 1], bits.size // N_WORDS
    threshold, scale = int(rate * 2.0**UNIT_BITS), a.dtype.type(1.0 / (1.0 - rate))
    first, last = int(first_sample), int(first_sample) + a.shape[0]
    for group in range(first // N_WORDS, (last + N_WORDS - 1) // N_WORDS):  # samples that share their counters
        for start in range(0, a.shape[1], width):
            stop = min(start + width, a.shape[1])
            draw(network.seed, layer, group, start, stop, bits)
            for word in range(N_WORDS):
                i = N_WORDS * group + word - first
                if 0 <= i < a.shape[0]:
                    numbers = bits[word * width : word * width + stop - start]
                    silence(threshold, scale, numbers, a[i, start:stop], slope[i, start:stop])


@kernel
def draw(seed, layer, group, start, stop, bits):
    """Fill bits with integers of UNIT_BITS for units start to stop, a quarter of it for each sample of a group."""
    width, key = bits.size // N_WORDS, (seed & LOW, (seed >> 32) & LOW)
    first, second = bits[:width], bits[width : 2 * width]
    third, fourth = bits[2 * width : 3 * width], bits[3 * width :]
    low, high = group & LOW, (group >> 32) & LOW
    for j in range(stop - start):
        words = philox((start + j, low, high, layer), key, N_ROUNDS)
        first[j], second[j], third[j], fourth[j] = words[0] >> 1, words[1] >> 1, words[2] >> 1, words[3] >> 1


@kernel
def silence(threshold, scale, numbers, a, slope):
    """a ← 0 and slope ← 0 where the random number is below the threshold, else both · scale; all (n,)."""
    threshold, zero = numbers.dtype.type(threshold), a.dtype.type(0)
    for j in range(numbers.size):
        m = zero if numbers[j] < threshold else scale
        a[j] *= m
        slope[j] *= m


@kernel
def write_slope(code, a, slope, total):
    """slope ← activation'(z) where it is not so yet, a = activation(z); both (n, units), total (units,): scratch."""
    if keeps_slope(code):
        return
    one = slope.dtype.type(1)
    for i in range(slope.shape[0]):
        for j in range(slope.shape[1]):
            slope[i, j] = one
    multiply_by_derivative(code, a, slope, total)


@kernel
def multiply_by_slope(slope, delta, total):
    """delta ← delta · slope, total ← Σᵢ delta[i]; slope, delta (n, units), total (units,)."""
    for i in range(slope.shape[0]):
        for j in range(slope.shape[1]):
            delta[i, j] *= slope[i, j]
    sum_rows(delta, total)
