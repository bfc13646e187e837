"""How columns are encoded: a series of numbers, a column of numbers or dates, a column of categories."""

from collections import Counter
from typing import NamedTuple

import numpy as np

from skl2._tabular.dates import date_part, varying_parts
from skl2._tabular.piecewise import encode_piecewise, n_bins_between, quantile_edges
from skl2._tabular.smooth_clip import TINY, center_and_factor, smooth_clip

RARE = 4  # a level of fewer rows is rare, in a table of less than a hundred rows one of fewer than half of it


class Series(NamedTuple):
    """How one series of numbers is encoded: a column of numbers, or a part of a column of dates."""

    part: str  # of a date, as a suffix; of a number ''
    center: float  # what stands for a gap
    factor: float
    edges: np.ndarray  # of its bins, if there are any; of a series with two values these

    @property
    def suffixes(self):
        """Return what the names of the output columns add to that of the input column."""
        return [self.part, *(f"{self.part}_bin{number}" for number in range(n_bins_between(self.edges)))]

    def write(self, values, out):
        """Write the encoding of values (n_samples,), float64, into out (n_samples, n_suffixes)."""
        gaps = np.isnan(values)
        values = np.where(gaps, self.center, values)
        if self.edges.size == 2:
            encode_piecewise(values, self.edges, out)
        else:
            out[:, 0] = smooth_clip(values, self.center, self.factor)
            if self.edges.size:
                encode_piecewise(values, self.edges, out[:, 1:])
        out[gaps, 0] = 0


def fit_series(part, values, n_bins, weights=None):
    """Return the Series for values (n_samples,), None if those that are no gaps are equal."""
    known = ~np.isnan(values)
    values, weights = values[known], weights if weights is None else weights[known]
    lowest, highest = (values.min(), values.max()) if values.size else (0.0, 0.0)
    if 0.25 * highest - 0.25 * lowest <= TINY:
        return None
    if np.all((values == lowest) | (values == highest)):
        edges = np.array([lowest, highest])
    else:
        edges = np.empty(0) if n_bins is None else quantile_edges(values, n_bins, weights)
        edges = edges if n_bins_between(edges) else np.empty(0)
    return Series(part, *center_and_factor(values, weights), edges)


class Numbers(NamedTuple):
    """How a column of numbers or dates is encoded."""

    series: list
    flag: bool  # whether a column says where the gaps are

    @property
    def suffixes(self):
        """Return what the names of the output columns add to that of the input column."""
        return [suffix for series in self.series for suffix in series.suffixes] + ["_missing"] * self.flag

    def write(self, data, out):
        """Write the encoding of data (n_samples,), float64 or datetime64, into out (n_samples, n_suffixes)."""
        start = 0
        for series in self.series:
            end = start + len(series.suffixes)
            series.write(_values_of(data, series.part), out[:, start:end])
            start = end
        if self.flag:
            out[:, start] = np.isnan(data)


class OneHot(NamedTuple):
    """How a column of categories is encoded: a column for each level, or one in all if there are two."""

    suffixes: list
    slots: dict  # of each frequent text its column, or with two levels 0 for what gives 1, and 1 for what gives -1
    gap: int  # the slot of gaps, -1 for none
    unknown: int  # the slot of all other texts, -1 for none

    def write(self, levels, out):
        """Write the encoding of Levels into out (n_samples, n_suffixes), which is 0."""
        slots = np.array([*(self.slots.get(text, self.unknown) for text in levels.texts), self.gap])[levels.codes]
        if len(self.suffixes) == 1:
            out[:, 0] = np.array([1, -1, 0])[slots]
        else:
            known = np.flatnonzero(slots >= 0)
            out[known, slots[known]] = 1


def fit_numbers(kind, data, n_bins, weights=None):
    """Return Numbers without a flag for a column of numbers or dates; parts that are constant give nothing."""
    parts = [f"_{part}" for part in varying_parts(data)] if kind == "date" else [""]
    bins = [n_bins if part in ("", "_time") else None for part in parts]
    series = [fit_series(part, _values_of(data, part), n, weights) for part, n in zip(parts, bins, strict=True)]
    return Numbers([each for each in series if each is not None], False)


def _values_of(data, part):
    """Return a part of dates, or numbers as they are."""
    return date_part(data, part[1:]) if part else data


def fit_one_hot(levels, max_categories):
    """Return OneHot for Levels: the frequent ones have columns, gaps too, and the others share one."""
    counts = Counter(dict(zip([None, *levels.texts], np.bincount(levels.codes + 1).tolist(), strict=False)))
    least = RARE if levels.codes.size >= 100 else RARE // 2
    ranked = sorted(+counts, key=lambda text: (-counts[text], text is None, text or ""))
    frequent = [text for text in ranked if counts[text] >= least]
    if len(frequent) + (len(frequent) < len(ranked)) > max_categories:
        frequent = frequent[: max_categories - 1]
    texts = sorted(text for text in frequent if text is not None)
    suffixes = [f"_{text}" for text in texts] + ["_missing"] * (None in frequent)
    unknown = len(suffixes) if len(frequent) < len(ranked) else -1
    suffixes += ["_rare"] * (unknown >= 0)
    if not frequent or len(suffixes) == 1:
        return OneHot([], {}, -1, -1)
    if len(suffixes) == 2:
        texts = texts[::-1]  # of two texts the second gives 1, as scikit-learn's drop='if_binary' has it
        suffixes = [f"_{texts[0]}"] if texts else ["_missing"]
    gap = len(texts) if None in frequent else unknown
    return OneHot(suffixes, {text: slot for slot, text in enumerate(texts)}, gap, unknown)
