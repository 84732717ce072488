"""Packed distances against the plain way."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from audit.linkage import bits
from audit.linkage.layout import pack_date, pack_number

RNG = np.random.default_rng(1)


def numbers(size: int) -> list[str]:
    return ["69" + "".join(map(str, RNG.integers(0, 10, 15))) + "0" for _ in range(size)]


def test_wrong_digits_and_swaps_are_counted_as_by_hand() -> None:
    a = numbers(400)
    b = []
    for k, text in enumerate(a):
        at = int(RNG.integers(2, 16))
        if k % 3 == 0:
            text = text[:at] + str((int(text[at]) + 1) % 10) + text[at + 1 :]
        elif k % 3 == 1:
            text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        else:
            text = numbers(1)[0]
        b.append(text)
    x, y = pack_number(pl.Series(a)), pack_number(pl.Series(b))
    wrong = [sum(p != q for p, q in zip(s[2:17], t[2:17], strict=True)) for s, t in zip(a, b, strict=True)]
    assert bits.wrong_digits(x, y).tolist() == wrong

    def swapped(s: str, t: str) -> bool:
        s, t = s[2:17], t[2:17]
        return any(s != t and s[:k] + s[k + 1] + s[k] + s[k + 2 :] == t for k in range(14))

    assert bits.swapped_neighbours(x, y).tolist() == [swapped(s, t) for s, t in zip(a, b, strict=True)]


def test_days_and_swapped_days_are_those_of_the_calendar() -> None:
    days = [dt.date(1999, 1, 1) + dt.timedelta(int(k)) for k in RNG.integers(0, 12_000, 500)]
    packed = pack_date(pl.Series(days))
    assert bits.ordinal(packed).tolist() == [(day - dt.date(1970, 1, 1)).days for day in days]
    for day in days:
        if day.day <= 12 and day.day != day.month:
            other = pack_date(pl.Series([dt.date(day.year, day.day, day.month)]))
            assert bits.day_month_swapped(pack_date(pl.Series([day])), other)[0]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("王小明", "王明", True),
        ("王小明", "王小", True),
        ("王小明", "小明", True),
        ("王小明", "王大力", False),
        ("王明", "王明", False),
    ],
)
def test_a_dropped_character_is_seen(one: str, other: str, expected: bool) -> None:
    from audit.linkage.names import pack_text

    x, y = pack_text(pl.Series([one])), pack_text(pl.Series([other]))
    assert bits.dropped_character(x, y)[0] == expected
    assert bits.dropped_character(y, x)[0] == expected
