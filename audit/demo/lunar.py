"""Dates of the traditional calendar written down as if they were solar ones: a real slip in household books."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

# First day of each lunar year 2010-2031, its months' lengths in order (1 = 30 days) and the place of its leap month (0 = none).
# Checked in the tests against an independent calendar.
_YEARS: Final = (
    ("2010-02-14", "101010010101", 0),
    ("2011-02-03", "101101001010", 0),
    ("2012-01-23", "1011010101010", 4),
    ("2013-02-10", "101011010101", 0),
    ("2014-01-31", "0101010110101", 9),
    ("2015-02-19", "010010111010", 0),
    ("2016-02-08", "101001011011", 0),
    ("2017-01-28", "0101001010111", 6),
    ("2018-02-16", "010100101011", 0),
    ("2019-02-05", "101010010011", 0),
    ("2020-01-25", "0111010010101", 4),
    ("2021-02-12", "011010101010", 0),
    ("2022-02-01", "101011010101", 0),
    ("2023-01-22", "0100110110101", 2),
    ("2024-02-10", "010010110110", 0),
    ("2025-01-29", "1010010101110", 6),
    ("2026-02-17", "101001001110", 0),
    ("2027-02-06", "110100100110", 0),
    ("2028-01-26", "1110100100110", 5),
    ("2029-02-13", "110101010011", 0),
    ("2030-02-03", "010110101010", 0),
    ("2031-01-23", "0110101101010", 3),
)


def _starts() -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    days, years, months = [], [], []
    for first, lengths, leap in _YEARS:
        day = int(np.datetime64(first, "D").astype(np.int64))
        for place, long in enumerate(lengths, start=1):
            days.append(day)
            years.append(int(first[:4]))
            months.append(place - 1 if leap and place > leap else place)
            day += 29 + int(long)
    return np.array(days), np.array(years), np.array(months)


def as_if_solar(days: NDArray[np.int64]) -> NDArray[np.int64]:
    """The solar day that bears the lunar date's numbers; the day itself where there is none, as 30 February.

    Args:
        days: days since 1970-01-01, in 2010 to 2031.

    >>> written = as_if_solar(np.array([np.datetime64("2021-05-22", "D").astype(int)]))
    >>> str(written.astype("datetime64[D]")[0])
    '2021-04-11'
    """
    starts, years, months = _starts()
    at = np.clip(np.searchsorted(starts, days, side="right") - 1, 0, starts.size - 1)
    month = (years[at] - 1970) * 12 + months[at] - 1
    written = month.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + days - starts[at]
    ends = (month + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return np.where((written < ends) & (written <= days), written, days)
