"""Comparison levels of the fast path against a plain reference implementation, pair by pair."""

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
from pypinyin import Style, pinyin

from audit.linkage import births
from audit.linkage.layout import pack
from audit.linkage.names import SURNAME_READINGS

Row = dict[str, Any]
SEVERAL = ("大宝", "二宝")
PLACEHOLDERS = ("宝宝", "毛毛", "某", *SEVERAL)


def sound(name: str) -> list[str]:
    out = []
    for place, character in enumerate(name):
        reading = pinyin(character, style=Style.NORMAL)[0][0]
        reading = SURNAME_READINGS.get(character, reading) if place == 0 else reading
        for long, short in (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ang", "an"), ("eng", "en"), ("ing", "in")):
            reading = reading.replace(long, short)
        out.append(reading)
    return out


def unnamed(name: str) -> bool:
    return name[1:] in PLACEHOLDERS


def names(x: str | None, y: str | None) -> str:
    if x is None or y is None:
        return "missing"
    if x == y:
        return "exact"
    p, q = sound(x), sound(y)
    if p == q or (p[0] == q[0] and len(p) == len(q) == 3 and p[1] == q[2] and p[2] == q[1]):
        return "homophone"
    longest = max(len(p), len(q))
    same_surname, same_given = p[0] == q[0], p[1:] == q[1:] and len(p) > 1
    dropped = any(long[:k] + long[k + 1 :] == short for long, short in ((p, q), (q, p)) for k in range(len(long)))
    one_off = len(p) == len(q) and sum(a != b for a, b in zip(p, q, strict=True)) == 1
    if same_surname and longest >= 3 and (dropped or one_off):
        return "part"
    if same_given:
        return "surname_differs"
    return "surname_only" if same_surname else "other"


def child(x: str | None, y: str | None) -> str:
    if x is None or y is None:
        return "missing"
    if unnamed(x) and x == y:
        return "placeholder_same"
    if any(name[1:] in SEVERAL for name in (x, y)):
        return "one_of_several"
    if unnamed(x) or unnamed(y):
        return "placeholder" if sound(x)[0] == sound(y)[0] else "placeholder_other"
    return names(x, y)


def number(a: Row, b: Row) -> str:
    x, y = a["id_number"], b["id_number"]
    if x is None or y is None:
        return "missing"
    p, q = x[2:17], y[2:17]
    if p == q:
        return "exact"
    wrong = sum(s != t for s, t in zip(p, q, strict=True))
    swapped = any(p[:k] + p[k + 1] + p[k] + p[k + 2 :] == q for k in range(14))
    if a["id_valid"] and b["id_valid"]:
        return "another_child" if wrong <= 3 and p[4:12] == q[4:12] else "other"
    if wrong == 1 or swapped:
        return "typo"
    return "blurred" if wrong <= 4 else "other"


def date(a: Row, b: Row) -> str:
    x, y = a["birth_date"], b["birth_date"]
    inside = [row["id_number"][6:14] if row["id_number"] else None for row in (a, b)]
    own = [f"{day:%Y%m%d}" for day in (x, y)]
    if x == y:
        return "exact"
    if own[0] == inside[1] or inside[0] == own[1] or (inside[0] is not None and inside[0] == inside[1]):
        return "by_number"
    days = abs((x - y).days)
    swap = x.year == y.year and x.month == y.day and x.day == y.month
    if sum(s != t for s, t in zip(*own, strict=True)) == 1 or days <= 1 or swap:
        return "slip"
    if 18 <= days <= 52:
        return "lunar"
    if own[0][4:] == own[1][4:]:
        return "other_year"
    return "near" if days <= 10 else "other"


def mother_id(x: str | None, y: str | None) -> str:
    if x is None or y is None:
        return "missing"
    wrong = sum(s != t for s, t in zip(x[2:17], y[2:17], strict=True))
    return "exact" if wrong == 0 else "typo" if wrong <= 2 else "other"


def place(a: Row, b: Row) -> str:
    if a["area_code"] is None or b["area_code"] is None:
        return "missing"
    if a["area_code"] != b["area_code"]:
        return "elsewhere"
    return "village" if a["village"] == b["village"] else "township"


def plain(a: Row, b: Row) -> list[str]:
    father = names(a["father_name"], b["father_name"])
    sex = "missing" if a["sex"] is None or b["sex"] is None else "same" if a["sex"] == b["sex"] else "differs"
    return [
        f"{number(a, b)}/{date(a, b)}",
        child(a["name"], b["name"]),
        names(a["mother_name"], b["mother_name"]),
        "other" if father == "surname_only" else father,
        sex,
        place(a, b),
        mother_id(a["mother_id_number"], b["mother_id_number"]),
    ]


def test_fast_levels_are_the_plain_ones(county: Any) -> None:
    left, right = county.frames[0], county.frames[2]
    # A few rows that a random county would not show: no place, another year, a wild date.
    odd = left.head(30).with_columns(
        birth_date=pl.Series([dt.date(2019 + k % 3, 5, 6) if k % 2 else dt.date(2019, 6, 5) for k in range(30)]),
        area_code=pl.when(pl.int_range(30) % 5 == 0).then(None).otherwise("area_code"),
        township=pl.when(pl.int_range(30) % 5 == 0).then(None).otherwise("township"),
        name=pl.when(pl.int_range(30) % 7 == 0).then(pl.col("name").str.slice(0, 1) + "二宝").otherwise("name"),
    )
    left = pl.concat([left, odd])
    a, b = pack([left, right])
    rng = np.random.default_rng(3)
    truth_left = np.concatenate([county.truth[0], county.truth[0][:30]])
    order = {birth: k for k, birth in enumerate(county.truth[2].tolist())}
    matched = [(k, order[birth]) for k, birth in enumerate(truth_left.tolist()) if birth in order]
    i = np.array([k for k, _ in matched] + rng.integers(0, left.height, 1500).tolist())
    j = np.array([k for _, k in matched] + rng.integers(0, right.height, 1500).tolist())
    fast = [np.array(c.levels)[c.compare(a, b, i, j)] for c in births.COMPARISONS]
    rows_left, rows_right = left.rows(named=True), right.rows(named=True)
    for k, (x, y) in enumerate(zip(i.tolist(), j.tolist(), strict=True)):
        assert [str(level[k]) for level in fast] == plain(rows_left[x], rows_right[y]), (rows_left[x], rows_right[y])
    for c, level in zip(births.COMPARISONS, fast, strict=True):
        assert len(set(level.tolist())) >= min(3, len(c.levels) - 1), c.name  # the test saw more than the easy cases
