"""Totals from elsewhere (hospital births, first vaccinations, school entrants) that exceed what is registered."""

from typing import Final

import polars as pl
from scipy.stats import norm

from detectors.base import Result, detector, observations
from detectors.context import Context
from detectors.rows import params
from detectors.units import ALPHA, outcomes_of, registered_by_year, span, tested, unripe_years

_SCHOOL: Final = r"入学|小学|一年级|school|pupil|entrant"
_EFFECT, _SCHOOL_EFFECT, _LEAST = 0.05, 0.10, 30


@detector("totals_gap")
def totals_gap(context: Context) -> Result:
    """Compares each series with registered births, pooled over its years; flagged where it is higher by 5 % and beyond chance.

    Rests on the register and the table alone. Years of birth still being registered are left out. Children enter school at six by
    31 August: entrants of year y are set against a third of the births of y - 7 and two thirds of y - 6, and need 10 %, since
    families move. A series below the register says nothing: few are complete.
    """
    totals = context.require("totals").filter(pl.col("area_code").is_not_null() & (pl.col("count") >= 0))
    school = pl.col("series").str.contains(f"(?i){_SCHOOL}")
    totals = totals.unique(["area_code", "year", "series"], keep="none").with_columns(school=school)
    years = registered_by_year(context).join(unripe_years(context), on=["area_code", "birth_year"], how="anti")
    same = years.select("area_code", year="birth_year", births="registered", school=pl.lit(False))
    joined = totals.join(pl.concat([same.cast({"births": pl.Float64}), _entrants(years)]), on=["area_code", "year", "school"])
    units = joined.group_by("area_code", "series", "school", maintain_order=True).agg(
        pl.col("count", "births").sum(), first=pl.col("year").min(), last=pl.col("year").max()
    )
    units = units.filter(pl.col("count") >= _LEAST, pl.col("births") > 0).sort("area_code", "series")
    z = (units["count"] - units["births"]) / (units["count"] + units["births"]).sqrt()
    units = tested(units, norm.sf(z.cast(pl.Float64).to_numpy()))
    gap = pl.col("count") / pl.col("births") - 1
    effect = pl.when("school").then(_SCHOOL_EFFECT).otherwise(_EFFECT)
    flagged = units.filter((pl.col("q_value") <= ALPHA) & (gap >= effect))
    found = observations(
        flagged.select(
            "area_code",
            "p_value",
            "q_value",
            code=pl.lit("CMP-TOTALS"),
            severity=pl.lit("low"),
            period=span(pl.col("first"), pl.col("last")),
            subject=pl.lit("area"),
            key="series",
            observed=pl.col("count"),
            expected="births",
            events="count",
            params=params(births=pl.col("births").round().cast(pl.Int64), count=pl.col("count"), gap=gap, series=pl.col("series")),
        )
    )
    return Result(found, outcomes_of(context, units, found, "too_few_figures"))


def _entrants(years: pl.DataFrame) -> pl.DataFrame:
    """Registered births behind the school entrants of a year: a third of those seven, two thirds of those six years before."""
    older = years.select("area_code", year=pl.col("birth_year") + 7, older=pl.col("registered") / 3)
    younger = years.select("area_code", year=pl.col("birth_year") + 6, younger=pl.col("registered") * 2 / 3)
    both = older.join(younger, on=["area_code", "year"])
    return both.select("area_code", "year", births=pl.col("older") + pl.col("younger"), school=pl.lit(True))
