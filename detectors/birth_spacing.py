"""Two births of one mother too far apart for twins and too close for two pregnancies."""

from typing import Final

import polars as pl

from detectors.base import Result, detector, observations
from detectors.context import Context
from detectors.rows import has, mothers, one_per_birth, params, row_result, year

_FIELDS: Final = ("birth_date", "name", "sex", "id_number", "mother_name", "mother_id_number", "father_name")
_PARENTS: Final = ("mother_name", "father_name")
_TWINS, _MONTHS = 3, 8  # days between the births of one pregnancy; months between those of two


@detector("birth_spacing")
def birth_spacing(context: Context) -> Result:
    """Successive births of one mother more than 3 days and less than 8 months apart: a date is wrong, or it is the same child.

    The mother is known by her number, or else by her own and the father's name in one village; parents' names written otherwise
    say that the number is wrong, not the date. Dates that the child's own valid
    number contradicts are left to ``identity_number``, which says which row to mend.
    """
    mother = mothers(context)
    rows = has(context, "birth_date")
    if not mother.count():
        has(context, "mother_id_number")
    rows = rows.select("area_code", "village", "birth_date", "line", "record_id", "birth", "id_valid", "id_date", *_PARENTS, mother)
    contradicted = (pl.col("id_valid") & (pl.col("id_date") != pl.col("birth_date"))).fill_null(False)
    usable = pl.col("mother").is_not_null() & pl.col("birth_date").is_not_null() & contradicted.not_()
    several = rows.filter(usable & mother.is_duplicated()).filter(pl.col("mother").is_duplicated())
    births = one_per_birth(several).sort("mother", "birth_date", "record_id")
    before = births.select(pl.col("mother", "birth_date", "line", *_PARENTS).shift(1).name.prefix("before_"))
    pairs = births.hstack(before).filter(
        pl.col("mother") == pl.col("before_mother"),
        *(pl.col(name).eq(pl.col(f"before_{name}")).fill_null(True) for name in _PARENTS),
        (pl.col("birth_date") - pl.col("before_birth_date")).dt.total_days() > _TWINS,
        pl.col("before_birth_date").dt.offset_by(f"{_MONTHS}mo") > pl.col("birth_date"),
    )
    days = (pl.col("birth_date") - pl.col("before_birth_date")).dt.total_days()
    found = observations(
        pairs.select(
            "area_code",
            "village",
            code=pl.lit("VAL-SPACE"),
            severity=pl.lit("medium"),
            period=year(pl.col("birth_date")),
            subject=pl.lit("row"),
            row_lines=pl.concat_list("line", "before_line").list.sort(),
            fields=pl.lit(list(_FIELDS), dtype=pl.List(pl.String())),
            params=params(days=days),
        )
    )
    return row_result(context, found, mother.is_not_null(), "no_mother")
