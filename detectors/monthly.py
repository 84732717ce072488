"""Monthly returns as detectors of returns need them: latest version only, villages apart from totals, years as rows of months."""

from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detectors.context import Context, NotApplicable

SERIES: Final = ("births", "deaths")
TOTALS: Final = ("合计", "小计", "总计", "全镇", "全乡", "全街道", "total")
LEAST_EVENTS: Final = 6  # a village-year below it says nothing of its months (METHODS S)
LEAST_MONTHS: Final = 6

_LATEST: WeakKeyDictionary[Context, pl.DataFrame] = WeakKeyDictionary()  # eight detectors ask for the same rows of one county


@dataclass(frozen=True)
class Years:
    """Unit-years of one series: rows of ``keys`` and of ``counts`` belong together.

    Attributes:
        keys: ``area_code``, ``village`` (null: the township's own row), ``year``.
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


def latest_returns(context: Context) -> pl.DataFrame:
    """Returns of the county's townships, one row per township, village and month: the version handed in last.

    Re-submissions replace each other: by day of submission, then number of the version, then place in the file. A village called
    合计 or the like is the township's own row (null). Negative counts become null: they are no counts.

    Raises:
        NotApplicable: no returns.
    """
    if (known := _LATEST.get(context)) is None:
        known = _LATEST[context] = _latest(context)
    return known


def _latest(context: Context) -> pl.DataFrame:
    codes = context.areas["area_code"].to_list()
    frame = context.require("returns").filter(
        pl.col("area_code").is_in(codes) & pl.col("year").is_not_null() & pl.col("month").is_between(1, 12)
    )
    if frame.is_empty():
        raise NotApplicable("no_returns")
    number = pl.col("version").str.extract(r"(\d+)").cast(pl.Int64, strict=False)
    village = pl.col("village").str.strip_chars()
    return (
        frame.with_columns(
            village=pl.when(village.str.to_lowercase().is_in(TOTALS) | (village == "")).then(None).otherwise(village), number=number
        )
        .sort("submitted_on", "number", "line", nulls_last=False)
        .unique(["area_code", "village", "year", "month"], keep="last", maintain_order=True)
        .with_columns(pl.when(pl.col(name) >= 0).then(pl.col(name)).alias(name) for name in SERIES)
        .sort("area_code", "village", "year", "month", nulls_last=False)
    )


def unit_years(returns: pl.DataFrame, series: str, rows: str = "villages") -> Years:
    """Unit-years of a series.

    Args:
        returns: of ``latest_returns``.
        series: ``births`` or ``deaths``.
        rows: ``villages``: villages, or the township's own row where it has no villages; ``townships``: sums of villages over
            months that all of a year's villages returned, or the township's own row.
    """
    kept = returns.filter(pl.col(series).is_not_null())
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
        )
    keys = kept.select("area_code", "village", "year").unique().sort("area_code", "village", "year", nulls_last=False)
    keys = keys.with_row_index("place")
    placed = kept.join(keys, on=["area_code", "village", "year"], nulls_equal=True)
    counts = np.full((keys.height, 12), np.nan)
    counts[placed["place"].to_numpy(), placed["month"].to_numpy() - 1] = placed[series].to_numpy()
    return Years(keys.drop("place"), counts)


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
    first, last = int(min(years)), int(max(years))
    return str(first) if first == last else f"{first}-{last}"
