"""One county linked: persons, births, and one row a birth to count by. Frames made here hold links and never leave the package."""

import itertools
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from audit.linkage.births import BIRTHS
from audit.linkage.closure import Persons, close, persons, sure_groups
from audit.linkage.duplicates import Within, pairs_within
from audit.linkage.em import Model
from audit.linkage.expected import expectations
from audit.linkage.frequencies import Common, frequencies
from audit.linkage.layout import Index, Rows, pack
from audit.linkage.pairing import Pairs, pair

_YEAR: Final = pl.col("birth_date").dt.year().cast(pl.Int64).alias("birth_year")


@dataclass(frozen=True)
class Models:
    """What training made of the sources of a county: enough to link other rows in the same way.

    Attributes:
        common: how common names are in the register.
        within: by reference, what its duplicates are told by.
        between: by two sources, what their pairs are told by.
    """

    common: tuple[Common, ...]
    within: dict[int, Model]
    between: dict[tuple[int, int], Model]


@dataclass(frozen=True)
class Linked:
    """Sources of a county, linked.

    Attributes:
        rows: the sources, packed, the audited one first.
        people: persons by source.
        births: birth of each person, as the smallest person in it.
        between: weighted pairs of each two sources.
        within: weighted pairs within each reference.
        common: how common names are in the register.
    """

    rows: tuple[Rows, ...]
    people: Persons
    births: Index
    between: dict[tuple[int, int], Pairs]
    within: dict[int, Within]
    common: tuple[Common, ...]

    def __repr__(self) -> str:
        return f"Linked({len(self.rows)} sources)"  # never a row, not even in a traceback

    @property
    def models(self) -> Models:
        """What training made of these sources."""
        within = {k: pairs.model for k, pairs in self.within.items()}
        return Models(self.common, within, {sources: pairs.model for sources, pairs in self.between.items()})

    def of_rows(self, source: int) -> Index:
        """Birth of each row of a source."""
        return self.births[self.people.of_row[source]]


def link_county(frames: list[pl.DataFrame], births: NDArray[np.uint32]) -> Linked:
    """Link the sources of one county.

    Args:
        frames: rows of each source in the county (schema ``BIRTHS``), the audited one first.
        births: birth index of each audited row, from ``same_birth``.
    """
    return link_rows(pack(frames), births)


def link_rows(rows: list[Rows], births: NDArray[np.uint32], held: Models | None = None) -> Linked:
    """Link packed sources.

    Args:
        rows: the sources, packed together, the audited one first.
        births: birth index of each audited row.
        held: models trained earlier, used as they are; by default models are trained.
    """
    # From the register alone: no record of a reference makes a name look common.
    common = held.common if held else frequencies(rows[0], BIRTHS)
    # A reference does not stand alone: its twins are told apart by the other sources, so ``BIRTHS`` and not ``WITHIN``.
    models = {k: held.within[k] if held else None for k in range(1, len(rows))}
    within = {k: pairs_within(rows[k], k, model, common, BIRTHS) for k, model in models.items()}
    _, own = np.unique(births, return_inverse=True)
    people = persons([own.reshape(-1).astype(np.uint32), *(sure_groups(len(rows[k]), within[k]) for k in within)])
    between = {
        (a, b): pair(rows[a], rows[b], 10 * a + b, held.between[a, b] if held else None, common)
        for a, b in itertools.combinations(range(len(rows)), 2)
    }
    return Linked(tuple(rows), people, close(people, between, within), between, within, common)


def one_row_a_birth(linked: Linked, frames: list[pl.DataFrame], window: tuple[int, int]) -> pl.DataFrame:
    """Births to count: ``area_code, birth_year, sex, m, c, pattern``.

    A birth that any reference knows stands in the township, year and sex of the first reference in campaign order in which these
    can be read; one that only the register knows, in the register's. Births outside the window or without a place are left out.
    """
    n_sources = len(frames)
    known = np.zeros(linked.births.size, dtype=np.int64)  # of each birth one bit a source that has it, the register's the lowest
    for k in range(n_sources):
        known[linked.of_rows(k)] |= 1 << k
    patterns = pl.Series(["".join(str(bits >> k & 1) for k in range(n_sources)) for bits in range(1 << n_sources)])
    counted, parts = np.zeros(known.size, dtype=bool), []
    for k in (*range(1, n_sources), 0):
        births, cells = linked.of_rows(k), frames[k].select("area_code", _YEAR, "sex")
        readable = cells.select(pl.col("area_code").is_not_null() & pl.col("birth_year").is_not_null()).to_series().to_numpy()
        # The register's own cell counts only for births no reference knows.
        rows = np.flatnonzero(readable & ~counted[births] & ((known[births] == 1) | (k > 0)))
        rows = first_rows(births[rows], rows, known.size)
        births = births[rows]
        counted[births] = True
        registered, referred = known[births] & 1, known[births] > 1
        parts.append(cells[rows].with_columns(m=registered * referred, c=1 - registered, pattern=patterns.gather(known[births])))
    inside: pl.DataFrame = pl.concat(parts).filter(pl.col("birth_year").is_between(*window))
    return inside


def first_rows(births: Index, rows: Index, n: int) -> Index:
    """Of the rows of each birth, of which there are up to ``n``, the first; in order of births."""
    first = np.full(n, -1, dtype=np.int64)
    first[births[::-1]] = rows[::-1]  # of several values for one place the last stays
    return first[first >= 0]


def one_row_a_registered_birth(linked: Linked, frame: pl.DataFrame, window: tuple[int, int]) -> pl.DataFrame:
    """Registered births in the window: ``has_id, expected_misses, expected_false``."""
    missed, false = expectations(linked.people, linked.births, linked.between)
    person = linked.people.of_row[0]
    registered = (
        frame.select(
            person=pl.Series(person),
            has_id=pl.col("id_number").is_not_null(),
            inside=pl.col("area_code").is_not_null() & pl.col("birth_date").dt.year().is_between(*window),
        )
        .group_by("person")
        .agg(pl.col("has_id").any(), pl.col("inside").fill_null(False).any())
        .filter("inside")
    )
    who = registered["person"].to_numpy()
    expected: pl.DataFrame = registered.select(
        "has_id", expected_misses=pl.Series(missed[who]), expected_false=pl.Series(false[who])
    )
    return expected
