"""What detectors see: one county's audited register, protected counts, tables and estimates. Nothing of a reference row."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

import polars as pl

from detectors.estimates.registered import REGISTERED
from expectations.codes import REASONS
from expectations.frames import empty

_FEW_ROWS, _ENOUGH_ROWS, _GAP_DAYS = 3, 200, 31


class NotApplicable(Exception):
    """The detector has nothing to work on; every unit's outcome is *not applicable* with this reason."""

    def __init__(self, reason: str) -> None:
        assert reason in REASONS, reason
        super().__init__(reason)
        self.reason = reason


class NotEstimable(NotApplicable):
    """Too little data, or an assumption visibly broken; every unit's outcome is *not estimable* with this reason."""


@dataclass(frozen=True)
class Estimates:
    """Computed once from protected counts and the audited register, before any detector runs.

    ``registered`` and ``timeliness`` rest on the register alone; ``coverage`` and ``working`` stem from linking.

    Attributes:
        coverage: schema ``coverage`` of ``expectations.artefacts``.
        timeliness: schema ``timeliness``.
        working: figures estimators share with detectors but no artefact shows, by name (frames of protected arithmetic).
        registered: schema ``REGISTERED`` of ``detectors.estimates.registered``.
    """

    coverage: pl.DataFrame = field(default_factory=lambda: empty("coverage"))
    timeliness: pl.DataFrame = field(default_factory=lambda: empty("timeliness"))
    working: dict[str, pl.DataFrame] = field(default_factory=dict)
    registered: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REGISTERED))


@dataclass(frozen=True, eq=False)  # one object a county, told apart as such: what is worked out once is kept by it
class Context:
    """Everything a detector may see, of one county.

    Attributes:
        county: the county's name.
        window: first and last birth year.
        areas: townships (``AREAS``), one row each: the units of every outcome.
        audited: the audited register (``BIRTHS`` plus raw columns) with ``birth`` (UInt32, the birth index of
            ``same_birth``: rows of one birth share it).
        counts: protected counts of this county (``COUNTS``), or none without references.
        patterns: protected patterns of the county, or none.
        vital_rates, returns, indicators, totals: tables, or none.
        estimates: coverage and timeliness.
        reference_date: the end of the extract: the last day, up to the end of the campaign year, on which an audited row was
            registered or born; none when no date could be read.
        targets: ``completeness`` (share) and ``timely_days``.
        minimum_cell: linkage-derived counts below it are not displayed.
        seed: for detectors that simulate; each derives its own generator from it.
    """

    county: str
    window: tuple[int, int]
    areas: pl.DataFrame
    audited: pl.DataFrame
    estimates: Estimates = field(default_factory=Estimates)
    counts: pl.DataFrame | None = None
    patterns: pl.DataFrame | None = None
    vital_rates: pl.DataFrame | None = None
    returns: pl.DataFrame | None = None
    indicators: pl.DataFrame | None = None
    totals: pl.DataFrame | None = None
    targets: dict[str, float] = field(default_factory=lambda: {"completeness": 0.90, "timely_days": 60.0})
    minimum_cell: int = 10
    seed: int = 0
    reference_date: dt.date | None = None

    def require(self, table: str) -> pl.DataFrame:
        """A table by name, or the outcome that it is not there.

        Raises:
            NotApplicable: the campaign has no such table, with reason ``no_<table>``.
        """
        frame: pl.DataFrame | None = getattr(self, table)
        if frame is None or frame.is_empty():
            raise NotApplicable(f"no_{table}" if table != "counts" else "no_reference")
        return frame


_Made = TypeVar("_Made")
_More = ParamSpec("_More")
_OfContext = Callable[Concatenate[Context, _More], _Made]


def once(make: _OfContext[_More, _Made]) -> _OfContext[_More, _Made]:
    """Make a function of a context keep what it has worked out while the context lives: several detectors ask for the same.

    What is kept is shared: nobody may change it. Arguments beside the context tell results apart; an exception is not kept.

    >>> @once
    ... def rows(context: Context) -> int:
    ...     return context.audited.height
    """
    known: WeakKeyDictionary[Context, dict[object, _Made]] = WeakKeyDictionary()

    @wraps(make)
    def kept(context: Context, /, *args: _More.args, **kwargs: _More.kwargs) -> _Made:
        results, asked = known.setdefault(context, {}), (args, tuple(kwargs.items()))
        if asked not in results:
            results[asked] = make(context, *args, **kwargs)
        return results[asked]

    return kept


def end_of_extract(register: pl.DataFrame, year: int) -> dt.date | None:
    """The last day, up to the end of the campaign year, on which an audited row was registered or born.

    A few rows (one in a thousand, at least three) dated more than a month after all others are slips of the pen, not the end: every
    correction for truncation would start from them.
    """
    last = dt.date(year, 12, 31)
    days = pl.concat([register["registered_on"], register["birth_date"]]).drop_nulls()
    counted = days.filter(days <= last).value_counts(name="rows").sort("registered_on", descending=True)
    if counted.is_empty():
        return None
    few = max(_FEW_ROWS, register.height // 1000) if register.height >= _ENOUGH_ROWS else 0
    later = pl.col("rows").cum_sum() - pl.col("rows")
    gap = (pl.col("registered_on").shift(1) - pl.col("registered_on")).dt.total_days() > _GAP_DAYS
    cut = counted.filter((later <= few) & gap)["registered_on"]
    day: dt.date = cut[-1] if cut.len() else counted["registered_on"][0]
    return day
