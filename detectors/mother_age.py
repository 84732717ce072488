"""Mothers who would have been a child or past every known age at the birth."""

from typing import Final

import polars as pl

from detectors.base import Result, detector
from detectors.context import Context
from detectors.rows import has, per_row, row_result

_FIELDS: Final = ("mother_id_number", "mother_name", "birth_date", "id_number")
_CLASH: Final = dict.fromkeys(("VAL-AGE-BELOW", "VAL-AGE-ABOVE"), ("mother_id_number", "birth_date"))
_YOUNGEST, _OLDEST = 12, 56  # years; births outside are so rare that an error is far likelier


@detector("mother_age")
def mother_age(context: Context) -> Result:
    """Age of the mother at the birth, from the date inside her identity number: below 12 or from 56 years.

    Numbers with a wrong check digit are left to ``mother_number``; 15-digit numbers do not tell the century. Ages between are never
    questioned.
    """
    rows = has(context, "mother_id_number", "birth_date")
    usable = pl.col("mother_birth_date").is_not_null() & pl.col("birth_date").is_not_null()
    usable &= pl.col("mother_id_valid").fill_null(False)
    youngest = pl.col("mother_birth_date").dt.offset_by(f"{_YOUNGEST}y") > pl.col("birth_date")
    oldest = pl.col("mother_birth_date").dt.offset_by(f"{_OLDEST}y") <= pl.col("birth_date")
    code = pl.when(youngest).then(pl.lit("VAL-AGE-BELOW")).when(oldest).then(pl.lit("VAL-AGE-ABOVE"))
    wrong = rows.filter(usable).with_columns(code=code, severity=pl.lit("medium")).filter(pl.col("code").is_not_null())
    return row_result(context, per_row(wrong, _FIELDS, _CLASH), usable, "no_mother")
