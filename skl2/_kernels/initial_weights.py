"""How far initial weights spread: r of the uniform distribution on [-r, r], whose variance is r²/3."""

import math


def glorot(fan_in, fan_out):
    """Return r for a variance of 2 / (fan_in + fan_out): Glorot & Bengio (2010)."""
    return math.sqrt(6.0 / (fan_in + fan_out))


def glorot_logistic(fan_in, fan_out):
    """Return r for a third of that: scikit-learn's for the logistic function."""
    return math.sqrt(2.0 / (fan_in + fan_out))


def he(fan_in, fan_out):
    """Return r for a variance of 2 / fan_in, which half of the units being 0 halves: He et al. (2015)."""
    return math.sqrt(6.0 / fan_in)


def lecun(fan_in, fan_out):
    """Return r for a variance of 1 / fan_in: LeCun et al. (1998), and Klambauer et al. (2017) for SELU."""
    return math.sqrt(3.0 / fan_in)
