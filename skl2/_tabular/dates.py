"""Numbers from dates and times: when it was, and where in the day, the week and the year."""

import numpy as np

DAY = np.timedelta64(1, "D")
WEEKDAY_OF_1970 = 3  # 1 January 1970 was a Thursday
DAYS_OF_A_YEAR = 365.25
SEASON = 60  # of dates within so many days, the day of the year says what the time says


def days_since_1970(times):
    """Return times (n_samples,), datetime64, as days since 1970 in float64; NaT gives NaN."""
    return (times - np.datetime64(0, "D")) / DAY


def share_of_day(times):
    """Return how much of its day is over at each time."""
    return (times - times.astype("datetime64[D]")) / DAY


def share_of_week(times):
    """Return how many days of the week, from Monday on, lie before the day of each time, over 7."""
    return np.mod(days_since_1970(times.astype("datetime64[D]")) + WEEKDAY_OF_1970, 7) / 7


def share_of_year(times):
    """Return how many days of the year lie before the day of each time, over 365.25."""
    return (times.astype("datetime64[D]") - times.astype("datetime64[Y]")) / DAY / DAYS_OF_A_YEAR


CYCLES = {"hour": share_of_day, "weekday": share_of_week, "yearday": share_of_year}
WAVES = {"sin": np.sin, "cos": np.cos}
PARTS = ("time", *(f"{cycle}_{wave}" for cycle in CYCLES for wave in WAVES))


def varying_parts(times):
    """Return the names of the parts in which times differ: sine and cosine of a cycle together, and of most dates all.

    The day of the year is one of them only if the times span more than 60 days.
    """
    times = times[~np.isnat(times)]
    if not times.size or times.min() == times.max():
        return ["time"]
    is_short = np.ptp(days_since_1970(times)) <= SEASON
    varying = [cycle for cycle, share in CYCLES.items() if np.ptp(share(times)) > 0]
    cycles = [cycle for cycle in varying if not (is_short and cycle == "yearday")]
    return ["time", *(f"{cycle}_{wave}" for cycle in cycles for wave in WAVES)]


def date_part(times, part):
    """Return one of PARTS of times (n_samples,), datetime64, as float64 with NaN for NaT."""
    if part == "time":
        return days_since_1970(times)
    cycle, _, wave = part.partition("_")
    # Rounded, so that noon is as far from midnight in its sine as it should be: not at all.
    return np.round(WAVES[wave](2 * np.pi * CYCLES[cycle](times)), 12)
