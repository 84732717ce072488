"""One birth in several rows of the register: words the birth index that linking the register with itself has made."""

from typing import Final

import polars as pl

from detectors.base import Result, detector
from detectors.context import Context
from detectors.rows import params, per_group, row_result

_FIELDS: Final = (
    "name",
    "sex",
    "birth_date",
    "id_number",
    "mother_name",
    "mother_id_number",
    "father_name",
    "township",
    "village",
    "registered_on",
)
_SHIFT: Final = 180  # days between two dates of birth beyond which the date was moved, not mistyped


@detector("duplicates")
def duplicates(context: Context) -> Result:
    """One finding per birth with two rows or more; its severity says how alike the rows are.

    High: name, sex and date of birth are the same in all rows and so is the identity number. Medium: the same without a number to
    compare, or some field is written differently. Low: neither identity number nor mother is known in two of the rows.
    A date of birth moved by half a year or more has a sentence of its own.
    """
    rows = context.audited.filter(pl.col("birth").is_duplicated() & pl.col("birth").is_not_null())
    same = {
        name: _same(name).over("birth") for name in ("name", "sex", "birth_date", "id_number", "mother_name", "mother_id_number")
    }
    exact = same["name"] & same["sex"] & same["birth_date"]
    known = {name: (pl.col(name).count() > 1).over("birth") for name in ("id_number", "mother_name", "mother_id_number")}
    spread = (pl.col("birth_date").max() - pl.col("birth_date").min()).dt.total_days().over("birth").fill_null(0)
    code = (
        pl.when(spread >= _SHIFT)
        .then(pl.lit("DUP-ROW-DATE"))
        .when(exact & same["id_number"] & same["mother_name"] & same["mother_id_number"])
        .then(pl.lit("DUP-ROW-EXACT"))
        .otherwise(pl.lit("DUP-ROW-FUZZY"))
    )
    severity = (
        pl.when(exact & same["id_number"] & known["id_number"])
        .then(pl.lit("high"))
        .when(known["id_number"] | known["mother_name"] | known["mother_id_number"])
        .then(pl.lit("medium"))
        .otherwise(pl.lit("low"))
    )
    worded = rows.with_columns(code=code, severity=severity, params=params(days=spread, rows=pl.len().over("birth")))
    return row_result(context, per_group(worded, "birth", _FIELDS), pl.lit(True), "no_births")


def _same(name: str) -> pl.Expr:
    """Whether the rows of a birth that have this field have it alike."""
    return pl.col(name).drop_nulls().n_unique() <= 1
