"""exp, tanh and logistic of whole arrays, in place, at a tenth of the cost of calling the C library.

exp(v) = 2**n * exp(r), n = round(v / ln 2), |r| <= ln(2) / 2, with a Taylor polynomial for exp(r). The three loops of
`_exp_block` stay apart because each one vectorises alone and none does when they are merged. Errors (measured): exp
1 ulp, tanh and logistic 1.2 eps absolute. NaN stays NaN; arguments beyond the range of the type are clipped to it.
"""

from skl2._compilation.jit import kernel
from skl2._kernels.views import reinterpret

LOG2_E = 1.4426950408889634
# ln 2 = LN2_HIGH + LN2_LOW; LN2_HIGH has ten significant bits, so that n * LN2_HIGH is exact (Cephes).
LN2_HIGH = 0.693359375
LN2_LOW = -2.1219444005469058e-4
LARGEST_SINGLE, LARGEST_DOUBLE = 87.0, 708.0  # exponents beyond these are clipped
EXP_BLOCK = 1024  # numbers that `_exp_block` works on at a time: they stay in the first-level cache


@kernel
def exp(factor, x, bits):
    """x ← exp(factor · x); x (n,); bits (EXP_BLOCK,) integers as wide as x's numbers, scratch."""
    for start in range(0, x.size, bits.size):
        _exp_block(factor, x[start : start + bits.size], bits)


@kernel
def tanh(x, bits):
    """x ← tanh(x) = (exp(2x) - 1) / (exp(2x) + 1)."""
    exp(2.0, x, bits)
    one = x.dtype.type(1)
    for i in range(x.size):
        x[i] = (x[i] - one) / (x[i] + one)


@kernel
def logistic(x, bits):
    """x ← 1 / (1 + exp(-x))."""
    exp(-1.0, x, bits)
    one = x.dtype.type(1)
    for i in range(x.size):
        x[i] = one / (one + x[i])


@kernel
def _exp_block(factor, x, bits):
    """x ← exp(factor · x) for at most bits.size numbers."""
    number = x.dtype.type
    mantissa_bits, bias, largest = (23, 127, LARGEST_SINGLE) if x.itemsize == 4 else (52, 1023, LARGEST_DOUBLE)
    largest, factor, log2_e = number(largest), number(factor), number(LOG2_E)
    to_integer = number(1.5 * 2.0**mantissa_bits)  # v + to_integer holds round(v) in its last bits
    power = reinterpret(bits, x)
    for i in range(x.size):
        v = factor * x[i]
        v = -largest if v < -largest else v  # written so that NaN passes
        x[i] = largest if v > largest else v
        power[i] = x[i] * log2_e + to_integer
    for i in range(x.size):
        bits[i] = (bits[i] << mantissa_bits) + (bias << mantissa_bits)  # the bits of 2**n
    for i in range(x.size):
        n = (x[i] * log2_e + to_integer) - to_integer
        r = (x[i] - n * number(LN2_HIGH)) - n * number(LN2_LOW)
        x[i] = _exp_taylor(r) * power[i]


@kernel
def _exp_taylor(r):
    """Sum of r**k / k! for k up to 13: 4e-18 from exp(r)."""
    return exp_quotient(r) * r + type(r)(1)


@kernel
def exp_quotient(r):
    """Return (exp(r) - 1) / r for |r| <= 0.35: the sum of r**(k - 1) / k! for k up to 13."""
    number = type(r)
    p = number(1 / 6227020800)
    p = p * r + number(1 / 479001600)
    p = p * r + number(1 / 39916800)
    p = p * r + number(1 / 3628800)
    p = p * r + number(1 / 362880)
    p = p * r + number(1 / 40320)
    p = p * r + number(1 / 5040)
    p = p * r + number(1 / 720)
    p = p * r + number(1 / 120)
    p = p * r + number(1 / 24)
    p = p * r + number(1 / 6)
    p = p * r + number(1 / 2)
    return p * r + number(1)


@kernel
def log1p_of_ratio(s):
    """Return log(1 + u) for s = u / (2 + u), 0 <= u <= 1: 2 artanh(s), the sum of 2 s**k / k for odd k up to 31."""
    number = type(s)
    t = s * s
    p = number(1 / 31)
    p = p * t + number(1 / 29)
    p = p * t + number(1 / 27)
    p = p * t + number(1 / 25)
    p = p * t + number(1 / 23)
    p = p * t + number(1 / 21)
    p = p * t + number(1 / 19)
    p = p * t + number(1 / 17)
    p = p * t + number(1 / 15)
    p = p * t + number(1 / 13)
    p = p * t + number(1 / 11)
    p = p * t + number(1 / 9)
    p = p * t + number(1 / 7)
    p = p * t + number(1 / 5)
    p = p * t + number(1 / 3)
    return number(2) * (s + s * t * p)
