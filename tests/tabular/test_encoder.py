"""What numbers, categories and dates of a frame become."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import OneHotEncoder

from skl2._tabular.encoder import TabularEncoder
from skl2._tabular.piecewise import PiecewiseLinearEncoder
from skl2._tabular.smooth_clip import center_and_factor, smooth_clip

RANDOM = np.random.default_rng(0)
N = 240
AGE = RANDOM.normal(40, 12, N)
HOLED = np.where(RANDOM.random(N) < 0.1, np.nan, AGE)
COUNT = RANDOM.integers(0, 9, N)
JOB = RANDOM.choice(["cook", "nurse", "smith", "baker"], N)
MOMENT = np.array([datetime(2020, 1, 1) + timedelta(hours=int(hours)) for hours in RANDOM.integers(0, 20_000, N)])


def table(**columns):
    """A frame of pandas whose index is not 0 … n - 1."""
    return pd.DataFrame(columns, index=RANDOM.permutation(len(next(iter(columns.values())))) + 9)


def encoded(X, later=None, **how):
    """The encoding of X, or of later rows, as a frame."""
    encoder = TabularEncoder(**how).set_output(transform="pandas").fit(X)
    return encoder.transform(X if later is None else later)


def column(X, later=None, **how):
    """The encoding that is of one column."""
    frame = encoded(X, later, **how)
    assert frame.shape[1] == 1
    return frame.iloc[:, 0].tolist()


def clip(x):
    """Numbers, smoothly clipped by their own median and spread."""
    return smooth_clip(x, *center_and_factor(x))


def test_numbers_are_smoothly_clipped():
    """A number is smoothly clipped in float64, and float32 then; integers too."""
    expected = np.column_stack([clip(AGE), clip(COUNT.astype(float))]).astype(np.float32)
    np.testing.assert_array_equal(TabularEncoder().fit_transform(np.column_stack([AGE, COUNT])), expected)


def test_far_from_zero_float32_loses_nothing():
    """The median is subtracted in float64: numbers of float32 around 10⁹ that differ by 64 stay apart."""
    steps = np.arange(10.0)[:, np.newaxis]  # their median lies between two numbers of float32
    far = TabularEncoder().fit_transform((1e9 + 64 * steps).astype(np.float32))
    np.testing.assert_allclose(far, TabularEncoder().fit_transform(steps), rtol=1e-6)


def test_bins_stand_beside_their_number():
    """With n_bins a number is followed by its piecewise-linear encoding; two values have no bins."""
    X = table(age=AGE, job=JOB, count=COUNT, flag=COUNT > 4)
    frame = encoded(X, n_bins=4)
    bins = PiecewiseLinearEncoder(4).set_output(transform="pandas").fit_transform(X[["age", "count"]].astype(float))
    np.testing.assert_array_equal(frame[list(bins)], bins.astype(np.float32))
    assert list(frame)[:6] == ["age", "age_bin0", "age_bin1", "age_bin2", "age_bin3", "job_baker"]
    assert list(frame)[-1] == "flag"


def test_levels_are_those_of_scikit_learn():
    """Categories, with rare ones, gaps and levels not seen, are encoded as by OneHotEncoder."""
    jobs = np.array([f"job {number}" for number in RANDOM.geometric(0.1, N)], object)
    jobs[::7] = None
    theirs = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=4, sparse_output=False)
    later = np.array([["new"], ["job 1"], [None]], object)
    expected = theirs.fit(jobs[:, np.newaxis]).transform(np.vstack([jobs[:, np.newaxis], later]))
    ours = TabularEncoder().fit(jobs[:, np.newaxis]).transform(np.vstack([jobs[:, np.newaxis], later]))
    np.testing.assert_array_equal(ours, expected)


@pytest.mark.parametrize("max_categories", [2, 3, 4, 5])
def test_max_categories(max_categories):
    """A column gives at most so many, of the most frequent levels and one of the rest."""
    jobs = np.repeat(["a", "b", "c", "d", "e"], [10, 50, 40, 30, 20])
    frame = encoded(table(job=jobs), max_categories=max_categories)
    kept = {2: ["b"], 3: ["b", "c", "rare"], 4: ["b", "c", "d", "rare"], 5: ["a", "b", "c", "d", "e"]}[max_categories]
    assert list(frame) == [f"job_{level}" for level in kept]
    if max_categories > 2:
        np.testing.assert_array_equal(frame.sum(axis=1), 1)


def test_output_is_single_and_contiguous():
    """The result is C-contiguous float32, whatever the input."""
    for X in (table(age=AGE, job=JOB), np.asfortranarray(np.column_stack([AGE, COUNT])), [[1, "a"], [2, "b"]]):
        out = TabularEncoder(n_bins=3).fit_transform(X)
        assert (out.dtype, out.flags.c_contiguous, out.ndim) == (np.float32, True, 2)


def test_two_values_are_minus_one_and_one():
    """Booleans, numbers of two values and two levels give -1 and 1, gaps of numbers 0, the second level 1."""
    X = table(flag=[True, False] * 60, price=[3.5, 9.5] * 60, job=["cook", "baker"] * 60)
    frame = encoded(X, table(flag=[True, None], price=[None, 9.5], job=["cook", "baker"]))
    assert frame.to_numpy().tolist() == [[1, 0, 1], [0, 1, -1]]
    assert list(frame) == ["flag", "price", "job_cook"]


def test_one_level_and_the_rest():
    """One frequent level beside rare ones, or gaps, is one column: 1 for it and -1 for the rest."""
    assert column(table(c=["a"] * 99 + ["b"]), table(c=["a", "b", "new", None])) == [1, -1, -1, -1]
    assert column(table(c=["a"] * 90 + [None] * 10), table(c=["a", None, "new"])) == [1, -1, 0]
    cabins = table(cabin=[f"C{number}" for number in range(50)] + [None] * 50)
    assert list(encoded(cabins)) == ["cabin_missing"]
    assert column(cabins, table(cabin=["C1", None, "new"])) == [-1, 1, -1]


def test_a_gap_is_what_the_median_is():
    """A gap gives the encoding of the median, in number and bins, and its flag 1."""
    median = float(np.nanquantile(HOLED, 0.5, method="inverted_cdf"))
    frame = encoded(table(age=HOLED), table(age=[None, median]), n_bins=4)
    np.testing.assert_array_equal(frame.iloc[0, :-1], frame.iloc[1, :-1])
    assert frame["age_missing"].tolist() == [1, 0]
    assert frame["age"].tolist() == [0, 0]


def test_flags_of_gaps():
    """A flag is where 5 rows have a gap and 5 have none, once for equal gaps, and for dates too."""
    few, most, same = AGE.copy(), np.full(N, np.nan), np.where(np.isnan(HOLED), np.nan, COUNT)
    few[:4], most[:4] = np.nan, range(4)
    when = np.where(np.arange(N) % 9, MOMENT, None)
    names = list(encoded(table(few=few, most=most, holed=HOLED, same=same, whole=AGE, when=when)))
    assert [name for name in names if name.endswith("missing")] == ["holed_missing", "when_missing"]


def test_a_gap_that_fit_has_not_seen():
    """At transform every column may have gaps: a number gives 0, a category its rare level or zeros."""
    X = table(age=AGE, job=JOB, rare=["a", "b", "c"] * 79 + ["x", "y", "z"])
    frame = encoded(X, table(age=[np.nan], job=[None], rare=[None]))
    assert list(frame) == [
        "age",
        *(f"job_{job}" for job in sorted(set(JOB))),
        "rare_a",
        "rare_b",
        "rare_c",
        "rare_rare",
    ]
    assert frame.to_numpy().tolist() == [[0] * 8 + [1]]


def test_thousands_of_levels():
    """Thousands of titles give max_categories columns at most, and titles that all differ give nothing."""
    titles = [f"title {number}" for number in np.random.default_rng(1).geometric(0.01, 5000)]
    assert encoded(table(title=titles)).shape[1] == 30
    assert list(encoded(table(number=[f"A{number}" for number in range(N)], age=AGE))) == ["age"]


@pytest.mark.parametrize(("n_rows", "rows"), [(99, 2), (100, 4)])
def test_rare_levels_of_small_tables(n_rows, rows):
    """A level of fewer than 4 rows is rare, of fewer than 2 in a table of less than 100."""
    levels = ["a"] * (n_rows - 2 * rows) + ["b"] * rows + ["c"] * (rows - 1) + ["d"]
    assert list(encoded(table(c=levels))) == ["c_a", "c_b", "c_rare"]


def test_columns_that_say_nothing():
    """Constants, gaps alone and identifiers give nothing, and alone one column of zeros."""
    empty = {
        "one": [1] * 9,
        "word": ["a"] * 9,
        "gap": [None] * 9,
        "when": [datetime(2023, 1, 5)] * 9,
        "id": [*"abcdefghi"],
    }
    assert list(encoded(table(**empty, age=range(9)))) == ["age"]
    frame = encoded(table(**empty), table(one=[2], word=["b"], gap=["?"], when=[None], id=["z"]))
    assert frame.to_dict("list") == {"constant": [0]}


def test_dates():
    """A date is its time, with bins, and sine and cosine of the cycles in which it varies."""
    frame = encoded(table(when=MOMENT), n_bins=2)
    cycles = [f"when_{cycle}_{wave}" for cycle in ("hour", "weekday", "yearday") for wave in ("sin", "cos")]
    assert list(frame) == ["when_time", "when_time_bin0", "when_time_bin1", *cycles]
    hours = np.array([moment.hour for moment in MOMENT])
    np.testing.assert_allclose(frame["when_hour_sin"], clip(np.sin(2 * np.pi * hours / 24)), atol=1e-6)
    days = np.array([(moment - datetime(1970, 1, 1)).total_seconds() / 86_400 for moment in MOMENT])
    np.testing.assert_allclose(frame["when_time"], clip(days), atol=1e-6)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
def test_zones_do_not_matter(zone):
    """Times of a zone, their ISO text, and the same moments in UTC without one, have one encoding."""
    aware = pd.Series([moment.replace(tzinfo=UTC) for moment in MOMENT], dtype="datetime64[us, UTC]").dt.tz_convert(
        zone
    )
    expected = encoded(table(when=MOMENT)).to_numpy()
    np.testing.assert_array_equal(encoded(pd.DataFrame({"when": aware})).to_numpy(), expected)
    text = [moment.isoformat(" ") for moment in aware]
    np.testing.assert_array_equal(encoded(table(when=text)).to_numpy(), expected)
