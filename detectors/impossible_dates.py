"""Dates that cannot both be right: born after registration, after the extract, outside the years it covers."""

import datetime as dt
from typing import Final

import polars as pl

from detectors.base import OBSERVATION, Result, detector, observations
from detectors.context import Context
from detectors.rows import has, params, per_row, row_result

_FIELDS: Final = ("birth_date", "registered_on", "id_number", "name")
_CLASH: Final = {
    "VAL-DATE-FUTURE": ("birth_date",),
    "VAL-DATE-REGISTERED": ("registered_on",),
    "VAL-DATE-BEFORE": ("birth_date", "registered_on"),
    "VAL-DATE-WINDOW": ("birth_date",),
}
_MANY: Final = 0.05  # share of rows outside the window above which the extract, not the row, is the matter


@detector("impossible_dates")
def impossible_dates(context: Context) -> Result:
    """One finding per row: a date after the end of the extract, a registration before the birth, a birth outside the window.

    Where more than 5 % of a township's births lie outside the window, the extract covers other years than the campaign: that is
    one finding about the township, not one per row.
    """
    rows = has(context, "birth_date")
    last = context.reference_date or dt.date(context.window[1] + 1, 12, 31)
    born, registered = pl.col("birth_date"), pl.col("registered_on")
    outside = born.dt.year().is_between(*context.window).not_()
    code = (
        pl.when(born > last)
        .then(pl.lit("VAL-DATE-FUTURE"))
        .when(registered > last)
        .then(pl.lit("VAL-DATE-REGISTERED"))
        .when(registered < born)
        .then(pl.lit("VAL-DATE-BEFORE"))
        .when(outside)
        .then(pl.lit("VAL-DATE-WINDOW"))
    )
    severity = pl.when(pl.col("code") == "VAL-DATE-WINDOW").then(pl.lit("low")).otherwise(pl.lit("medium"))
    days = (born - registered).dt.total_days()
    first_year, last_year = (pl.lit(year) for year in context.window)
    coded = rows.select("area_code", code=code)
    many = coded.group_by("area_code").agg(n=pl.len(), outside=(pl.col("code") == "VAL-DATE-WINDOW").sum())
    many = many.filter(pl.col("outside") > pl.max_horizontal(pl.col("n") * _MANY, pl.lit(20)))
    of_the_extract = (pl.col("code") == "VAL-DATE-WINDOW") & pl.col("area_code").is_in(
        many["area_code"].to_list(), nulls_equal=True
    )
    wrong = rows.with_columns(coded["code"]).filter(pl.col("code").is_not_null() & of_the_extract.not_())
    wrong = wrong.with_columns(severity=severity, params=params(days=days, first=first_year, last=last_year))
    found = pl.concat([per_row(wrong, _FIELDS, _CLASH), _other_years(context, many)])
    return row_result(context, found, born.is_not_null(), "no_birth_dates")


def _other_years(context: Context, many: pl.DataFrame) -> pl.DataFrame:
    """One observation per township whose extract covers other years."""
    first, last = context.window
    return observations(
        many.sort("area_code").select(
            "area_code",
            code=pl.lit("VAL-DATE-YEARS"),
            severity=pl.lit("low"),
            period=pl.lit(f"{first}-{last}"),
            subject=pl.lit("area"),
            observed=pl.col("outside"),
            events=pl.col("n"),
            params=params(first=pl.lit(first), last=pl.lit(last), rows=pl.col("outside"), share=pl.col("outside") / pl.col("n")),
        )
    ).select(OBSERVATION.names())
