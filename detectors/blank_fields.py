"""Rows that lack what a birth cannot be counted or told apart without."""

from typing import Final

import polars as pl

from detectors.base import Result, detector, observations
from detectors.context import Context
from detectors.rows import params, per_row, row_result
from detectors.units import years

_FIELDS: Final = ("birth_date", "sex", "township", "name", "id_number", "mother_name")
_MANY, _LEAST = 0.05, 20  # share and number of a township's rows from which the export, not the row, is the matter


@detector("blank_fields")
def blank_fields(context: Context) -> Result:
    """Date of birth, sex or township blank or unreadable; or child's name, number, mother's name and number all blank.

    One finding per row; one per township where 5 % of its rows and at least 20 are so: then the export or the form is to be looked
    at, not each row. A missing identity number alone is common and is told as a share (``field_shares``).
    """
    nobody = pl.all_horizontal(pl.col(name).is_null() for name in ("name", "id_number", "mother_name", "mother_id_number"))
    blank = {
        "VAL-BLANK-DATE": pl.col("birth_date").is_null(),
        "VAL-BLANK-SEX": pl.col("sex").is_null(),
        "VAL-BLANK-PLACE": pl.col("area_code").is_null(),
        "VAL-BLANK-WHO": nobody,
    }
    several = pl.sum_horizontal(expression.cast(pl.Int64) for expression in blank.values()) > 1
    single = pl.coalesce(pl.when(expression).then(pl.lit(name)) for name, expression in blank.items())
    code = pl.when(several).then(pl.lit("VAL-BLANK-SEVERAL")).otherwise(single)
    rows = context.audited.with_columns(code=code, severity=pl.lit("low"))
    wrong = rows.filter(pl.col("code").is_not_null())
    many = _many(rows)
    alone = wrong.join(many, on="area_code", how="anti", nulls_equal=True)
    found = pl.concat([per_row(alone, _FIELDS), _of_townships(context, many)])
    return row_result(context, found, pl.lit(True), "no_births")


def _many(rows: pl.DataFrame) -> pl.DataFrame:
    """Townships (null: rows without one) with too many such rows to be named one by one."""
    tally = rows.group_by("area_code").agg(rows=pl.len().cast(pl.Int64), blank=pl.col("code").count().cast(pl.Int64))
    tally = tally.with_columns(rows=pl.when(pl.col("area_code").is_null()).then(pl.lit(rows.height)).otherwise(pl.col("rows")))
    return tally.filter(pl.col("blank") >= pl.max_horizontal(pl.col("rows") * _MANY, pl.lit(_LEAST))).sort("area_code")


def _of_townships(context: Context, many: pl.DataFrame) -> pl.DataFrame:
    return observations(
        many.select(
            "area_code",
            code=pl.lit("VAL-BLANK-MANY"),
            severity=pl.lit("low"),
            period=pl.lit(years(context)),
            subject=pl.lit("area"),
            observed=pl.col("blank") / pl.col("rows"),
            events=pl.col("rows"),
            params=params(rows=pl.col("blank"), share=pl.col("blank") / pl.col("rows")),
        )
    )
