"""Record linkage, behind two doors: ``same_birth`` for the register alone, ``link`` for all sources, through the gate.

Nothing about a row of a reference leaves this package: no pair, no exact count, no log line (DESIGN C1, C4).
"""

from typing import Any, Protocol

import numpy as np
import polars as pl

from audit import memory
from audit.linkage.county import link_rows, one_row_a_birth, one_row_a_registered_birth
from audit.linkage.duplicates import LIKELY, group, pairs_within
from audit.linkage.exact import ExactTable, tables
from audit.linkage.key import LINKAGE_VERSION, release_key
from audit.linkage.layout import pack
from audit.linkage.limits import check_memory, refusal
from audit.linkage.quality import make_plan, measure
from expectations.errors import HechaError, Problems
from expectations.protected import Protected
from expectations.tables import Source

COUNTED = ("area_code", "birth_date", "sex", "id_number")  # what counting reads of a row
_REASONS = {"E-LINK-001": "reference_too_small", "E-LINK-002": "county_too_small"}

__all__ = ["LINKAGE_VERSION", "ExactTable", "link", "release_key", "same_birth"]


class Gate(Protocol):
    """What ``link`` needs of ``audit.disclosure.Gate``."""

    def recall(self, key: str) -> Protected | None:
        """The release of these inputs if it was drawn before."""
        ...

    def release(self, key: str, sources: tuple[str, ...], exact: Any, quality: Any) -> Protected:
        """Protected counts."""
        ...


def same_birth(audited: pl.DataFrame) -> pl.Series:
    """Which rows of the register are one birth, from the register alone (DESIGN C2).

    Args:
        audited: schema ``BIRTHS``.

    Returns:
        UInt32 ``birth``, one a row: rows of one birth share it; twins and siblings are kept apart. Births are numbered from 0 in
        the order of counties and of first rows.
    """
    out = np.zeros(audited.height, dtype=np.uint32)
    start = 0
    for rows in _by_county(audited):
        packed = pack([audited[rows]])[0]
        found = pairs_within(packed)
        births = group(len(packed), found.i, found.j, found.weight, LIKELY)
        out[rows] = births + start
        start += int(births.max()) + 1 if births.size else 0
    return pl.Series("birth", out, dtype=pl.UInt32)


def _by_county(frame: pl.DataFrame) -> list[np.ndarray[Any, np.dtype[np.int64]]]:
    """Positions of the rows of each county; rows of no known county go with the only one, or by themselves."""
    counties = frame["county"].drop_nulls().unique().sort()
    if len(counties) <= 1:
        return [np.arange(frame.height)] if frame.height else []
    codes = frame["county"].fill_null("").rank("dense").to_numpy()
    return [np.flatnonzero(codes == code) for code in np.unique(codes)]


def link(
    sources: list[Source] | tuple[Source, ...], births: pl.Series, areas: pl.DataFrame, window: tuple[int, int], gate: Gate
) -> Protected:
    """Link all sources, county by county, and hand the counts to the gate.

    Args:
        sources: the audited register first, then one or more references. A list is emptied: what linking reads of the rows is
            packed, and whoever holds them no longer frees them for the time it takes.
        births: birth index of the register's rows, from ``same_birth``.
        areas: schema ``AREAS``: the townships to count by.
        window: first and last birth year.
        gate: takes exact counts and gives protected ones.

    Returns:
        Protected counts of the counties that could be linked. Of several counties those too small are left out.

    Raises:
        RefusedError: no county has 1,000 registered births and 500 usable rows of each reference (E-LINK-001, E-LINK-002).
        StageError: the machine's memory cannot hold it (E-LINK-003).
    """
    check_memory(sources)
    counties = areas["county"].unique().sort().to_list()
    parts = {county: _of_county(sources, births, county, alone=len(counties) == 1) for county in counties}
    refused = {county: refusal(*parts[county], county, window) for county in counties}
    able = [county for county in counties if refused[county] is None]
    if not able:
        reasons: list[HechaError] = [reason for reason in refused.values() if reason is not None]
        raise reasons[0] if len(reasons) == 1 else Problems(reasons[:3])
    key = release_key([(source.role, source.frame) for source in sources], areas, window)
    if (known := gate.recall(key)) is not None:
        return known
    names = tuple(source.name for source in sources)
    if isinstance(sources, list):
        sources.clear()
    too_small = {county: _REASONS[reason.code] for county, reason in refused.items() if reason is not None}
    counted = areas.filter(pl.col("county").is_in(able))
    found, misses, quality = [], [], {}
    for county in able:
        own, index = parts.pop(county)
        rows, cells = pack([source.frame for source in own]), [source.frame.select(COUNTED) for source in own]
        del own
        memory.give_back()
        linked = link_rows(rows, index.to_numpy())
        places = counted.filter(pl.col("county") == county)["area_code"].implode()
        seen = one_row_a_birth(linked, cells, window).filter(pl.col("area_code").is_in(places))
        found.append(seen.with_columns(county=pl.lit(county)))
        misses.append(one_row_a_registered_birth(linked, cells[0], window).with_columns(county=pl.lit(county)))
        plan = make_plan(linked)
        del linked, seen, rows, cells  # the second pass needs as much memory again
        memory.give_back()
        quality[county] = measure(plan, list(names))
    exact = tables(pl.concat(found), pl.concat(misses), counted, window, len(names))
    return gate.release(
        key,
        names,
        exact,
        {"linkage_version": LINKAGE_VERSION, "counties": quality, "refused": too_small},
    )


def _of_county(
    sources: list[Source] | tuple[Source, ...], births: pl.Series, county: str, alone: bool
) -> tuple[tuple[Source, ...], pl.Series]:
    """The sources' rows in one county. With one county only, rows of no known place are looked at too: they may be its children."""
    here = pl.col("county") == county
    if alone:
        here = here | pl.col("county").is_null()
    here = here.fill_null(False)
    if all(source.frame.select(here.all()).item() for source in sources):
        return tuple(sources), births  # without a copy
    index = births.filter(sources[0].frame.select(here).to_series())
    return tuple(Source(s.name, s.role, s.frame.filter(here), s.intake, s.link_quality) for s in sources), index
