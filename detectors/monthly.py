"""Monthly returns as detectors of returns need them: latest version only, villages apart from totals, years as rows of months."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detectors.context import Context, NotApplicable, once

SERIES: Final = ("births", "deaths")
TOTALS: Final = ("合计", "小计", "总计", "全镇", "全乡", "全街道", "total")
LEAST_EVENTS: Final = 6  # a village-year below it says nothing of its months (METHODS S)
LEAST_MONTHS: Final = 6

_UNIT: Final = ("area_code", "village", "year")


@dataclass(frozen=True)
class Years:
    """Unit-years of one series: rows of ``keys`` and of ``counts`` belong together.

    Attributes:
        keys: ``area_code``, ``village`` (null: the township's own row), ``year``; in this order.
        counts: one row a unit-year, twelve months, NaN where none was returned.
    """

    keys: pl.DataFrame
    counts: NDArray[np.float64]

    @property
    def totals(self) -> NDArray[np.float64]:
        """Events of each unit-year in the months returned."""
        return np.asarray(np.nansum(self.counts, axis=1))

    @property
    def months(self) -> NDArray[np.int64]:
        """Months returned of each unit-year."""
        return np.asarray((~np.isnan(self.counts)).sum(axis=1))

    def where(self, mask: NDArray[np.bool_]) -> "Years":
        """Some of the unit-years."""
        return Years(self.keys.filter(pl.Series(mask, dtype=pl.Boolean)), self.counts[mask])

    def sufficient(self) -> "Years":
        """Unit-years with enough events and months."""
        return self.where((self.totals >= LEAST_EVENTS) & (self.months >= LEAST_MONTHS))

    def by_township(self) -> dict[str, "Years"]:
        """The unit-years of each township, which stand together."""
        runs = self.keys["area_code"].rle().struct.unnest().with_columns(end=pl.col("len").cum_sum())
        return {
            code: Years(self.keys[end - size : end], self.counts[end - size : end])
            for size, code, end in runs.select("len", "value", "end").iter_rows()
        }


@once
def latest_returns(context: Context) -> pl.DataFrame:
    """Returns of the county's townships, one row per township, village and month: the version handed in last.

    Re-submissions replace each other: by day of submission, then number of the version, then place in the file. A village called
    合计 or the like is the township's own row (null). Negative counts become null: they are no counts.

    Raises:
        NotApplicable: no returns.
    """
    codes = context.areas["area_code"].to_list()
    frame = context.require("returns").filter(
        pl.col("area_code").is_in(codes) & pl.col("year").is_not_null() & pl.col("month").is_between(1, 12)
    )
    if frame.is_empty():
        raise NotApplicable("no_returns")
    number = pl.col("version").str.extract(r"(\d+)").cast(pl.Int64, strict=False)
    village = pl.col("village").str.strip_chars()
    versions = frame.with_columns(
        village=pl.when(village.str.to_lowercase().is_in(TOTALS) | (village == "")).then(None).otherwise(village), number=number
    ).sort(*_UNIT, "month", "submitted_on", "number", "line", nulls_last=False)
    return versions.filter(_changes(*_UNIT, "month", by=-1)).with_columns(
        pl.when(pl.col(name) >= 0).then(pl.col(name)).alias(name) for name in SERIES
    )


def _changes(*names: str, by: int = 1) -> pl.Expr:
    """Whether a row begins a run of rows with the same values, or with ``by=-1`` ends it; rows of a run stand together."""
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift(by)) for name in names)
    edge = pl.int_range(pl.len()) == (0 if by == 1 else pl.len() - 1)
    return differs | edge


@once
def unit_years(context: Context, series: str, rows: str = "villages") -> Years:
    """Unit-years of a series.

    Args:
        context: the county.
        series: ``births`` or ``deaths``.
        rows: ``villages``: villages, or the township's own row where it has no villages; ``townships``: sums of villages over
            months that all of a year's villages returned, or the township's own row.

    Raises:
        NotApplicable: no returns.
    """
    kept = latest_returns(context).filter(pl.col(series).is_not_null())
    has_villages = pl.col("village").is_not_null().any().over("area_code")
    kept = kept.filter(pl.col("village").is_not_null() | has_villages.not_())
    if rows == "townships":
        villages = pl.col("village").n_unique().over("area_code", "year")
        kept = (
            kept.with_columns(villages=villages)
            .group_by("area_code", "year", "month")
            .agg(pl.col(series).sum(), complete=pl.len() == pl.col("villages").first())
            .filter("complete")
            .with_columns(village=pl.lit(None, dtype=pl.String))
            .sort("area_code", "year")
        )
    kept = kept.select(*_UNIT, "month", series, first=_changes(*_UNIT))
    keys = kept.filter("first").select(_UNIT)
    counts = np.full((keys.height, 12), np.nan)
    counts[kept["first"].cum_sum().to_numpy() - 1, kept["month"].to_numpy() - 1] = kept[series].to_numpy()
    counts.flags.writeable = False  # shared
    return Years(keys, counts)


def month_days(years: NDArray[np.int64]) -> NDArray[np.float64]:
    """Days of the twelve months of each year, one row a year.

    >>> month_days(np.array([2020]))[0, :3].tolist()
    [31.0, 29.0, 31.0]
    """
    first = (np.asarray(years, int)[:, None] - 1970) * 12 + np.arange(13)[None, :]
    return np.diff(first.astype("datetime64[M]").astype("datetime64[D]").astype(int), axis=1).astype(float)


def township_names(context: Context) -> dict[str, str]:
    """Township by area code: what a sentence calls a unit without a village."""
    return dict(zip(context.areas["area_code"], context.areas["township"], strict=True))


def span(years: pl.Series | list[int]) -> str:
    """Years as the column ``period`` holds them.

    >>> span([2018, 2020]), span([2021])
    ('2018-2020', '2021')
    """
    numbers = np.asarray(years)
    first, last = int(numbers.min()), int(numbers.max())
    return str(first) if first == last else f"{first}-{last}"
