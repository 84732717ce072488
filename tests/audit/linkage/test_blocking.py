"""Candidates against all pairs by brute force; what happens beyond the budget."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from audit.linkage.blocking import candidates
from audit.linkage.layout import pack
from audit.linkage.passes import PASSES, on
from audit.linkage.spec import Pass, mix


def brute(left: Any, right: Any, passes: Any, within: bool) -> set[tuple[int, int]]:
    found = set()
    for one in passes:
        x, y = one.key(left), one.key(right)
        for i in range(x.size):
            for j in np.flatnonzero((y == x[i]) & (y != 0)).tolist():
                if not within or i < j:
                    found.add((i, j))
    return found


def test_candidates_are_all_pairs_that_agree_on_a_key(county: Any) -> None:
    left, right = (rows.take(np.arange(300)) for rows in pack(county.frames[:2]))
    for a, b in ((left, right), (left, left)):
        i, j, taken = candidates(a, b, PASSES, 1e6)
        pairs = list(zip(i.tolist(), j.tolist(), strict=True))
        assert len(set(pairs)) == len(pairs)
        assert set(pairs) == brute(a, b, PASSES, within=a is b)
        assert [one.name for one in taken] == [one.name for one in PASSES]


def test_true_pairs_are_candidates(county: Any) -> None:
    left, right = pack([county.frames[0], county.frames[2]])
    i, j, _ = candidates(left, right, PASSES, 40.0)
    found = county.truth[0][i[county.truth[0][i] == county.truth[2][j]]]
    wanted = np.intersect1d(county.truth[0], county.truth[2])
    assert np.isin(wanted, found).mean() > 0.998


@pytest.mark.parametrize("within", [False, True])
def test_a_pass_beyond_its_budget_gives_way_to_its_fallback_or_to_none(within: bool) -> None:
    class Alike:
        """A hundred thousand rows that agree on everything but one field."""

        def __len__(self) -> int:
            return 100_000

    rows = Alike()
    same, unique = np.ones(100_000, dtype=np.uint64), np.arange(1, 100_001, dtype=np.uint64)
    tight = Pass("tight", lambda _: mix(same, unique))
    loose = Pass("loose", lambda _: mix(same), (tight,))
    other = rows if within else Alike()
    i, j, taken = candidates(rows, other, (loose, Pass("only", lambda _: mix(same))), 1.0)
    assert [one.name for one in taken] == ["tight", None]
    assert i.size == j.size == (0 if within else 100_000)


def test_rows_that_lack_a_field_are_no_candidates_by_it(county: Any) -> None:
    frame = county.frames[0].head(50).with_columns(name=pl.lit(None, pl.String))
    rows = pack([frame])[0]
    assert candidates(rows, rows, (on("any_name", "date"),), 1e6)[0].size == 0


@pytest.mark.parametrize("within", [False, True])
def test_keys_that_differ_in_their_last_bits_only_are_told_apart(within: bool) -> None:
    class Alike:
        """Rows of three keys that are the same but for the bits that sorting gives to the row."""

        def __len__(self) -> int:
            return 6

    top = np.uint64(1 << 40)
    keys = np.array([1, 2, 1, 0, 2, 3], dtype=np.uint64)
    by_key = Pass("last bits", lambda _: np.where(keys == 0, np.uint64(0), top + keys))
    rows = Alike()
    other = rows if within else Alike()
    i, j, taken = candidates(rows, other, (by_key,), 1.0)
    wanted = brute(rows, other, (by_key,), within)
    assert set(zip(i.tolist(), j.tolist(), strict=True)) == wanted
    assert taken[0].candidates == len(wanted) == i.size
