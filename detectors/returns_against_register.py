"""Monthly returns set against the register's own births of those months."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from detectors.base import Result, detector
from detectors.context import Context, NotApplicable, NotEstimable
from detectors.estimates.slips import wrong_dates
from detectors.judge import Test, judge
from detectors.monthly import Years, span, township_names, unit_years
from detectors.rows import one_per_birth

_LEAST: Final = 60  # births in the months compared
_TOWNSHIPS: Final = 4
_SHARE, _TIMES = 0.08, 1.5  # births in another month than returned: beyond the county's share, and times it
_HETEROGENEITY: Final = 0.20  # standard deviation between honest townships, relative to the share
_HOPELESS: Final = 0.40  # share above which the returns count something else than the register
_MORE: Final = 0.10  # returned beyond registered, against the county
_LATE: Final = (0, 1)  # months: counted in the month itself, or a month later
_MATCHED: Final = 0.8  # share of the register's villages that must be among those returned


@detector("returns_against_register")
def returns_against_register(context: Context) -> Result:
    """Births that would have to move to another month for returns and register to agree, against the county's share.

    ``min(sum (R - G)+, sum (G - R)+)`` over the months of each village-year: births registered later, or known to the village
    only, do not count, for they lie on one side. Nor do as many as the office's own wrong dates of birth, by the numbers, exceed
    those of the median township. Whether an office counts by month of birth or of registration,
    and in the month itself or the next, is taken as what agrees best in each township.
    """
    names = township_names(context)
    years = unit_years(context, "births")
    dates = [name for name in ("birth_date", "registered_on") if context.audited[name].count()]
    if not dates:
        raise NotApplicable("no_birth_dates")
    units = years.keys.join(_places(context, years), on=["area_code", "village"], nulls_equal=True, maintain_order="left")
    frame = _best([_compare(births, years.counts, units, late) for births in _births(context, years, dates) for late in _LATE])
    townships = _townships(frame)
    if townships.height < _TOWNSHIPS:
        raise NotEstimable("too_few_townships")
    usual = float(np.median(townships["share"].to_numpy()))
    if usual > _HOPELESS:
        raise NotEstimable("assumption_broken")
    noise = _noise(frame, townships)
    level = float(np.median((townships["returned"] / townships["registered"]).to_numpy()))
    slips = wrong_dates(context.audited)
    tests: list[Test] = []
    for unit in townships.iter_rows(named=True):
        own = frame.filter(pl.col("area_code") == unit["area_code"])
        tests.append(_moved(unit | {"township": names[unit["area_code"]]}, own, usual, slips.get(unit["area_code"], 0.0), noise))
        tests.append(_more(unit, own, level))
    return judge(context, tests, default="too_few_births")


@dataclass(frozen=True)
class _Births:
    """Births of the register, each once, by one way to date them.

    Attributes:
        area, place: of each birth, as ``_places`` numbers them; a place of -1 is not among the villages returned.
        month: of each birth, counted from the year 0.
        by_village: of each township: whether its villages match those returned; where they do not it is one unit.
    """

    area: NDArray[np.int64]
    place: NDArray[np.int64]
    month: NDArray[np.int64]
    by_village: NDArray[np.bool_]

    def unit(self, area: NDArray[np.int64], place: NDArray[np.int64]) -> NDArray[np.int64]:
        """The number of the unit that a place of a township belongs to: townships first, then places; -1 is none."""
        own = np.where(place >= 0, place + self.by_village.size, -1)
        return np.where(self.by_village[area], own, area)


def _places(context: Context, years: Years) -> pl.DataFrame:
    """Townships and villages returned, numbered: ``area_code``, ``village``, ``area``, ``place``."""
    places = years.keys.select("area_code", "village").unique(maintain_order=True).with_row_index("place")
    areas = context.areas.select("area_code").with_row_index("area")
    return places.join(areas, on="area_code", maintain_order="left").cast({"area": pl.Int64, "place": pl.Int64})


def _births(context: Context, years: Years, dates: list[str]) -> Iterator[_Births]:
    """The register's births, per way to date them."""
    register = context.audited.select("area_code", pl.col("village").str.strip_chars(), "record_id", "birth", *dates)
    places = _places(context, years)
    areas = places.select("area_code", "area").unique()
    register = register.join(areas, on="area_code").join(
        places.select("area_code", "village", "place"), on=["area_code", "village"], how="left", nulls_equal=True
    )
    for by in dates:
        births = one_per_birth(register.filter(pl.col(by).is_not_null()))
        area = births["area"].to_numpy()
        known, named = births["place"].is_not_null().to_numpy(), births["village"].is_not_null().to_numpy()
        each, matched, villages = (np.bincount(area, of, context.areas.height) for of in (np.ones(area.size), known, named))
        month = births.select(pl.col(by).dt.year().cast(pl.Int64) * 12 + pl.col(by).dt.month() - 1).to_series().to_numpy()
        by_village = (matched / np.maximum(each, 1) >= _MATCHED) & (villages > 0)
        yield _Births(area, births["place"].fill_null(-1).to_numpy(), month, by_village)


