"""Mothers' identity numbers that cannot be theirs."""

from typing import Final

import polars as pl

from detectors.base import Result, detector
from detectors.context import Context
from detectors.identity_number import unreadable_number
from detectors.rows import MOST_ROWS, has, params, per_group, per_row, real_name, row_result

_FIELDS: Final = ("mother_id_number", "mother_name", "id_number", "father_name")
_CLASH: Final = {
    "VAL-MOTHER-SAME": ("mother_id_number", "id_number"),
    "VAL-MOTHER-FORM": ("mother_id_number",),
    "VAL-MOTHER-CHECK": ("mother_id_number",),
    "VAL-MOTHER-SEX": ("mother_id_number",),
}
_SHARED_FIELDS: Final = ("mother_id_number", "mother_name", "father_name", "township", "village")


@detector("mother_number")
def mother_number(context: Context) -> Result:
    """One finding per row: the child's own number, a wrong form, a wrong check digit, a man's number (GB 11643).

    And one per number that stands for mothers of different surnames whose children have different fathers.
    """
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
    found = pl.concat([per_row(wrong.with_columns(severity=severity), _FIELDS, _CLASH), _shared(rows)])
    return row_result(context, found, number.is_not_null(), "no_mother")


def _shared(rows: pl.DataFrame) -> pl.DataFrame:
    """One observation per valid number of two mothers or more; a name written otherwise is not enough."""
    several = rows.filter(pl.col("mother_id_valid").fill_null(False) & pl.col("mother_id_number").is_duplicated())
    named = several.filter(real_name("mother_name") & real_name("father_name"))
    surnames = pl.col("mother_name").str.slice(0, 1).n_unique().over("mother_id_number")
    fathers = pl.col("father_name").n_unique().over("mother_id_number")
    shared = named.filter((surnames > 1) & (fathers > 1)).with_columns(
        code=pl.lit("VAL-MOTHER-SHARED"), severity=pl.lit("low"), params=params(rows=pl.len().over("mother_id_number"))
    )
    shown = shared.sort("record_id").filter(pl.int_range(pl.len()).over("mother_id_number") < MOST_ROWS)
    return per_group(shown, "mother_id_number", _SHARED_FIELDS)
