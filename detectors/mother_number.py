"""Mothers' identity numbers that cannot be theirs."""

from typing import Final

import polars as pl

from detectors.base import Result, detector
from detectors.context import Context
from detectors.identity_number import unreadable_number
from detectors.rows import has, per_row, row_result

_FIELDS: Final = ("mother_id_number", "mother_name", "id_number", "father_name")


@detector("mother_number")
def mother_number(context: Context) -> Result:
    """One finding per row: the child's own number, a wrong form, a wrong check digit, a man's number (GB 11643)."""
    rows = has(context, "mother_id_number")
    number = pl.col("mother_id_number")
    male = number.str.slice(16, 1).cast(pl.Int64, strict=False) % 2 == 1
    code = (
        pl.when(number == pl.col("id_number"))
        .then(pl.lit("VAL-MOTHER-SAME"))
        .when(unreadable_number(rows, "mother_id_number"))
        .then(pl.lit("VAL-MOTHER-FORM"))
        .when(pl.col("mother_id_valid").not_())
        .then(pl.lit("VAL-MOTHER-CHECK"))
        .when(male)
        .then(pl.lit("VAL-MOTHER-SEX"))
    )
    wrong = rows.with_columns(code=code).filter(pl.col("code").is_not_null())
    severity = pl.when(pl.col("code") == "VAL-MOTHER-SAME").then(pl.lit("medium")).otherwise(pl.lit("low"))
    return row_result(context, per_row(wrong.with_columns(severity=severity), _FIELDS), number.is_not_null(), "no_mother")