def _compare(births: _Births, counts: NDArray[np.float64], keys: pl.DataFrame, late: int) -> pl.DataFrame:
    """Per unit-year: ``returned``, ``registered``, ``moved`` births.

    Args:
        births: of the register.
        counts: returned, a row of twelve months for each of the keys.
        keys: ``area_code``, ``village``, ``year``, ``area``, ``place``.
        late: months from a birth to the month in which it is counted.
    """
    years, of_year = np.unique(keys["year"].to_numpy(), return_inverse=True)
    unit = births.unit(keys["area"].to_numpy(), keys["place"].to_numpy()) * years.size + of_year
    units, first, row = np.unique(unit, return_index=True, return_inverse=True)
    returned = _sums(row[:, None] * 12 + np.arange(12), counts, units.size)
    year, month = np.divmod(births.month + late, 12)
    there = births.unit(births.area, births.place)
    place = np.minimum(np.searchsorted(years, year), years.size - 1)
    at = np.minimum(np.searchsorted(units, there * years.size + place), units.size - 1)
    own = (there >= 0) & (years[place] == year) & (units[at] == there * years.size + place)
    registered = _sums(at[own] * 12 + month[own], np.ones(int(own.sum())), units.size)
    there = ~np.isnan(returned)
    gap = np.where(there, np.nan_to_num(returned) - registered, 0.0)
    moved = np.minimum(np.clip(gap, 0, None).sum(axis=1), np.clip(-gap, 0, None).sum(axis=1))
    each: pl.DataFrame = keys[first]
    frame = each.select(
        "area_code",
        pl.when(pl.Series(births.by_village[each["area"].to_numpy()])).then("village"),
        "year",
        returned=np.nansum(returned, axis=1),
        registered=(registered * there).sum(axis=1),
        moved=moved,
        gap=np.abs(gap).sum(axis=1),
    )
    return frame.with_columns(births=pl.max_horizontal("returned", "registered")).filter(pl.col("births") > 0)


def _sums(cell: NDArray[np.int64], values: NDArray[np.float64], units: int) -> NDArray[np.float64]:
    """Values added up by cell: units x months."""
    return np.asarray(np.bincount(cell.ravel(), values.ravel(), 12 * units), float).reshape(-1, 12)


def _townships(frame: pl.DataFrame) -> pl.DataFrame:
    sums = frame.group_by("area_code").agg(pl.col("returned", "registered", "moved", "births").sum()).sort("area_code")
    return sums.filter((pl.col("births") >= _LEAST) & (pl.col("registered") > 0)).with_columns(
        share=pl.col("moved") / pl.col("births")
    )


def _best(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Of several ways to count, for each township the one that agrees best in all."""
    gaps = [
        part.group_by("area_code").agg(gap=pl.col("gap").sum() / pl.col("births").sum()).with_columns(way=pl.lit(way))
        for way, part in enumerate(frames)
    ]
    best = pl.concat(gaps).sort("area_code", "gap", "way").unique("area_code", keep="first", maintain_order=True)
    chosen = [part.join(best.filter(pl.col("way") == way), on="area_code", how="semi") for way, part in enumerate(frames)]
    return pl.concat(chosen).sort("area_code", "village", "year")


def _noise(frame: pl.DataFrame, townships: pl.DataFrame) -> float:
    """Variance of ``moved`` between unit-years over its mean, 1 at least: births move together when a month is late."""
    joined = frame.join(townships.select("area_code", "share"), on="area_code").filter(pl.col("share") > 0)
    expected = (joined["share"] * joined["births"]).to_numpy()
    if expected.size < 2:
        return 1.0
    return max(1.0, float(np.median((joined["moved"].to_numpy() - expected) ** 2 / expected) / 0.455))


def _moved(unit: dict[str, Any], own: pl.DataFrame, usual: float, slips: float, noise: float) -> Test:
    # Dates that the clerks mistyped fall into other months as well: all that the numbers show beyond other offices.
    base = max(usual, 0.01) + slips
    expected = base * unit["births"]
    sd = float(np.sqrt(noise * expected + (_HETEROGENEITY * expected) ** 2))
    p = float(stats.norm.sf((unit["moved"] - 0.5 - expected) / sd))
    worst = own.sort(["moved", "village", "year"], descending=[True, False, False], nulls_last=True).row(0, named=True)
    share = unit["share"]
    row: dict[str, Any] = {
        "code": "FAB-RETURNS-MONTHS",
        "severity": "medium",
        "period": span(own["year"]),
        "subject": "return",
        "key": "months",
        "observed": share,
        "expected": base,
        "high": base + 1.96 * sd / unit["births"],
        "low": max(0.0, base - 1.96 * sd / unit["births"]),
        "events": int(unit["births"]),
        "params": {
            "share": share,
            "expected": base,
            "returned": int(unit["returned"]),
            "registered": int(unit["registered"]),
            "village": worst["village"] or unit["township"],
            "year": worst["year"],
            "village_moved": int(worst["moved"]),
            "village_births": int(worst["births"]),
        },
    }
    return Test(unit["area_code"], p, share - base >= _SHARE and share >= _TIMES * base, row, family="months")


def _more(unit: dict[str, Any], own: pl.DataFrame, level: float) -> Test:
    """Births returned beyond those registered, against the county's usual ratio: low, since late rows may still come."""
    expected = max(level, 1.0) * unit["registered"]
    ratio = unit["returned"] / unit["registered"]
    row: dict[str, Any] = {
        "code": "FAB-RETURNS-MORE",
        "severity": "low",
        "period": span(own["year"]),
        "subject": "return",
        "key": "more",
        "observed": float(unit["returned"]),
        "expected": expected,
        "events": int(unit["returned"]),
        "params": {
            "returned": int(unit["returned"]),
            "registered": int(unit["registered"]),
            "ratio": ratio,
            "county": level,
        },
    }
    beyond = unit["returned"] - expected
    p = float(stats.poisson.sf(unit["returned"] - 1, expected))
    return Test(unit["area_code"], p, beyond >= max(10.0, _MORE * expected), row, family="more")
