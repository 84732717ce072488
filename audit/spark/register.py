"""What must be known of the audited register as a whole, found by grouping on Spark; see ``audit.province.register``."""

from typing import Any

import polars as pl

from audit.province.register import TWICE, births_of
from audit.spark.reading import KEYS, OWN
from audit.spark.rows import Frame


def told_apart(register: Frame) -> Frame:
    """Rows whose record ids that come back are told apart by their lines, ``id@line``, as when a file is read at once."""
    from pyspark.sql import functions as sql

    again = register.groupBy(OWN).count().where("count > 1").select(OWN, sql.lit(True).alias("again"))
    if again.isEmpty():
        return register
    ending = sql.concat(sql.lit("@"), sql.col("line").cast("string"))
    plain = ~sql.col("record_id").endswith(ending)
    named = sql.when(sql.col("again") & plain, sql.concat("record_id", ending)).otherwise(sql.col("record_id"))
    return register.join(again, OWN, "left").select(*(named.alias(n) if n == "record_id" else n for n in register.columns))


def in_two_counties(register: Frame) -> pl.DataFrame:
    """Rows of births that are registered in two counties or more, schema ``TWICE``."""
    pairs = ", ".join(f"{k}, {name}" for k, name in enumerate(KEYS))
    keys = register.where("county is not null").selectExpr("county", "line", f"stack({len(KEYS)}, {pairs}) as (which, key)")
    keys = keys.where("key <> 0")
    shared = keys.groupBy("which", "key").agg(_distinct()).where("counties > 1").select("which", "key")
    found: Any = pl.from_arrow(keys.join(shared, ["which", "key"]).toArrow())
    rows = pl.DataFrame(found).select("which", "key", "county", "line")
    if rows.is_empty():
        return pl.DataFrame(schema=TWICE)
    links = [part.select("key", row="line") for part in rows.partition_by("which", maintain_order=True)]
    counties = rows.select("line", "county").unique()
    births = births_of(links).rename({"row": "line"}).join(counties, on="line")
    return births.select(pl.col(name).cast(kind) for name, kind in TWICE.items()).sort("birth", "line")


def _distinct() -> Any:
    from pyspark.sql import functions as sql

    return sql.count_distinct("county").alias("counties")
