"""What row detectors share: one observation per row or group of rows, and outcomes that tell absence from innocence."""

from collections.abc import Mapping
from typing import Final

import polars as pl

from detectors.base import OUTCOME, Result, observations
from detectors.context import Context, NotApplicable, once
from detectors.estimates.registered import first_rows

MOST_ROWS: Final = 20  # rows that a finding names where one number stands in very many
NO_PARAMS: Final = pl.lit("{}")


def has(context: Context, *names: str) -> pl.DataFrame:
    """The audited rows, provided that at least one of them has each of these fields.

    Raises:
        NotApplicable: a field is null in every row.
    """
    reasons = {
        "id_number": "no_identity_numbers",
        "registered_on": "no_registration_dates",
        "mother_id_number": "no_mother",
        "mother_name": "no_mother",
        "name": "no_names",
        "birth_date": "no_birth_dates",
    }
    for name in names:
        if not context.audited[name].count():
            raise NotApplicable(reasons[name])
    return context.audited


def params(**values: pl.Expr) -> pl.Expr:
    """A finding's parameters as JSON text, built for all rows at once; keys in alphabetical order."""
    return pl.struct([values[name].alias(name) for name in sorted(values)]).struct.json_encode()


def per_row(rows: pl.DataFrame, fields: tuple[str, ...], clash: Mapping[str, tuple[str, ...]] | None = None) -> pl.DataFrame:
    """One observation per row.

    Args:
        rows: audited rows with ``code`` and ``severity`` and, if the sentence needs them, ``params``.
        fields: fields laid out as evidence.
        clash: code -> those of the fields that contradict each other, or themselves.
    """
    against = pl.lit([], dtype=pl.List(pl.String()))
    for code, names in (clash or {}).items():
        against = pl.when(pl.col("code") == code).then(_texts(names)).otherwise(against)
    return observations(
        rows.select(
            "area_code",
            "village",
            "code",
            "severity",
            period=year(pl.col("birth_date")),
            subject=pl.lit("row"),
            row_lines=pl.concat_list("line"),
            fields=_texts(fields),
            clash=against,
            params=pl.col("params") if "params" in rows.columns else NO_PARAMS,
        )
    )


def per_group(rows: pl.DataFrame, by: str, fields: tuple[str, ...]) -> pl.DataFrame:
    """One observation per group of rows.

    Area, village and period are those of the row whose record id comes first, whatever the order of the file, so that the
    finding keeps its id. ``code``, ``severity`` and ``params`` are the same in all rows of a group.

    Args:
        rows: audited rows with ``code``, ``severity``, ``params``.
        by: the column that tells groups apart.
        fields: fields laid out as evidence.
    """
    groups = rows.sort("record_id").group_by(by, maintain_order=True)
    return observations(
        groups.agg(
            pl.col("area_code", "village", "code", "severity", "params").first(),
            period=year(pl.col("birth_date").drop_nulls().min()),
            row_lines=pl.col("line").sort(),
        )
        .drop(by)
        .with_columns(subject=pl.lit("row"), fields=_texts(fields))
    )


def year(date: pl.Expr) -> pl.Expr:
    """The year of a date as the column ``period`` holds it."""
    return date.dt.year().cast(pl.String)


def row_result(context: Context, found: pl.DataFrame, usable: pl.Expr | pl.Series, lacking: str) -> Result:
    """Outcomes of a row detector: flag where it found something, else no flag where it had something to look at.

    Args:
        context: the county.
        found: observations.
        usable: whether a row has what the detector looks at.
        lacking: the reason where a township's rows never have it.
    """
    rows = context.audited.select("area_code", usable=usable).group_by("area_code").agg(
        n=pl.len(), usable=pl.col("usable").fill_null(False).sum()
    )  # fmt: skip
    flagged = pl.col("area_code").is_in(found["area_code"].drop_nulls().unique().to_list())
    none, blank = pl.col("n").is_null(), pl.col("usable") == 0
    outcomes = context.areas.select("area_code").join(rows, on="area_code", how="left", maintain_order="left")
    outcomes = outcomes.select(
        "area_code",
        outcome=pl.when(flagged)
        .then(pl.lit("flag"))
        .when(none)
        .then(pl.lit("not_estimable"))
        .when(blank)
        .then(pl.lit("not_applicable"))
        .otherwise(pl.lit("no_flag")),
        reason=pl.when(flagged).then(None).when(none).then(pl.lit("no_births")).when(blank).then(pl.lit(lacking)),
        q_value=pl.lit(None, dtype=pl.Float64),
    )
    return Result(found, outcomes.cast(OUTCOME))


def _texts(values: tuple[str, ...]) -> pl.Expr:
    return pl.lit(list(values), dtype=pl.List(pl.String()))


# A child not yet named, or a name that was not written down.
PLACEHOLDER: Final = "|".join(
    (
        *("[某×*＊?？]", "宝宝", "毛毛", "贝贝", "宝贝", "小宝", "[男女]婴", "婴儿", "新生儿", "之[子女]$"),
        *("不详", "未知", "无名", "未取名", "未命名", "未起名", "暂无", "待定"),
    )
)


def real_name(field: str) -> pl.Expr:
    """Whether a name is written and is no placeholder; false for a name of one character."""
    name = pl.col(field)
    return ((name.str.len_chars() >= 2) & name.str.contains(PLACEHOLDER).not_()).fill_null(False)


@once
def mothers(context: Context) -> pl.Series:
    """What tells one mother from another: her number, unless its check digit is wrong; else both parents' names and the village.

    One value a row of the register, null where neither is there. Two rows with the same are taken to have the same mother.
    """
    numbered = pl.col("mother_id_number").is_not_null() & pl.col("mother_id_valid").fill_null(True)
    rows = context.audited.select(
        "mother_name", "father_name", "area_code", "village", number=pl.when(numbered).then("mother_id_number")
    )
    named = rows.with_row_index().filter(pl.col("number").is_null() & pl.col("village").is_not_null())
    named = named.filter(real_name("mother_name") & real_name("father_name"))
    keys = named.select("index", pl.concat_str("mother_name", "father_name", "area_code", "village", separator="|"))
    return rows["number"].scatter(keys["index"], keys["mother_name"]).alias("mother")


def one_per_birth(rows: pl.DataFrame) -> pl.DataFrame:
    """The row of each birth whose record id comes first; births come in no order."""
    return first_rows(rows, "record_id")
