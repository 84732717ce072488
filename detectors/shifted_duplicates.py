"""One child registered again under another date of birth, where linking the register with itself saw two births."""

from typing import Final

import polars as pl

from detectors.base import Result, detector
from detectors.context import Context
from detectors.rows import has, mothers, params, per_group, real_name, row_result

_FIELDS: Final = (
    "birth_date",
    "name",
    "sex",
    "id_number",
    "mother_name",
    "mother_id_number",
    "father_name",
    "village",
    "registered_on",
)


@detector("shifted_duplicates")
def shifted_duplicates(context: Context) -> Result:
    """Different births with the same full name, sex, mother, day and month, whose years differ.

    Siblings share neither full name nor birthday but by a rare chance. Placeholder names (王某, 王宝宝) and rows without a mother
    never match; the mother is known by her number, or by her own and the father's name in one village.
    """
    mother = mothers(context)
    rows = has(context, "name", "birth_date")
    if not mother.count():
        has(context, "mother_id_number")
    rows = rows.with_columns(mother).filter(mother.is_duplicated())
    usable = real_name("name") & pl.col("mother").is_not_null() & pl.col("birth_date").is_not_null() & pl.col("sex").is_not_null()
    birthday = pl.col("birth_date").dt.strftime("%m-%d")
    same = rows.filter(usable).with_columns(child=pl.concat_str("mother", "name", "sex", birthday, separator="|"))
    births = pl.col("birth").n_unique().over("child")
    days = (pl.col("birth_date").max() - pl.col("birth_date").min()).dt.total_days().over("child")
    same = same.with_columns(births=births, days=days).filter(pl.col("births") > 1, pl.col("days") > 0)
    worded = same.with_columns(
        code=pl.lit("DUP-DATE"), severity=pl.lit("medium"), params=params(days=pl.col("days"), rows=pl.len().over("child"))
    )
    return row_result(context, per_group(worded, "child", _FIELDS), real_name("name") & mother.is_not_null(), "no_mother")
