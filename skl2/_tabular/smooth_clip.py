"""Numbers of any scale, between -3 and 3 (Holzmüller, Grinsztajn, Steinwart 2024, arXiv:2407.04491)."""

import numpy as np

from skl2._tabular.quantiles import quantiles

BOUND = 3.0
LARGE = 1e9  # from here on the result is ±3 to the last bit
TINY = np.finfo(float).tiny  # 1 / what is smaller may overflow


def center_and_factor(values, weights=None):
    """Return the median of a vector without gaps, and 1 / IQR; for an IQR of 0 2 / (max - min), of a constant 0."""
    if not values.size:
        return 0.0, 0.0
    low, center, high = quantiles(values, [0.25, 0.5, 0.75], weights)
    width = 0.25 * high - 0.25 * low  # a quarter of it: no difference of quarters overflows
    if width <= TINY:
        width = (0.25 * values.max() - 0.25 * values.min()) / 2
    return float(center), 0.25 / float(width) if width > TINY else 0.0


def smooth_clip(values, center, factor):
    """Return z / √(1 + (z/3)²) with z = (values - center)·factor, in float64; a gap stays NaN."""
    z = values * 0.5  # halves, so that their difference does not overflow
    z -= 0.5 * center
    with np.errstate(over="ignore"):
        z *= 2 * factor
    np.clip(z, -LARGE, LARGE, out=z)
    scale = z / BOUND
    scale *= scale
    scale += 1
    z /= np.sqrt(scale, out=scale)
    return z
