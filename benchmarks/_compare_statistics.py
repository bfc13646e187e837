"""The statistics of compare.py: a ratio from pairs of times, its interval, and what may be said of it."""

from typing import NamedTuple

import numpy as np
from scipy.stats import binom

CONFIDENCE = 0.95
CHANGE = 1.10  # what is to be found
SLOWER, FASTER, SAME, UNCLEAR = "slower", "faster", "–", "too wide to tell 10 %"
NOT_AGAIN = "not found again"


class Ratio(NamedTuple):
    """The median of pairs' ratios, and the interval that holds that of all pairs there could be."""

    median: float
    low: float
    high: float

    @property
    def width(self):
        """Return the upper end as a multiple of the lower."""
        return self.high / self.low if self.low else np.inf


def ratio_of(pairs):
    """Return the Ratio of pairs (base, head) of seconds: head ÷ base."""
    base, head = np.transpose(pairs)
    ratios = np.sort(head / base)
    return Ratio(float(np.median(ratios)), *median_interval(ratios))


def median_interval(ordered):
    """Return two of the ordered numbers, between which the median of their distribution lies.

    It is above the k-th of n numbers where at least k of them are below it: how many are is binomial, whatever the
    distribution is. Few numbers tell nothing: then the ends are 0 and ∞.
    """
    n_beyond = int(binom.ppf((1 - CONFIDENCE) / 2, len(ordered), 0.5))
    if not n_beyond:
        return 0.0, np.inf
    return float(ordered[n_beyond - 1]), float(ordered[-n_beyond])


def judge(ratio):
    """Return what may be said of a Ratio.

    "slower" is an interval all of which is above 1 and which reaches 1.10, so that of slowdowns by 10 % 39 of 40 are
    found. Were it the median that must reach 1.10, it would be every other one.
    """
    if ratio.low > 1 and ratio.high >= CHANGE:
        return SLOWER
    if ratio.high < 1 and ratio.low <= 1 / CHANGE:
        return FASTER
    return UNCLEAR if ratio.high >= CHANGE or ratio.low <= 1 / CHANGE else SAME


def judge_again(before, fresh):
    """Return what may be said of all pairs; of a change only if the fresh ones tell alone that there is one.

    Two processes of the same code differ by some per cent, by where their arrays lie: pairs of others count as much.
    """
    everything, alone = ratio_of(before + fresh), ratio_of(fresh)
    verdict = judge(everything)
    is_found = {SLOWER: alone.low > 1, FASTER: alone.high < 1}
    return verdict if is_found.get(verdict, True) else NOT_AGAIN
