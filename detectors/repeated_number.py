"""One identity number in the rows of different births."""

from typing import Final

import polars as pl

from detectors.base import Result, detector
from detectors.context import Context
from detectors.rows import MOST_ROWS, has, params, per_group, row_result

_FIELDS: Final = ("id_number", "name", "sex", "birth_date", "mother_name", "township", "registered_on")


@detector("repeated_number")
def repeated_number(context: Context) -> Result:
    """One finding per number that stands in the rows of two births or more; rows of the same birth are ``duplicates``."""
    rows = has(context, "id_number").filter(pl.col("id_number").is_not_null() & pl.col("id_number").is_duplicated())
    births = pl.col("birth").n_unique().over("id_number")
    shared = rows.filter(births > 1).with_columns(births=births, rows=pl.len().over("id_number"))
    shared = shared.with_columns(
        code=pl.lit("VAL-TWICE"),
        severity=pl.lit("medium"),
        params=params(births=pl.col("births"), rows=pl.col("rows")),
    )
    shown = shared.sort("record_id").filter(pl.int_range(pl.len()).over("id_number") < MOST_ROWS)
    found = per_group(shown, "id_number", _FIELDS)
    return row_result(context, found, pl.col("id_number").is_not_null(), "no_identity_numbers")
