"""Numbers from dates and times."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from skl2._tabular.dates import PARTS, date_part, varying_parts

START = datetime(1955, 3, 1, 7, 30)
MOMENTS = [START + number * timedelta(days=97, hours=5, minutes=13) for number in range(400)]
TIMES = np.array(MOMENTS, "datetime64[us]")


def times(*texts):
    """Times as columns have them."""
    return np.array(texts, "datetime64[us]")


def test_time_is_days_since_1970():
    """The time is the number of days since 1970, with fractions, negative before."""
    expected = [(moment - datetime(1970, 1, 1)).total_seconds() / 86_400 for moment in MOMENTS]
    np.testing.assert_allclose(date_part(TIMES, "time"), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("cycle", "share"),
    {
        "hour": lambda moment: (moment.hour * 3600 + moment.minute * 60) / 86_400,
        "weekday": lambda moment: moment.weekday() / 7,
        "yearday": lambda moment: (moment.timetuple().tm_yday - 1) / 365.25,
    }.items(),
)
def test_cycles_by_the_calendar(cycle, share):
    """Sine and cosine are those of the share of day, week and year that Python's calendar says, before 1970 too."""
    angles = 2 * np.pi * np.array([share(moment) for moment in MOMENTS])
    np.testing.assert_allclose(date_part(TIMES, f"{cycle}_sin"), np.sin(angles), atol=1e-9)
    np.testing.assert_allclose(date_part(TIMES, f"{cycle}_cos"), np.cos(angles), atol=1e-9)


def test_gaps_stay():
    """NaT gives NaN in each part."""
    for part in PARTS:
        np.testing.assert_array_equal(np.isnan(date_part(times("2023-01-05", "NaT"), part)), [False, True])


def test_noon_and_midnight_have_the_same_sine():
    """What is 0 by trigonometry is 0: rounding makes no difference between noon and midnight."""
    np.testing.assert_array_equal(date_part(times("2023-01-05T00", "2023-01-05T12"), "hour_sin"), [0, 0])


@pytest.mark.parametrize(
    ("moments", "cycles"),
    [
        (["2023-01-05", "NaT", "2023-01-05"], []),
        (["NaT"], []),
        (["2023-01-05", "2023-01-12"], []),
        (["2023-01-05", "2023-01-06"], ["weekday"]),
        (["2023-01-05T10", "2023-01-12T10"], []),
        (["2023-01-05T10", "2023-01-05T11"], ["hour"]),
        (["2023-01-05", "2023-03-06"], ["weekday"]),
        (["2023-01-05", "2023-03-07"], ["weekday", "yearday"]),
        (["2023-01-05", "2023-03-09"], ["yearday"]),
        (["2020-01-01", "2021-01-01", "2022-01-01"], ["weekday"]),
    ],
)
def test_only_what_varies(moments, cycles):
    """A cycle is there if the dates differ in it, and the day of the year if they span more than 60 days."""
    expected = ["time", *(f"{cycle}_{wave}" for cycle in cycles for wave in ("sin", "cos"))]
    assert varying_parts(times(*moments)) == expected
