"""Term frequencies against a plain implementation, and what they do to weights."""

import math
from collections import Counter
from typing import Any

import numpy as np
import polars as pl
import pytest

from audit.linkage import births, frequencies, unrelated
from audit.linkage.births import BIRTHS
from audit.linkage.duplicates import pairs_within
from audit.linkage.frequencies import LEAST, MOST, pair_bits
from audit.linkage.layout import pack
from audit.linkage.names import pack_text
from audit.linkage.pairing import pair
from audit.linkage.patterns import count, encode


def plain(values: list[str | None]) -> dict[str, int]:
    """Bits of every value, from the definition: chance of meeting it, over the mean chance that two rows agree."""
    seen = Counter(value for value in values if value is not None)
    total = sum(seen.values())
    mean = sum(n * (n - 1) for n in seen.values()) / (total * (total - 1))
    return {value: max(LEAST, min(MOST, round(math.log2((n - 0.5) / total / mean)))) for value, n in seen.items()}


def test_bits_are_those_of_the_plain_definition(county: Any) -> None:
    frame = county.frames[2].filter(pl.col("name").is_not_null() & (pl.col("name").str.len_chars() < 4))
    frame = frame.filter(~pl.col("name").str.slice(1).is_in(["宝宝", "毛毛", "某"]))
    rows = pack([frame])[0]
    common = {part.term.name: part for part in frequencies.frequencies(rows, BIRTHS)}
    once_each = frame.unique(["name", "birth_date", "mother_name"])["name"].to_list()
    expected = plain(once_each)
    names = sorted(expected)
    assert common["name"].of(pack_text(pl.Series(names))).tolist() == [expected[name] for name in names]
    assert len(set(expected.values())) > 2
    families = frame.filter(pl.col("mother_name").is_not_null()).unique(["mother_name", "village", "township"])
    expected = plain(families["mother_name"].to_list())
    names = sorted(expected)
    assert common["mother"].of(pack_text(pl.Series(names))).tolist() == [expected[name] for name in names]


def test_weights_of_pairs_are_the_pattern_weights_but_for_what_they_agree_on(county: Any) -> None:
    left, right = pack(county.frames[:2])
    found = pair(left, right)
    i, j = found.i[found.n_sure :], found.j[found.n_sure :]
    patterns, which = count(encode(left, right, i, j, births.COMPARISONS), BIRTHS)
    parts = frequencies.frequencies(left, BIRTHS)
    own, family = pair_bits(parts, left, i, patterns, which)
    model = found.model
    sizes = np.array(model.sizes)
    classes = model.classes()
    rng = np.random.default_rng(1)
    for k in rng.choice(i.size, 400, replace=False):
        joint = [
            math.log2(max(size, 1e-12))
            + sum(math.log2(max(p[v[which[k]]], 1e-12)) for p, v in zip(c, patterns.levels, strict=True))
            for size, c in zip(sizes, classes, strict=True)
        ]
        same_name = left.name[i[k]] == right.name[j[k]] and not left.placeholder[i[k]] and left.name[i[k]] != 0
        expected = int(parts[0].of(left.name[i[k : k + 1]])[0]) if same_name else 0
        shared = sum(
            int(part.of(getattr(left, field)[i[k : k + 1]])[0])
            for part, field in zip(parts[1:], ("mother", "father"), strict=True)
            if getattr(left, field)[i[k]] == getattr(right, field)[j[k]] != 0
        )
        assert (own[k], family[k]) == (expected, shared)
        match = sum(2**x for x in joint[: model.n_match])
        kin = sum(2 ** (x + expected) for x in joint[model.n_match : -1])
        strangers = 2 ** (joint[-1] + expected + shared)
        assert found.weight[found.n_sure + k] == pytest.approx(math.log2(match) - math.log2(kin + strangers), abs=1e-6)


def test_a_rare_name_in_common_says_more_than_a_common_one(county: Any) -> None:
    frame = county.frames[0]
    some = frame.filter(pl.col("name").is_not_null() & pl.col("mother_name").is_not_null()).head(2)
    twice = pl.concat([some, some.with_columns(id_number=None, birth_date=pl.col("birth_date").dt.offset_by("12d"))])
    names = pl.Series(["王伟", "龚昊璇"] * 2)
    common = frame.tail(60).with_columns(name=pl.lit("王伟"))
    found = pairs_within(pack([pl.concat([frame, common, twice.with_columns(name=names)])])[0])
    at = frame.height + 60
    weight = {(int(i), int(j)): float(w) for i, j, w in zip(found.i, found.j, found.weight, strict=True)}
    assert weight[at + 1, at + 3] > weight[at, at + 2] + 1.5


def test_one_row_more_hardly_moves_a_bit(county: Any) -> None:
    frame = county.frames[0]
    before, after = (frequencies.frequencies(pack([part])[0], BIRTHS) for part in (frame, frame.tail(-1)))
    for one, other in zip(before, after, strict=True):
        keys = np.union1d(one.keys, other.keys)
        assert one.once == other.once
        assert (one.of(keys) != other.of(keys)).mean() < 0.02


def test_large_sources_are_sampled_by_content(county: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frequencies, "ROWS", 700)
    rows = pack([county.frames[0]])[0]
    turned = rows.take(np.random.default_rng(2).permutation(len(rows)))
    for one, other in zip(frequencies.frequencies(rows, BIRTHS), frequencies.frequencies(turned, BIRTHS), strict=True):
        assert np.array_equal(one.keys, other.keys)
        assert np.array_equal(one.bits, other.bits)
        assert one.once == other.once


def test_nothing_in_common_moves_nothing() -> None:
    part = frequencies.Common(BIRTHS.terms[0], np.zeros(0, np.uint64), np.zeros(0, np.int8), 0)
    assert part.of(np.array([1, 2], dtype=np.uint64)).tolist() == [0, 0]


def test_pairs_for_u_are_drawn_by_content(county: Any) -> None:
    """One row less changes its own pairs and a few besides, so that u stays as it was but for the last digits."""
    rows = pack([county.frames[2]])[0]
    keys = births.content(rows)
    less = np.delete(np.arange(len(rows)), 5)
    drawn = []
    for some in (np.arange(len(rows)), less):
        a, b = unrelated._draw(keys[some], keys[some], 20_000, linked=True)
        dates = rows.date[some].astype(np.uint64)
        c, d = unrelated._frequent_pairs(keys[some], keys[some], dates, dates, 20_000)
        pairs = [set(zip(some[x].tolist(), some[y].tolist(), strict=True)) for x, y in ((a, b), (c, d))]
        drawn.append(pairs)
    for before, after in zip(*drawn, strict=True):
        assert len(before ^ after) < 0.01 * len(before)
    assert all(rows.date[x] == rows.date[y] for x, y in drawn[0][1])
